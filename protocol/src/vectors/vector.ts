/*
 * Golden bytes: what every message is on the wire, under fixed keys, and bytes that have to be refused. For whoever
 * writes a chip in another language, and against changes here that nobody meant.
 */
import { diagnose } from 'cbor2'
import { bytesEqual, concatBytes, fromHex, toHex } from '../bytes.ts'
import { type Item, decodeItem, encodeItem } from '../cbor.ts'
import { type Algorithm, parseSign1, signSign1 } from '../cose.ts'
import { openVerified, seal } from '../envelope.ts'
import { MESSAGES, MESSAGE_NAMES, type Message, type MessageName } from '../message/registry.ts'
import type { ProtocolErrorCode } from '../protocol-error.ts'
import { exampleMessages } from './examples.ts'
import { ED25519_PRIVATE, ED25519_PUBLIC, P256_PRIVATE, P256_X, P256_Y, VECTOR_KEYS } from './vector-keys.ts'

export interface Vector {
  readonly title: string
  /** The fields; ids and byte strings in hex, amounts as decimal strings. */
  readonly value: Readonly<Record<string, unknown>>
  /** The payload in CBOR's diagnostic notation. */
  readonly diagnostic: string
  /** What is signed: the map, in hex. */
  readonly payload: string
  /** The whole COSE_Sign1, in hex, by key. Ed25519 gives these bytes always; ES256 is one of many valid signatures. */
  readonly signed: Readonly<Record<Algorithm, string>>
}

export interface VectorFile {
  readonly message: MessageName
  readonly kind: number
  readonly direction: string
  readonly vectors: readonly Vector[]
}

export interface RefusedVector {
  readonly title: string
  /** Under the Ed25519 key. */
  readonly bytes: string
  readonly error: ProtocolErrorCode
}

export function keysJson(): unknown {
  const of = (alg: Algorithm): object => ({
    kid: VECTOR_KEYS[alg].verifier.kid,
    spki: toHex(VECTOR_KEYS[alg].spki),
  })
  return {
    note: 'Published test keys, secret to nobody. What goes up is signed without, what goes down with the key id.',
    EdDSA: {
      source: 'RFC 8032 section 7.1, test 1',
      private: ED25519_PRIVATE,
      public: ED25519_PUBLIC,
      ...of('EdDSA'),
    },
    ES256: {
      source: 'cose-wg/Examples, key "11"; RFC 9052 appendix C.7.2',
      private: P256_PRIVATE,
      x: P256_X,
      y: P256_Y,
      ...of('ES256'),
    },
  }
}

/** The vectors of one message. `recorded` signatures that are still good are kept, since ES256 signs anew each time. */
export function vectorFile(message: MessageName, recorded: VectorFile | null): VectorFile {
  const { kind, direction } = MESSAGES[message]
  const vectors = exampleMessages(message).map(({ title, value }) => {
    const known = recorded?.vectors.find((vector) => vector.title === title)
    const { payload, ...signed } = signedBy(value, known)
    return { title, value: valueJson(value), diagnostic: diagnose(payload), payload: toHex(payload), signed }
  })
  return { message, kind, direction, vectors }
}

