import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import { fromHex, toHex } from './bytes.ts'
import { type Item, decodeItem, encodeItem } from './cbor.ts'

const MAX_BYTES = 2048

function decodeHex(hex: string): unknown {
  const bytes = fromHex(hex)
  assert.ok(bytes)
  const result = decodeItem(bytes, MAX_BYTES)
  return result.ok ? result.value : result.error.code
}

// RFC 8949 appendix A, those of our data items.
const EXAMPLES: readonly (readonly [string, Item])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['190100', 256],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['1bffffffffffffffff', 18_446_744_073_709_551_615n],
  ['20', -1],
  ['3863', -100],
  ['40', new Uint8Array(0)],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6449455446', 'IETF'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '\ud800\udd51'],
  ['80', []],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['a0', new Map()],
  [
    'a201020304',
    new Map([
      [1, 2],
      [3, 4],
    ]),
  ],
]

it('reads and writes the examples of RFC 8949 appendix A', () => {
  for (const [hex, value] of EXAMPLES) {
    assert.deepEqual(decodeHex(hex), value, hex)
    assert.equal(toHex(encodeItem(value)), hex)
  }
})

it('refuses what is not the shortest form', () => {
  for (const hex of [
    '1800',
    '1817',
    '1900ff',
    '1a0000ffff',
    '1b00000000ffffffff',
    '3800',
    '5800',
    '7801',
    '9800',
    'b800',
  ]) {
    assert.equal(decodeHex(`${hex}00`), 'not-canonical', hex)
  }
})

it('refuses indefinite lengths', () => {
  for (const hex of ['5f42010243030405ff', '7f657374726561646d696e67ff', '9fff', 'bfff']) {
    assert.equal(decodeHex(hex), 'not-canonical', hex)
  }
})

it('refuses reserved values (RFC 8949 appendix F)', () => {
  for (const hex of [
    '1c',
    '1d',
    '1e',
    '3c',
    '5d',
    '7e',
    '9c',
    'bc',
    'dc',
    'fc',
    'fd',
    'fe',
    '1f',
    '3f',
    'df',
  ]) {
    assert.equal(decodeHex(hex), 'not-cbor', hex)
  }
})

it('refuses keys twice or out of order', () => {
  assert.equal(decodeHex('a202000100'), 'not-canonical')
  assert.equal(decodeHex('a201000100'), 'duplicate-key')
  assert.equal(decodeHex('a3010002000100'), 'duplicate-key')
  // Bytewise order puts 10 before 100 before -1 before "z" (RFC 8949 section 4.2.1).
  assert.ok(decodeHex('a40a001864002000617a00') instanceof Map)
  assert.equal(decodeHex('a22000186400'), 'not-canonical')
})

it('refuses lengths that the bytes do not have, however large', () => {
  for (const hex of [
    '',
    '18',
    '19ff',
    '1a000000',
    '41',
    '61',
    '81',
    'a1',
    'a100',
    '5b7fffffffffffffff',
    '9b7fffffffffffffff',
    'bbffffffffffffffff',
    '9affffffff',
  ]) {
    assert.equal(decodeHex(hex), 'truncated', hex)
  }
})

it('refuses nesting beyond four levels, before it costs a stack', () => {
  assert.ok(Array.isArray(decodeHex('81818100')))
  assert.equal(decodeHex('8181818100'), 'wrong-type')
  assert.equal(decodeHex('81'.repeat(2000)), 'wrong-type')
})

it('refuses more bytes than the limit before reading any', () => {
  const result = decodeItem(new Uint8Array(MAX_BYTES + 1), MAX_BYTES)
  assert.deepEqual(result, { ok: false, error: { code: 'too-long' } })
})

it('accepts of random bytes only what encodes to the same bytes again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const result = decodeItem(bytes, MAX_BYTES)
      if (result.ok) assert.deepEqual(encodeItem(result.value), bytes)
    }),
    { numRuns: 5000 },
  )
})
