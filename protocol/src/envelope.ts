/*
 * Signed messages. `seal` makes one. `open` takes one apart and shows only what is needed to find the sender's keys;
 * the message itself comes out of `verify` alone, so nothing unverified can be used by mistake.
 */
import { type Item, decodeItem } from './cbor.ts'
import {
  type Algorithm,
  HEADER_KID,
  type Sign1,
  type Signer,
  type Verifier,
  parseSign1,
  signSign1,
  verifySign1,
} from './cose.ts'
import { type ChipId, CodeHash, KeyId } from './identifier.ts'
import { MESSAGE_BYTES_MAX, type MessageKind, readHead } from './message/message.ts'
import {
  MESSAGES,
  type Message,
  type MessageName,
  type MessageOf,
  isMessage,
  messageNameOfKind,
} from './message/registry.ts'
import { type ProtocolError, refuse } from './protocol-error.ts'
import { type Result, ok } from './result.ts'
import type { Direction } from './topic.ts'

const KINDS: Readonly<Record<MessageName, MessageKind>> = MESSAGES

/** What an unverified message says of itself: enough to look up keys, too little to act upon. */
export interface Claim {
  readonly name: MessageName
  readonly direction: Direction
  /** From whom (`up`) or for whom (`down`). */
  readonly chipId: ChipId
  readonly alg: Algorithm
  /** The system's key; null on what a chip signs. */
  readonly kid: KeyId | null
}

export interface Sealed {
  readonly claim: Claim
  /**
   * The message, if one of the keys signed it. Several, where keys overlap in a change of keys.
   *
   * Errors: `bad-signature`, and every error of the message's fields.
   */
  verify(verifiers: readonly Verifier[]): Result<Message, ProtocolError>
}

/**
 * Signs and encodes a message. Throws a TypeError for a value out of its limits (see `validate` of its kind), and for
 * a key of the wrong side: the system's keys have a kid, a chip's have none.
 */
export function seal(value: Message, signer: Signer): Uint8Array {
  const kind = KINDS[value.name]
  if ((signer.kid !== undefined) !== (kind.direction === 'down')) {
    throw new TypeError(`${value.name} goes ${kind.direction} and was to be signed by the other side's key`)
  }
  const bytes = signSign1(kind.encode(value), signer)
  if (bytes.length > kind.maxBytes)
    throw new TypeError(`${value.name} is longer than ${String(kind.maxBytes)} bytes`)
  return bytes
}

/** Errors: those of `parseSign1`, `unknown-kind`, `unknown-version`, and a header that is not exactly as it must be. */
export function open(bytes: Uint8Array): Result<Sealed, ProtocolError> {
  const parsed = parseSign1(bytes, MESSAGE_BYTES_MAX)
  if (!parsed.ok) return parsed
  const sign1 = parsed.value
  const payload = decodeItem(sign1.payload, MESSAGE_BYTES_MAX)
  if (!payload.ok) return payload
  const head = readHead(payload.value)
  if (!head.ok) return head
  const name = messageNameOfKind(head.value.kind)
  if (name === null) return refuse('unknown-kind')
  const { direction, maxBytes } = MESSAGES[name]
  if (bytes.length > maxBytes) return refuse('too-long')
  const kid = readKeyId(sign1, direction)
  if (!kid.ok) return kid
  const claim: Claim = { name, direction, chipId: head.value.chipId, alg: sign1.alg, kid: kid.value }
  return ok({
    claim,
    verify: (verifiers) => verifyMessage({ sign1, claim, payload: payload.value }, verifiers),
  })
}

/** The two at once, for keys that are at hand: `findVerifiers` gets the claim and returns the keys that may have signed. */
export function openVerified(
  bytes: Uint8Array,
  findVerifiers: (claim: Claim) => readonly Verifier[],
): Result<Message, ProtocolError> {
  const sealed = open(bytes)
  return sealed.ok ? sealed.value.verify(findVerifiers(sealed.value.claim)) : sealed
}

/** The same where only one kind of message is in place; `wrong-kind` for any other. */
export function openAs<Name extends MessageName>(
  name: Name,
  bytes: Uint8Array,
  findVerifiers: (claim: Claim) => readonly Verifier[],
): Result<MessageOf<Name>, ProtocolError> {
  const sealed = open(bytes)
  if (!sealed.ok) return sealed
  if (sealed.value.claim.name !== name) return refuse('wrong-kind')
  const verified = sealed.value.verify(findVerifiers(sealed.value.claim))
  if (!verified.ok) return verified
  return isMessage(verified.value, name) ? ok(verified.value) : refuse('wrong-kind')
}

/** SHA-256 of the whole signed code, by which check and answer name it. `sha256` is a port. */
export function hashCode(code: Uint8Array, sha256: (bytes: Uint8Array) => Uint8Array): CodeHash {
  return CodeHash.fromBytes(sha256(code))
}

/**
 * Every byte outside the signature is signed: the unprotected header is empty, and the protected one holds the
 * algorithm, on `down` messages the key id, and nothing else.
 */
function readKeyId(sign1: Sign1, direction: Direction): Result<KeyId | null, ProtocolError> {
  if (sign1.unprotectedHeader.size !== 0) return refuse('unknown-field', 'unprotected')
  const kid = sign1.protectedHeader.get(HEADER_KID)
  if (direction === 'up')
    return sign1.protectedHeader.size === 1 ? ok(null) : refuse('unknown-field', 'protected')
  if (kid === undefined) return refuse('missing-field', 'kid')
  if (sign1.protectedHeader.size !== 2) return refuse('unknown-field', 'protected')
  if (!(kid instanceof Uint8Array)) return refuse('wrong-type', 'kid')
  return kid.length === KeyId.lengthBytes ? ok(KeyId.fromBytes(kid)) : refuse('out-of-range', 'kid')
}

function verifyMessage(
  parts: { readonly sign1: Sign1; readonly claim: Claim; readonly payload: Item },
  verifiers: readonly Verifier[],
): Result<Message, ProtocolError> {
  const { sign1, claim, payload } = parts
  const signed = verifiers.some(
    (verifier) => (claim.kid === null || verifier.kid === claim.kid) && verifySign1(sign1, verifier),
  )
  if (!signed) return refuse('bad-signature')
  return MESSAGES[claim.name].fromItem(payload)
}