/** As it stands in JSON. */
export function valueJson(value: Message): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(value, (_, field: unknown) => {
    if (typeof field === 'bigint') return field.toString()
    return field instanceof Uint8Array ? toHex(field) : field
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a message is an object
  return JSON.parse(text) as Readonly<Record<string, unknown>>
}

function signedBy(
  value: Message,
  known: Vector | undefined,
): Record<Algorithm, string> & { payload: Uint8Array } {
  const { direction } = MESSAGES[value.name]
  const payload = payloadOf(seal(value, VECTOR_KEYS.EdDSA.signers[direction]))
  const sealedBy = (alg: Algorithm): string => {
    const old = fromHex(known?.signed[alg] ?? '') ?? new Uint8Array(0)
    const opened = openVerified(old, () => [VECTOR_KEYS[alg].verifier])
    const same = opened.ok && bytesEqual(payloadOf(old), payload)
    return toHex(same ? old : seal(value, VECTOR_KEYS[alg].signers[direction]))
  }
  return { EdDSA: sealedBy('EdDSA'), ES256: sealedBy('ES256'), payload }
}

function payloadOf(sealed: Uint8Array): Uint8Array {
  const parsed = parseSign1(sealed, sealed.length)
  if (!parsed.ok) throw new TypeError('what was sealed does not open')
  return parsed.value.payload
}

/** One for each way to be refused, signed by the right key wherever the signature is not what is wrong. */
export function refusedVectors(): readonly RefusedVector[] {
  return [...brokenBytes(), ...brokenMaps()].map(({ title, bytes, error }) => ({
    title,
    bytes: toHex(bytes),
    error,
  }))
}

interface Broken {
  readonly title: string
  readonly bytes: Uint8Array
  readonly error: ProtocolErrorCode
}

function stopExample(): Message {
  const [example] = exampleMessages('stop')
  if (example === undefined) throw new TypeError('no example')
  return example.value
}

const signer = VECTOR_KEYS.EdDSA.signers.down

function signedItems(change: (items: Map<Item, Item>) => void, name: MessageName = 'stop'): Uint8Array {
  const [example] = exampleMessages(name)
  const { direction } = MESSAGES[name]
  const own = VECTOR_KEYS.EdDSA.signers[direction]
  const item = decodeItem(payloadOf(seal(example?.value ?? stopExample(), own)), 2048)
  const items = new Map<Item, Item>(item.ok && item.value instanceof Map ? item.value : [])
  change(items)
  return signSign1(encodeItem(items), own)
}

function brokenBytes(): readonly Broken[] {
  const good = seal(stopExample(), signer)
  const payload = payloadOf(good)
  const signedBytes = (...parts: readonly (Uint8Array | number)[]): Uint8Array =>
    signSign1(
      concatBytes(...parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part))),
      signer,
    )
  const changed = good.map((byte, index) => (index === good.length - 1 ? byte ^ 1 : byte))
  const headless = encodeItem([encodeItem(new Map([[1, -37]])), new Map(), payload, new Uint8Array(64)])
  return [
    { title: 'longer than 2048 bytes', bytes: concatBytes(good, new Uint8Array(2048)), error: 'too-long' },
    { title: 'last byte missing', bytes: good.subarray(0, -1), error: 'truncated' },
    { title: 'nothing', bytes: new Uint8Array(0), error: 'truncated' },
    { title: 'a byte after the end', bytes: concatBytes(good, Uint8Array.of(0)), error: 'trailing-bytes' },
    { title: 'a byte after the payload', bytes: signedBytes(payload, 0), error: 'trailing-bytes' },
    { title: 'payload is a reserved value', bytes: signedBytes(0x1c), error: 'not-cbor' },
    { title: 'tag 17 in place of 18', bytes: good.with(0, 0xd1), error: 'wrong-type' },
    { title: 'without its tag', bytes: good.subarray(1), error: 'wrong-type' },
    {
      title: 'map of indefinite length',
      bytes: signedBytes(0xbf, payload.subarray(1), 0xff),
      error: 'not-canonical',
    },
    {
      title: 'kind in two bytes',
      bytes: signedBytes(0xa5, 0, 0x18, payload.subarray(2)),
      error: 'not-canonical',
    },
    { title: 'keys out of order', bytes: signedBytes(0xa2, 1, 1, 0, 10), error: 'not-canonical' },
    { title: 'kind twice', bytes: signedBytes(0xa2, 0, 10, 0, 10), error: 'duplicate-key' },
    { title: 'last bit of the signature', bytes: changed, error: 'bad-signature' },
    { title: 'algorithm -37', bytes: concatBytes(Uint8Array.of(0xd2), headless), error: 'unknown-algorithm' },
    {
      title: 'a chip signed it: no key id',
      bytes: signSign1(payload, VECTOR_KEYS.EdDSA.signers.up),
      error: 'missing-field',
    },
  ]
}

function brokenMaps(): readonly Broken[] {
  const stop = (
    title: string,
    error: ProtocolErrorCode,
    change: (items: Map<Item, Item>) => void,
  ): Broken => ({
    title,
    error,
    bytes: signedItems(change),
  })
  const check = (
    title: string,
    error: ProtocolErrorCode,
    change: (items: Map<Item, Item>) => void,
  ): Broken => ({
    title,
    error,
    bytes: signedItems(change, 'check'),
  })
  return [
    stop('version 2', 'unknown-version', (items) => items.set(1, 2)),
    stop('kind 99', 'unknown-kind', (items) => items.set(0, 99)),
    stop('no command id', 'missing-field', (items) => items.delete(3)),
    stop('a key that a stop does not have', 'unknown-field', (items) => items.set(5, 0)),
    stop('command id as text', 'wrong-type', (items) => items.set(3, 'c0ffee')),
    stop('command id of 15 bytes', 'out-of-range', (items) => items.set(3, new Uint8Array(15))),
    check('round 3', 'out-of-range', (items) => items.set(5, 3)),
    check('amount 0', 'amount-out-of-range', (items) => items.set(8, 0)),
    check('amount above 10^12', 'amount-out-of-range', (items) => items.set(8, 1_000_000_000_001)),
    check('amount below 0', 'amount-out-of-range', (items) => items.set(8, -1)),
    check('currency XXX', 'unknown-currency', (items) => items.set(9, 'XXX')),
    check('words of 33 bytes', 'text-too-long', (items) => items.set(14, 'x'.repeat(33))),
    check('words wanted and none given', 'out-of-range', (items) => items.set(14, '')),
  ]
}

/** File names below protocol/vectors/, with their content. */
export function allVectorFiles(
  recorded: (message: MessageName) => VectorFile | null,
): ReadonlyMap<string, unknown> {
  const files = new Map<string, unknown>([
    ['keys.json', keysJson()],
    ['refused.json', refusedVectors()],
  ])
  for (const message of MESSAGE_NAMES) files.set(`${message}.json`, vectorFile(message, recorded(message)))
  return files
}
