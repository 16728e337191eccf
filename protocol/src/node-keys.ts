/*
 * Keys held by node:crypto, for the processes that run on Node. A key is imported once and then used: importing costs
 * about as much as a signature. The only file of the protocol that needs Node.
 */
import {
  type KeyObject,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto'
import type { Algorithm, Signer, Verifier } from './cose.ts'
import { KeyId } from './identifier.ts'

const COORDINATE_BYTES = 32
const DER_SEQUENCE = 0x30
const DER_INTEGER = 0x02

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

/** The first 8 bytes of SHA-256 of the SubjectPublicKeyInfo in DER. */
export function keyIdOfSpki(spki: Uint8Array): KeyId {
  return KeyId.fromBytes(sha256(spki).subarray(0, KeyId.lengthBytes))
}

export interface NodeKeyPair {
  readonly alg: Algorithm
  readonly kid: KeyId
  readonly privateKeyPem: string
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array
}

export function generateNodeKeys(alg: Algorithm): NodeKeyPair {
  const pair =
    alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const spki = new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' }))
  const privateKeyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { alg, kid: keyIdOfSpki(spki), privateKeyPem, spki }
}

/** The public half, as SubjectPublicKeyInfo in DER, of a private key or certificate in PEM. */
export function spkiOfPem(pem: string): Uint8Array {
  return new Uint8Array(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
}

/** From PKCS #8 in PEM. With `withKid` it signs as the system does, without as a chip does. */
export function nodeSigner(privateKeyPem: string, options: { readonly withKid: boolean }): Signer {
  const key = createPrivateKey(privateKeyPem)
  const alg = algorithmOfKey(key)
  const signBytes =
    alg === 'ES256'
      ? (bytes: Uint8Array): Uint8Array => rawFromDer(sign('sha256', bytes, key))
      : (bytes: Uint8Array): Uint8Array => new Uint8Array(sign(null, bytes, key))
  return options.withKid
    ? { alg, kid: keyIdOfSpki(spkiOfPem(privateKeyPem)), sign: signBytes }
    : { alg, sign: signBytes }
}

/** From SubjectPublicKeyInfo in DER; throws where that is no P-256 or Ed25519 key. */
export function nodeVerifier(spki: Uint8Array): Verifier {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  const alg = algorithmOfKey(key)
  const verifyBytes =
    alg === 'ES256'
      ? (bytes: Uint8Array, signature: Uint8Array): boolean =>
          verify('sha256', bytes, key, derFromRaw(signature))
      : (bytes: Uint8Array, signature: Uint8Array): boolean => verify(null, bytes, key, signature)
  return { alg, kid: keyIdOfSpki(spki), verify: verifyBytes }
}

function algorithmOfKey(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  throw new TypeError('a signing key has to be on P-256 or Ed25519')
}

/** r and s, 32 bytes each, from ECDSA-Sig-Value (RFC 3279 section 2.2.3). */
export function rawFromDer(der: Uint8Array): Uint8Array {
  const raw = new Uint8Array(COORDINATE_BYTES * 2)
  let offset = 2
  for (const end of [COORDINATE_BYTES, COORDINATE_BYTES * 2]) {
    const length = der[offset + 1] ?? 0
    const start = offset + 2
    const digits = der.subarray(start, start + length)
    const magnitude = digits[0] === 0 ? digits.subarray(1) : digits
    raw.set(magnitude, end - magnitude.length)
    offset = start + length
  }
  return raw
}

/** The reverse. OpenSSL verifies DER faster than the raw form that COSE sends. */
export function derFromRaw(raw: Uint8Array): Uint8Array {
  const r = derInteger(raw.subarray(0, COORDINATE_BYTES))
  const s = derInteger(raw.subarray(COORDINATE_BYTES))
  return Uint8Array.of(DER_SEQUENCE, r.length + s.length, ...r, ...s)
}

function derInteger(magnitude: Uint8Array): Uint8Array {
  let start = 0
  while (start < magnitude.length - 1 && magnitude[start] === 0) start += 1
  const digits = magnitude.subarray(start)
  const pad = (digits[0] ?? 0) >= 0x80 ? [0] : []
  return Uint8Array.of(DER_INTEGER, digits.length + pad.length, ...pad, ...digits)
}
