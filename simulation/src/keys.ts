import type { Signer, Verifier } from '#protocol/cose.ts'
import { nodeSigner, nodeVerifier, spkiOfPem } from '#protocol/node-keys.ts'
import type { Random } from './random.ts'

/** PrivateKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410 section 7). */
const ED25519_PKCS8_START = Buffer.from('302e020100300506032b657004220420', 'hex')
const SEED_BYTES = 32
/** Copies of a message come soon after it or not at all. */
const REMEMBERED_MAX = 500

export interface Keys {
  readonly signer: Signer
  readonly verifier: Verifier
}

/** Real Ed25519 keys that a seed brings back; their signatures are deterministic (RFC 8032). */
export function keysFrom(random: Random, options: { readonly withKid: boolean }): Keys {
  const der = Buffer.concat([ED25519_PKCS8_START, random.bytes(SEED_BYTES)])
  const label = 'PRIVATE KEY'
  const pem = `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`
  return { signer: nodeSigner(pem, options), verifier: remembering(nodeVerifier(spkiOfPem(pem))) }
}

/**
 * Every node verifies every message, and every copy of it: the same bytes under the same key, of which OpenSSL says the
 * same each time. It is asked once.
 */
function remembering(verifier: Verifier): Verifier {
  const known = new Map<string, boolean>()
  return {
    ...verifier,
    verify: (bytes, signature) => {
      const asked = `${String(signature.length)} ${textOf(signature)}${textOf(bytes)}`
      const before = known.get(asked)
      if (before !== undefined) return before
      const verdict = verifier.verify(bytes, signature)
      if (known.size >= REMEMBERED_MAX) known.clear()
      known.set(asked, verdict)
      return verdict
    },
  }
}

/** One character a byte. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
