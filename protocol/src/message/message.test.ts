import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { concatBytes } from '../bytes.ts'
import { type Item, encodeItem } from '../cbor.ts'
import type { ProtocolErrorCode } from '../protocol-error.ts'
import { exampleMessages } from '../vectors/examples.ts'
import { anyMessage } from './arbitraries.suite.ts'
import { type Codec, amount, amountOrZero, currency } from './field.ts'
import { MESSAGES, MESSAGE_NAMES, messageNameOfKind } from './registry.ts'
import { changed, codeOf, kindOf, payloadOf } from './tampering.suite.ts'

/** A map written by hand, from whole encoded keys and values in the order given. */
function mapOf(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(Uint8Array.of(0xa0 + parts.length / 2), ...parts)
}

describe('every message', () => {
  it('has its own kind, name, and keys without gaps from 3', () => {
    assert.equal(MESSAGE_NAMES.length, 18)
    assert.deepEqual(
      MESSAGE_NAMES.map((name) => MESSAGES[name].kind).sort((left, right) => left - right),
      Array.from({ length: 18 }, (_, index) => index + 1),
    )
    for (const name of MESSAGE_NAMES) {
      const kind = kindOf(name)
      assert.equal(kind.name, name)
      assert.equal(messageNameOfKind(kind.kind), name)
      const keys = Object.values(kind.fields).map((field) => field.key)
      assert.deepEqual(
        keys,
        Array.from({ length: keys.length }, (_, index) => index + 3),
      )
    }
  })

  it('comes back as it was sent, from bytes that encode the same again', () => {
    fc.assert(
      fc.property(anyMessage, (value) => {
        const kind = kindOf(value.name)
        const payload = kind.encode(value)
        const decoded = kind.decode(payload)
        assert.deepEqual(decoded, { ok: true, value })
        assert.deepEqual(kind.encode(value), payload)
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws and never reads two byte strings as one, whatever byte is changed', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, difference) => {
        const kind = kindOf(value.name)
        const payload = kind.encode(value)
        const index = place % payload.length
        payload[index] = (payload[index] ?? 0) ^ difference
        const decoded = kind.decode(payload)
        // What is still accepted has to be another value, written in its only way.
        if (decoded.ok) assert.deepEqual(kind.encode(decoded.value), payload)
      }),
      { numRuns: 2000 },
    )
  })
})

for (const name of MESSAGE_NAMES) {
  const kind = kindOf(name)
  const payload = payloadOf(name)
  const refusal = (bytes: Uint8Array): string => codeOf(kind.decode(bytes))

  describe(`${name} is refused`, () => {
    it('too-long, truncated at every byte, with trailing bytes', () => {
      assert.equal(refusal(concatBytes(payload, new Uint8Array(kind.maxBytes))), 'too-long')
      for (let length = 0; length < payload.length; length += 1) {
        assert.equal(refusal(payload.subarray(0, length)), 'truncated')
      }
      assert.equal(refusal(concatBytes(payload, Uint8Array.of(0))), 'trailing-bytes')
    })

    it('not-cbor, not-canonical, duplicate-key', () => {
      const rest = payload.subarray(3)
      assert.equal(refusal(concatBytes(payload.subarray(0, 2), Uint8Array.of(0x1c), rest)), 'not-cbor')
      assert.equal(
        refusal(concatBytes(payload.subarray(0, 2), Uint8Array.of(0x18, kind.kind), rest)),
        'not-canonical',
      )
      assert.equal(
        refusal(concatBytes(Uint8Array.of(0xbf), payload.subarray(1), Uint8Array.of(0xff))),
        'not-canonical',
      )
      const [a, b] = [Uint8Array.of(0), Uint8Array.of(1)]
      assert.equal(refusal(mapOf(b, b, a, a)), 'not-canonical')
      assert.equal(refusal(mapOf(a, a, a, a)), 'duplicate-key')
      assert.equal(refusal(mapOf(a, a, b, b, a, a)), 'duplicate-key')
    })

    it('unknown-version, wrong-kind, and without or with wrong kind, version or chip', () => {
      assert.equal(refusal(changed(payload, 1, 2)), 'unknown-version')
      assert.equal(refusal(changed(payload, 0, (kind.kind % 16) + 1)), 'wrong-kind')
      for (const key of [0, 1, 2]) {
        assert.equal(refusal(changed(payload, key, undefined)), 'missing-field')
        assert.equal(refusal(changed(payload, key, 'no')), 'wrong-type')
      }
      assert.equal(refusal(changed(payload, 2, new Uint8Array(7))), 'out-of-range')
      assert.equal(refusal(encodeItem([1])), 'wrong-type')
    })

    it('without any one field, or with one more', () => {
      for (const { key } of Object.values(kind.fields)) {
        assert.equal(refusal(changed(payload, key, undefined)), 'missing-field')
      }
      assert.equal(refusal(changed(payload, Object.keys(kind.fields).length + 3, 0)), 'unknown-field')
      assert.equal(refusal(changed(payload, 'name', 0)), 'unknown-field')
      assert.equal(refusal(changed(payload, -1, 0)), 'unknown-field')
    })

    for (const [fieldName, { key, codec }] of Object.entries(kind.fields)) {
      it(`with a bad ${fieldName}`, () => {
        refusesFloats({ payload, key, refusal })
        for (const [value, expected] of badItems(codec)) {
          const result = kind.decode(changed(payload, key, value))
          assert.equal(codeOf(result), expected, `${fieldName}: ${inspect(value)}`)
          assert.ok(!result.ok && result.error.field?.startsWith(fieldName))
        }
      })
    }
  })
}

