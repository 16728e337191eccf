/*
 * CBOR as this protocol allows it: RFC 8949 with the core deterministic encoding of section 4.2.1, and of its data
 * items only integers, byte strings, text strings, arrays and maps. What may be sent can be written in one way alone,
 * so whatever decodes here encodes to the same bytes again.
 *
 * `walk` checks the form and names what is wrong; cbor2 then builds the values.
 */
import { decode, encode } from 'cbor2'
import { bytesEqual } from './bytes.ts'
import { type ProtocolError, type ProtocolErrorCode, refuse } from './protocol-error.ts'
import { type Result, ok } from './result.ts'

/** A data item. Integers beyond 2^53 - 1 come as bigint. */
export type Item = number | bigint | string | Uint8Array | readonly Item[] | ReadonlyMap<Item, Item>

/** A message, its products, one product: nothing in the protocol nests deeper. */
const DEPTH_MAX = 4

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const
const INDEFINITE = 31

export function encodeItem(item: Item): Uint8Array {
  return encode(item, { cde: true })
}

/**
 * Decodes exactly one data item that fills `bytes`.
 *
 * Errors: `too-long`, `truncated`, `trailing-bytes`, `not-cbor` (reserved values, text that is not UTF-8),
 * `not-canonical` (indefinite or longer than needed, keys out of order), `duplicate-key`, and `wrong-type` for what is
 * CBOR and has no place here: floats, simple values, tags, nesting beyond four levels.
 */
export function decodeItem(bytes: Uint8Array, maxBytes: number): Result<Item, ProtocolError> {
  if (bytes.length > maxBytes) return refuse('too-long')
  const end = walk(bytes, 0, DEPTH_MAX)
  if (typeof end === 'string') return refuse(end)
  if (end !== bytes.length) return refuse('trailing-bytes')
  try {
    return ok(decode<Item>(bytes, { preferMap: true, ignoreGlobalTags: true }))
  } catch {
    return refuse('not-cbor')
  }
}

interface Head {
  readonly major: number
  readonly argument: number
  readonly next: number
}

/** RFC 8949 section 3: the initial byte and its argument, refused unless it is as short as can be. */
function readHead(bytes: Uint8Array, offset: number): Head | ProtocolErrorCode {
  const initial = bytes[offset]
  if (initial === undefined) return 'truncated'
  const major = initial >> 5
  const short = initial & 31
  if (major > MAJOR.tag) return short > 27 && short < INDEFINITE ? 'not-cbor' : 'wrong-type'
  if (short === INDEFINITE) return major < MAJOR.bytes || major === MAJOR.tag ? 'not-cbor' : 'not-canonical'
  if (short > 27) return 'not-cbor'
  if (short < 24) return { major, argument: short, next: offset + 1 }
  const width = 2 ** (short - 24)
  const next = offset + 1 + width
  if (next > bytes.length) return 'truncated'
  let argument = 0
  for (let index = offset + 1; index < next; index += 1) argument = argument * 256 + (bytes[index] ?? 0)
  const smallest = width === 1 ? 24 : 2 ** (width * 4)
  return argument < smallest ? 'not-canonical' : { major, argument, next }
}

/** Returns the offset behind the item that starts at `offset`, or what is wrong with it. */
function walk(bytes: Uint8Array, offset: number, depthLeft: number): number | ProtocolErrorCode {
  const head = readHead(bytes, offset)
  if (typeof head === 'string') return head
  if (head.major === MAJOR.tag || depthLeft === 0) return 'wrong-type'
  switch (head.major) {
    case MAJOR.bytes:
    case MAJOR.text: {
      const end = head.next + head.argument
      return end > bytes.length ? 'truncated' : end
    }
    case MAJOR.array:
      return walkArray(bytes, head, depthLeft)
    case MAJOR.map:
      return walkMap(bytes, head, depthLeft)
    default:
      return head.next
  }
}

function walkArray(bytes: Uint8Array, head: Head, depthLeft: number): number | ProtocolErrorCode {
  let offset = head.next
  // An item takes a byte at least, so a count that lies ends with 'truncated' and the loop is bounded by the input.
  for (let left = head.argument; left > 0; left -= 1) {
    const end = walk(bytes, offset, depthLeft - 1)
    if (typeof end === 'string') return end
    offset = end
  }
  return offset
}

function walkMap(bytes: Uint8Array, head: Head, depthLeft: number): number | ProtocolErrorCode {
  const keys: Uint8Array[] = []
  let offset = head.next
  for (let left = head.argument; left > 0; left -= 1) {
    const keyEnd = walk(bytes, offset, depthLeft - 1)
    if (typeof keyEnd === 'string') return keyEnd
    const key = bytes.subarray(offset, keyEnd)
    const previous = keys.at(-1)
    if (previous !== undefined && !isBefore(previous, key)) {
      return keys.some((known) => bytesEqual(known, key)) ? 'duplicate-key' : 'not-canonical'
    }
    keys.push(key)
    const valueEnd = walk(bytes, keyEnd, depthLeft - 1)
    if (typeof valueEnd === 'string') return valueEnd
    offset = valueEnd
  }
  return offset
}

/** The bytewise order of keys of RFC 8949 section 4.2.1. */
function isBefore(left: Uint8Array, right: Uint8Array): boolean {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return left.length < right.length
}
