/*
 * COSE_Sign1 (RFC 9052 section 4.2), tagged 18, with ES256 or EdDSA (RFC 9053 section 2). Keys stand behind two ports,
 * so that a secure element, node:crypto or a simulation can hold them.
 */
import { concatBytes } from './bytes.ts'
import { type Item, decodeItem, encodeItem } from './cbor.ts'
import { KeyId } from './identifier.ts'
import { type ProtocolError, refuse } from './protocol-error.ts'
import { type Result, ok } from './result.ts'

export type Algorithm = 'ES256' | 'EdDSA'

/** A private key. Signs synchronously: a secure element's driver answers in the call. */
export interface Signer {
  readonly alg: Algorithm
  /** Present on keys of the system, which a receiver has to tell apart; a chip is known by its chip id. */
  readonly kid?: KeyId
  /** The signature as 64 bytes: r and s for ES256 (RFC 9053 section 2.1), RFC 8032's for EdDSA. */
  sign(bytes: Uint8Array): Uint8Array
}

/** A public key. */
export interface Verifier {
  readonly alg: Algorithm
  readonly kid?: KeyId
  verify(bytes: Uint8Array, signature: Uint8Array): boolean
}

/** Parsed, and not yet verified. */
export interface Sign1 {
  readonly protectedBytes: Uint8Array
  readonly protectedHeader: ReadonlyMap<Item, Item>
  readonly unprotectedHeader: ReadonlyMap<Item, Item>
  readonly alg: Algorithm
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** CBOR tag 18 in its one-byte form (RFC 9052 section 2). */
const TAG_SIGN1 = 0xd2
const MAJOR_TAG = 6
export const SIGNATURE_BYTES = 64
/** Header parameters of RFC 9052 section 3.1. */
export const HEADER_ALG = 1
export const HEADER_KID = 4
/** RFC 9053 section 2, table 1 and 2. */
const ALGORITHM_CODES: Readonly<Record<Algorithm, number>> = { ES256: -7, EdDSA: -8 }
const NO_BYTES = new Uint8Array(0)

/** Signs `payload`. The protected header carries the algorithm, and the key id if the signer has one. */
export function signSign1(payload: Uint8Array, signer: Signer): Uint8Array {
  const header = new Map<Item, Item>([[HEADER_ALG, ALGORITHM_CODES[signer.alg]]])
  if (signer.kid !== undefined) header.set(HEADER_KID, KeyId.toBytes(signer.kid))
  const protectedBytes = encodeItem(header)
  const signature = signer.sign(toBeSigned({ protectedBytes, payload }))
  if (signature.length !== SIGNATURE_BYTES) throw new TypeError('a signer returned no 64-byte signature')
  const sign1 = encodeItem([protectedBytes, new Map(), payload, signature])
  return concatBytes(Uint8Array.of(TAG_SIGN1), sign1)
}

/** Takes the structure apart and trusts nothing in it. Errors: those of `decodeItem`, and `unknown-algorithm`. */
export function parseSign1(bytes: Uint8Array, maxBytes: number): Result<Sign1, ProtocolError> {
  if (bytes.length > maxBytes) return refuse('too-long')
  const tag = bytes[0]
  if (tag === undefined) return refuse('truncated')
  if (tag !== TAG_SIGN1) return refuse(tag >> 5 === MAJOR_TAG && (tag & 31) > 27 ? 'not-cbor' : 'wrong-type')
  const outer = decodeItem(bytes.subarray(1), maxBytes)
  if (!outer.ok) return outer
  if (!Array.isArray(outer.value) || outer.value.length !== 4) return refuse('wrong-type')
  const [protectedBytes, unprotectedHeader, payload, signature] = outer.value as readonly Item[]
  if (!(protectedBytes instanceof Uint8Array) || !(unprotectedHeader instanceof Map))
    return refuse('wrong-type')
  if (!(payload instanceof Uint8Array) || !(signature instanceof Uint8Array)) return refuse('wrong-type')
  const header = decodeItem(protectedBytes, maxBytes)
  if (!header.ok) return header
  if (!(header.value instanceof Map)) return refuse('wrong-type')
  const protectedHeader: ReadonlyMap<Item, Item> = header.value
  const alg = algorithmOf(protectedHeader.get(HEADER_ALG))
  if (alg === null) return refuse('unknown-algorithm')
  return ok({ protectedBytes, protectedHeader, unprotectedHeader, alg, payload, signature })
}

function algorithmOf(code: Item | undefined): Algorithm | null {
  if (code === ALGORITHM_CODES.ES256) return 'ES256'
  return code === ALGORITHM_CODES.EdDSA ? 'EdDSA' : null
}

/** `externalAad` is empty in this protocol; RFC 9052 section 4.3 lets others bind more. */
export function verifySign1(sign1: Sign1, verifier: Verifier, externalAad: Uint8Array = NO_BYTES): boolean {
  if (verifier.alg !== sign1.alg || sign1.signature.length !== SIGNATURE_BYTES) return false
  return verifier.verify(toBeSigned({ ...sign1, externalAad }), sign1.signature)
}

/** The Sig_structure of RFC 9052 section 4.4. */
function toBeSigned(parts: {
  readonly protectedBytes: Uint8Array
  readonly payload: Uint8Array
  readonly externalAad?: Uint8Array
}): Uint8Array {
  return encodeItem(['Signature1', parts.protectedBytes, parts.externalAad ?? NO_BYTES, parts.payload])
}
