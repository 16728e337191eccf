/*
 * The keys of the golden bytes. They are published ones, so that nobody takes them for secrets: Ed25519 is test 1 of
 * RFC 8032 section 7.1, P-256 is key "11" of the COSE working group's examples (RFC 9052 appendix C.7.2).
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { fromHex, toBase64url } from '../bytes.ts'
import type { Algorithm, Signer, Verifier } from '../cose.ts'
import { nodeSigner, nodeVerifier } from '../node-keys.ts'
import type { Direction } from '../topic.ts'

export const ED25519_PRIVATE = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
export const ED25519_PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
export const P256_PRIVATE = '57c92077664146e876760c9520d054aa93c3afb04e306705db6090308507b4d3'
export const P256_X = 'bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff'
export const P256_Y = '20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e'

const base64url = (hex: string): string => toBase64url(fromHex(hex) ?? new Uint8Array(0))

const JWK = {
  EdDSA: { kty: 'OKP', crv: 'Ed25519', d: base64url(ED25519_PRIVATE), x: base64url(ED25519_PUBLIC) },
  ES256: { kty: 'EC', crv: 'P-256', d: base64url(P256_PRIVATE), x: base64url(P256_X), y: base64url(P256_Y) },
}

export interface VectorKey {
  readonly signers: Readonly<Record<Direction, Signer>>
  readonly verifier: Verifier
  readonly spki: Uint8Array
}

function vectorKey(alg: Algorithm): VectorKey {
  const key = createPrivateKey({ key: JWK[alg], format: 'jwk' })
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const spki = new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }))
  return {
    signers: { up: nodeSigner(pem, { withKid: false }), down: nodeSigner(pem, { withKid: true }) },
    verifier: nodeVerifier(spki),
    spki,
  }
}

export const VECTOR_KEYS: Readonly<Record<Algorithm, VectorKey>> = {
  EdDSA: vectorKey('EdDSA'),
  ES256: vectorKey('ES256'),
}
export const ALGORITHMS: readonly Algorithm[] = ['EdDSA', 'ES256']
