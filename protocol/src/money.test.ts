import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import {
  AMOUNT_MINOR_MAX,
  CURRENCIES,
  currencyOf,
  exponentOf,
  formatDecimal,
  isCurrency,
  isPayableAmount,
  moneyEqual,
  moneyFromJson,
  moneyToJson,
  parseDecimalMoney,
} from './money.ts'

const money = fc
  .tuple(fc.bigInt({ min: 1n, max: AMOUNT_MINOR_MAX }), fc.constantFrom(...CURRENCIES))
  .map(([amountMinor, currency]) => ({ amountMinor, currency }))

function parse(amount: unknown, currency: unknown): unknown {
  const result = parseDecimalMoney({ amount, currency })
  return result.ok ? result.value.amountMinor : result.error
}

describe('currencies', () => {
  it('have the decimals of ISO 4217', () => {
    const decimals = { EUR: 2, CNY: 2, USD: 2, JPY: 0, KRW: 0, CLP: 0, KWD: 3, TND: 3, BHD: 3 }
    for (const [code, exponent] of Object.entries(decimals))
      assert.equal(exponentOf(currencyOf(code)), exponent)
  })

  it('are three capitals, each once, without funds, metals and test codes', () => {
    assert.ok(CURRENCIES.length > 140)
    assert.equal(new Set(CURRENCIES).size, CURRENCIES.length)
    for (const code of CURRENCIES) assert.match(code, /^[A-Z]{3}$/)
    for (const code of ['XXX', 'XTS', 'XAU', 'CHE', 'USN', 'eur', 'EU', '', 978, null, 'toString']) {
      assert.equal(isCurrency(code), false)
    }
    assert.throws(() => currencyOf('XXX'), TypeError)
  })

  it('agree with the run time, where that knows the currency', () => {
    // ISO 4217 gives these two decimals; Unicode, which Intl follows, gives some of them none, as they are used.
    const asUsed = new Set(
      'AFN ALL IDR IRR KPW LAK LBP MGA MMK MRU PKR RSD SLE SOS STN SYP YER UZS TZS COP CRC GYD HUF MNT MUR NOK SEK TWD AMD CZK DKK IQD'.split(
        ' ',
      ),
    )
    let compared = 0
    for (const currency of CURRENCIES.filter((code) => !asUsed.has(code))) {
      const { maximumFractionDigits } = new Intl.NumberFormat('en', {
        style: 'currency',
        currency,
      }).resolvedOptions()
      assert.equal(exponentOf(currency), maximumFractionDigits, currency)
      compared += 1
    }
    assert.ok(compared > 100)
  })
})

describe('decimal amounts of a bank', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(money, (value) => {
        const parsed = parseDecimalMoney({ amount: formatDecimal(value), currency: value.currency })
        assert.deepEqual(parsed, { ok: true, value })
        assert.ok(parsed.ok && moneyEqual(parsed.value, value))
      }),
    )
  })

  it('are written with exactly the decimals of the currency', () => {
    const written = (amountMinor: bigint, code: string): string =>
      formatDecimal({ amountMinor, currency: currencyOf(code) })
    assert.equal(written(250n, 'EUR'), '2.50')
    assert.equal(written(5n, 'EUR'), '0.05')
    assert.equal(written(0n, 'EUR'), '0.00')
    assert.equal(written(-5n, 'EUR'), '-0.05')
    assert.equal(written(250n, 'JPY'), '250')
    assert.equal(written(250n, 'KWD'), '0.250')
  })

  it('may have fewer decimals, never more, and nothing else', () => {
    assert.equal(parse('2.5', 'EUR'), 250n)
    assert.equal(parse('2', 'EUR'), 200n)
    assert.equal(parse('250', 'JPY'), 250n)
    for (const amount of [
      '2.505',
      '2.500',
      '2.',
      '.5',
      '-2',
      '+2',
      '1e3',
      '02',
      ' 2',
      '2,50',
      '',
      '٢',
      2.5,
      null,
    ]) {
      assert.equal(parse(amount, 'EUR'), 'bad-amount', String(amount))
    }
    assert.equal(parse('2.0', 'JPY'), 'bad-amount')
    assert.equal(parse('1'.repeat(21), 'EUR'), 'bad-amount')
    assert.equal(parse('0', 'EUR'), 'amount-out-of-range')
    assert.equal(parse('10000000000.01', 'EUR'), 'amount-out-of-range')
    assert.equal(parse('10000000000', 'EUR'), AMOUNT_MINOR_MAX)
    assert.equal(parse('1', 'ABC'), 'unknown-currency')
  })
})

describe('money in JSON', () => {
  it('comes back as it went, as a string', () => {
    fc.assert(
      fc.property(money, (value) => {
        const json: unknown = JSON.parse(JSON.stringify(moneyToJson(value)))
        assert.deepEqual(moneyFromJson(json), { ok: true, value })
      }),
    )
  })

  it('is refused as a number, a fraction, or nothing', () => {
    for (const json of [
      null,
      1,
      {},
      { amountMinor: 1, currency: 'EUR' },
      { amountMinor: '1.5', currency: 'EUR' },
    ]) {
      assert.deepEqual(moneyFromJson(json), { ok: false, error: 'bad-amount' })
    }
    assert.deepEqual(moneyFromJson({ amountMinor: '1', currency: 'EURO' }), {
      ok: false,
      error: 'unknown-currency',
    })
  })
})

it('an amount that can be paid is a bigint from 1 to the most', () => {
  for (const good of [1n, AMOUNT_MINOR_MAX]) assert.ok(isPayableAmount(good))
  for (const bad of [0n, -1n, AMOUNT_MINOR_MAX + 1n, 1, '1', null]) assert.equal(isPayableAmount(bad), false)
})
