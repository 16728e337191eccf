import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import { encode } from 'uqr'
import { seal } from './envelope.ts'
import { ChipId } from './identifier.ts'
import { arbitraryMessage } from './message/arbitraries.suite.ts'
import { PAYMENT_CODE_BYTES_MAX } from './message/payment-code.ts'
import {
  ORIGIN_LENGTH_MAX,
  type PaymentOrigin,
  QR_12_M_BYTES,
  machineUrl,
  parsePaymentFragment,
  parsePaymentOrigin,
  parsePaymentUrl,
  paymentCodeUrl,
} from './payment-url.ts'
import { exampleMessages } from './vectors/examples.ts'
import { ALGORITHMS, VECTOR_KEYS } from './vectors/vector-keys.ts'

const CHIP_ID = ChipId.of('0a1b2c3d4e5f6071')

function originOf(text: string): PaymentOrigin {
  const origin = parsePaymentOrigin(text)
  assert.ok(origin.ok)
  return origin.value
}

const origin = originOf('https://pay.example.org')
const longestOrigin = originOf(`https://${'a'.repeat(ORIGIN_LENGTH_MAX - 'https://'.length)}`)

it('the longest code there can be is as long as the constant says', () => {
  const longest = exampleMessages('payment-code').find(({ title }) => title.includes('longest'))
  assert.ok(longest)
  for (const alg of ALGORITHMS) {
    assert.equal(seal(longest.value, VECTOR_KEYS[alg].signers.up).length, PAYMENT_CODE_BYTES_MAX)
  }
})

it('no code is longer', () => {
  fc.assert(
    fc.property(arbitraryMessage('payment-code'), (value) => {
      assert.ok(seal(value, VECTOR_KEYS.EdDSA.signers.up).length <= PAYMENT_CODE_BYTES_MAX)
    }),
  )
})

it('the longest code at the longest address fits into QR version 12, level M, and not into 11', () => {
  const url = paymentCodeUrl(longestOrigin, new Uint8Array(PAYMENT_CODE_BYTES_MAX))
  assert.equal(url.length, QR_12_M_BYTES)
  assert.equal(encode(url, { ecc: 'M', minVersion: 1, maxVersion: 12 }).version, 12)
  assert.throws(() => encode(url, { ecc: 'M', maxVersion: 11 }))
  assert.throws(() => encode(`${url}x`, { ecc: 'M', maxVersion: 12 }))
})

it('an address that is too long is refused at configuration', () => {
  assert.equal(ORIGIN_LENGTH_MAX, 45)
  assert.deepEqual(parsePaymentOrigin(`${longestOrigin}a`), { ok: false, error: 'origin-too-long' })
})

it('an address is https with a host and perhaps a port, or localhost', () => {
  for (const good of [
    'https://a',
    'https://pay.example.org:8443',
    'http://localhost:3000',
    'https://xn--bcher-kva.example',
  ]) {
    assert.equal(parsePaymentOrigin(good).ok, true, good)
  }
  const bad = [
    'http://pay.example.org',
    'https://',
    'https://a/',
    'https://A',
    'https://a b',
    'https://a#',
    'https://u@a',
    'https://-a',
    'https://a..b',
    'https://a:0',
    'ftp://a',
    '',
  ]
  for (const text of bad)
    assert.deepEqual(parsePaymentOrigin(text), { ok: false, error: 'origin-malformed' }, text)
})

it('codes come back as they went', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: PAYMENT_CODE_BYTES_MAX }), (code) => {
      assert.deepEqual(parsePaymentUrl(paymentCodeUrl(origin, code), origin), {
        ok: true,
        value: { kind: 'code', code },
      })
    }),
  )
  assert.throws(() => paymentCodeUrl(origin, new Uint8Array(PAYMENT_CODE_BYTES_MAX + 1)), TypeError)
})

it('a printed code names the machine alone', () => {
  const url = machineUrl(origin, CHIP_ID)
  assert.equal(url, 'https://pay.example.org/#m.0a1b2c3d4e5f6071')
  assert.deepEqual(parsePaymentUrl(url, origin), { ok: true, value: { kind: 'machine', chipId: CHIP_ID } })
})

it('what is no code is refused', () => {
  const cases = {
    '': 'no-code',
    'm.': 'code-malformed',
    'm.0A1B2C3D4E5F6071': 'code-malformed',
    'm.0a1b2c3d4e5f60711': 'code-malformed',
    'AB=': 'code-malformed',
    A: 'code-malformed',
    AB: 'code-malformed',
    'AA+/': 'code-malformed',
    ['A'.repeat(241)]: 'code-too-long',
  }
  for (const [fragment, error] of Object.entries(cases)) {
    assert.deepEqual(parsePaymentFragment(fragment), { ok: false, error }, fragment)
  }
  for (const foreign of [
    'https://pay.example.org.evil/#AA',
    'http://pay.example.org/#AA',
    'https://pay.example.org/?#AA',
    '',
  ]) {
    assert.deepEqual(parsePaymentUrl(foreign, origin), { ok: false, error: 'foreign-address' }, foreign)
  }
})
