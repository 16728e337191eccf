import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CURRENCIES, exponentOf } from '#protocol/money.ts'
import { decimalOf, formatMoney, minus } from './money.ts'

const plain = (text: string) => text.replaceAll(/\s/g, ' ')

test('money has the decimals of its currency', () => {
  assert.equal(formatMoney({ amountMinor: '250', currency: 'EUR' }, 'en'), '€2.50')
  assert.equal(formatMoney({ amountMinor: '300', currency: 'JPY' }, 'en'), '¥300')
  assert.equal(plain(formatMoney({ amountMinor: '1250', currency: 'KWD' }, 'en')), 'KWD 1.250')
  assert.equal(formatMoney({ amountMinor: '5', currency: 'CNY' }, 'zh-CN'), '¥0.05')
  assert.equal(formatMoney({ amountMinor: '250', currency: 'EUR' }, 'zh-CN'), '€2.50')
})

test('no amount loses a digit, beyond what a number can hold too', () => {
  assert.equal(
    formatMoney({ amountMinor: '9007199254740993', currency: 'EUR' }, 'en'),
    '€90,071,992,547,409.93',
  )
  assert.equal(
    formatMoney({ amountMinor: '9007199254740993', currency: 'JPY' }, 'en'),
    '¥9,007,199,254,740,993',
  )
})

test('every currency is shown with exactly the digits that the protocol counts', () => {
  for (const currency of CURRENCIES) {
    const shown = formatMoney({ amountMinor: '1234567', currency }, 'en').replaceAll(/^\D+|,/g, '')
    assert.equal(shown, decimalOf('1234567', exponentOf(currency)), currency)
  }
})

test('decimals are padded and signed', () => {
  assert.equal(decimalOf('5', 2), '0.05')
  assert.equal(decimalOf('-5', 3), '-0.005')
  assert.equal(decimalOf('7', 0), '7')
})

test('a currency that the protocol does not know is shown as it came', () => {
  assert.equal(formatMoney({ amountMinor: '12', currency: 'XXX' }, 'en'), '12 XXX')
})

test('subtraction is exact, and refuses two currencies', () => {
  const left = { amountMinor: '9007199254740993', currency: 'EUR' }
  assert.deepEqual(minus(left, { amountMinor: '1', currency: 'EUR' }), {
    amountMinor: '9007199254740992',
    currency: 'EUR',
  })
  assert.equal(minus(left, { amountMinor: '1', currency: 'USD' }), null)
})
