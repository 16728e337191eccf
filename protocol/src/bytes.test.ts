import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import {
  bytesEqual,
  clipText,
  concatBytes,
  fromBase64url,
  fromHex,
  toBase64url,
  toHex,
  utf8Length,
} from './bytes.ts'

const bytes = fc.uint8Array({ maxLength: 100 })

it('hex is as Node writes it, and one id has one spelling', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      assert.equal(toHex(value), Buffer.from(value).toString('hex'))
      assert.deepEqual(fromHex(toHex(value)), value)
    }),
  )
  for (const bad of ['0', '0A', 'zz', ' 00', '0x00']) assert.equal(fromHex(bad), null, bad)
})

it('base64url is as Node writes it, and one byte string has one spelling', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      assert.equal(toBase64url(value), Buffer.from(value).toString('base64url'))
      assert.deepEqual(fromBase64url(toBase64url(value)), value)
    }),
  )
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('A', 'Q', 'g', 'w', '-', '_', '9', '='), maxLength: 12 }),
      (text) => {
        const decoded = fromBase64url(text)
        if (decoded !== null) assert.equal(toBase64url(decoded), text)
      },
    ),
  )
  for (const bad of ['A', 'AB', 'AA==', 'A+/A', 'AAAAA']) assert.equal(fromBase64url(bad), null, bad)
})

it('UTF-8 lengths are as Node counts them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(utf8Length(text), Buffer.byteLength(text))
    }),
  )
})

it('a clipped text is the longest start that fits, and can be sent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, maxBytes) => {
      const clipped = clipText(text, maxBytes)
      const whole = text.toWellFormed()
      assert.ok(clipped.isWellFormed() && whole.startsWith(clipped) && utf8Length(clipped) <= maxBytes)
      const next = whole.codePointAt(clipped.length)
      if (next !== undefined) assert.ok(utf8Length(clipped + String.fromCodePoint(next)) > maxBytes)
    }),
  )
  assert.equal(clipText('é\ud800x', 5), 'é\ufffd')
})

it('bytes are equal when all of them are', () => {
  assert.ok(bytesEqual(Uint8Array.of(1, 2), concatBytes(Uint8Array.of(1), Uint8Array.of(2))))
  assert.equal(bytesEqual(Uint8Array.of(1), Uint8Array.of(1, 2)), false)
  assert.equal(bytesEqual(Uint8Array.of(1), Uint8Array.of(2)), false)
})