/** Floats, simple values and tags have no place at all, even where they stand for an integer. */
function refusesFloats(at: {
  payload: Uint8Array
  key: number
  refusal: (bytes: Uint8Array) => string
}): void {
  for (const bad of [[0xf9, 0x3c, 0x00], [0xf4], [0xf6], [0xf7], [0xfa, 0, 0, 0, 0], [0xc1, 0x00]]) {
    const map = concatBytes(Uint8Array.of(0xa1, at.key), Uint8Array.from(bad))
    assert.equal(at.refusal(map), 'wrong-type')
  }
}

/** Items that a field of this codec has to refuse, and how. */
function badItems(codec: Codec<unknown>): readonly (readonly [Item, ProtocolErrorCode])[] {
  const [, most = '0'] = /\.\.(\d+)/.exec(codec.describe) ?? []
  if (codec === amount || codec === amountOrZero) {
    const zero: readonly (readonly [Item, ProtocolErrorCode])[] =
      codec === amount ? [[0, 'amount-out-of-range']] : []
    return [
      ...zero,
      [-1, 'amount-out-of-range'],
      [BigInt(most) + 1n, 'amount-out-of-range'],
      ['1', 'wrong-type'],
    ]
  }
  if (codec === currency) {
    return [
      ['EU', 'unknown-currency'],
      ['eur', 'unknown-currency'],
      ['XXX', 'unknown-currency'],
      [978, 'wrong-type'],
    ]
  }
  if (codec.describe.startsWith('tstr')) {
    return [
      ['x'.repeat(Number(most) + 1), 'text-too-long'],
      ['é'.repeat(Number(most)), 'text-too-long'],
      [1, 'wrong-type'],
    ]
  }
  if (codec.describe.startsWith('bstr')) {
    const [, length = most] = /bstr (\d+) bytes/.exec(codec.describe) ?? []
    return [
      [new Uint8Array(Number(length) + 1), 'out-of-range'],
      ['text', 'wrong-type'],
      [1, 'wrong-type'],
    ]
  }
  if (codec.describe.startsWith('array')) {
    return [
      [[], 'out-of-range'],
      [Array.from({ length: 17 }, () => new Map()), 'out-of-range'],
      [[1], 'wrong-type'],
      [1, 'wrong-type'],
    ]
  }
  const beyond: Item = most === '0' ? 99 : BigInt(most) + 1n
  const bad: (readonly [Item, ProtocolErrorCode])[] = [
    [beyond, 'out-of-range'],
    [-1, 'out-of-range'],
    [2n ** 63n, 'out-of-range'],
  ]
  bad.push([new Uint8Array(1), 'wrong-type'], [[], 'wrong-type'])
  return bad
}

describe('text', () => {
  const payload = payloadOf('release')
  const release = kindOf('release')
  const withReason = (...utf8: readonly number[]): Uint8Array =>
    concatBytes(
      payload.subarray(0, payload.length - 'cancelled'.length - 1),
      Uint8Array.of(0x60 + utf8.length, ...utf8),
    )

  it('has to be UTF-8', () => {
    assert.equal(codeOf(release.decode(withReason(0xc3, 0xa9))), 'accepted')
    for (const bad of [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
      assert.equal(codeOf(release.decode(withReason(...bad))), 'not-cbor', bad.join())
    }
  })

  it('keeps a byte order mark', () => {
    const decoded = release.decode(withReason(0xef, 0xbb, 0xbf))
    assert.ok(decoded.ok)
    assert.equal(decoded.value['reason'], '\ufeff')
  })

  it('is not sent with half a surrogate pair', () => {
    const [example] = exampleMessages('release')
    assert.ok(example)
    const value = { ...example.value, reason: 'x\ud800' }
    assert.deepEqual(release.validate(value), { ok: false, error: { code: 'wrong-type', field: 'reason' } })
    assert.throws(() => release.encode(value), TypeError)
  })
})
