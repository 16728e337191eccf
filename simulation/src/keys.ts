import type { Signer, Verifier } from '#protocol/cose.ts'
import { nodeSigner, nodeVerifier, spkiOfPem } from '#protocol/node-keys.ts'
import type { Random } from './random.ts'

/** PrivateKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410 section 7). */
const ED25519_PKCS8_START = Buffer.from('302e020100300506032b657004220420', 'hex')
const SEED_BYTES = 32

export interface Keys {
  readonly signer: Signer
  readonly verifier: Verifier
}

/** Real Ed25519 keys that a seed brings back; their signatures are deterministic (RFC 8032). */
export function keysFrom(random: Random, options: { readonly withKid: boolean }): Keys {
  const der = Buffer.concat([ED25519_PKCS8_START, random.bytes(SEED_BYTES)])
  const label = 'PRIVATE KEY'
  const pem = `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`
  return { signer: nodeSigner(pem, options), verifier: nodeVerifier(spkiOfPem(pem)) }
}
