import { type Result, fail, ok } from './result.ts'

/** Digits after the decimal sign, of the currencies of ISO 4217 that are money (funds and metals left out). */
const TWO_DIGITS =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP ' +
  'CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES ' +
  'KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK ' +
  'NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB ' +
  'TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG'
const NO_DIGITS = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'
const THREE_DIGITS = 'BHD IQD JOD KWD LYD OMR TND'

const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ...TWO_DIGITS.split(' ').map((code): [string, number] => [code, 2]),
  ...NO_DIGITS.split(' ').map((code): [string, number] => [code, 0]),
  ...THREE_DIGITS.split(' ').map((code): [string, number] => [code, 3]),
])

declare const brand: unique symbol

/** An ISO 4217 code that `isCurrency` accepted. */
export type Currency = string & { readonly [brand]: 'Currency' }

export const CURRENCIES: readonly Currency[] = [...EXPONENTS.keys()].filter(isCurrency).sort()

export function isCurrency(text: unknown): text is Currency {
  return typeof text === 'string' && EXPONENTS.has(text)
}

/** For codes known to be good, such as a literal; throws a TypeError otherwise. */
export function currencyOf(text: string): Currency {
  if (!isCurrency(text)) throw new TypeError('not an ISO 4217 currency that machines sell in')
  return text
}

/** Digits after the decimal sign: EUR 2, JPY 0, KWD 3. */
export function exponentOf(currency: Currency): number {
  const exponent = EXPONENTS.get(currency)
  if (exponent === undefined) throw new TypeError('not a currency')
  return exponent
}

/** An amount in minor units (cents of EUR, whole JPY, fils of KWD). */
export interface Money {
  readonly amountMinor: bigint
  readonly currency: Currency
}

/** No payment, price, hold, refund or capture is outside these. */
export const AMOUNT_MINOR_MIN = 1n
export const AMOUNT_MINOR_MAX = 1_000_000_000_000n

export function isPayableAmount(amountMinor: unknown): amountMinor is bigint {
  return typeof amountMinor === 'bigint' && amountMinor >= AMOUNT_MINOR_MIN && amountMinor <= AMOUNT_MINOR_MAX
}

export function moneyEqual(left: Money, right: Money): boolean {
  return left.currency === right.currency && left.amountMinor === right.amountMinor
}

export type MoneyError = 'unknown-currency' | 'bad-amount' | 'amount-out-of-range'

/**
 * Reads the decimal amount of a bank's interface (Berlin Group: a string with a dot): `{ amount: '2.50', currency: 'EUR' }`.
 *
 * Fewer decimals than the currency has are accepted (`'2.5'`, `'2'`), more are refused, and so is anything that is
 * not plain digits, below one minor unit, or above `AMOUNT_MINOR_MAX`.
 */
export function parseDecimalMoney(decimal: {
  amount: unknown
  currency: unknown
}): Result<Money, MoneyError> {
  const { amount, currency } = decimal
  if (!isCurrency(currency)) return fail('unknown-currency')
  if (typeof amount !== 'string' || amount.length > 20) return fail('bad-amount')
  const [whole, digits, fraction = ''] = /^(0|[1-9]\d*)(?:\.(\d+))?$/.exec(amount) ?? []
  if (whole === undefined || digits === undefined) return fail('bad-amount')
  const exponent = exponentOf(currency)
  if (fraction.length > exponent) return fail('bad-amount')
  const amountMinor = BigInt(digits + fraction.padEnd(exponent, '0'))
  return isPayableAmount(amountMinor) ? ok({ amountMinor, currency }) : fail('amount-out-of-range')
}

/** The decimal form for a bank's interface: exactly as many decimals as the currency has, `2.50`. Not for people. */
export function formatDecimal(money: Money): string {
  const exponent = exponentOf(money.currency)
  const negative = money.amountMinor < 0n
  const digits = String(negative ? -money.amountMinor : money.amountMinor).padStart(exponent + 1, '0')
  const whole = digits.slice(0, digits.length - exponent)
  const sign = negative ? '-' : ''
  return exponent === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-exponent)}`
}

/** How money is written in the system's JSON: the amount is a string of minor units, since JSON numbers are floats. */
export interface MoneyJson {
  readonly amountMinor: string
  readonly currency: string
}

export function moneyToJson(money: Money): MoneyJson {
  return { amountMinor: money.amountMinor.toString(), currency: money.currency }
}

/** Accepts zero and more, since balances and refunds so far are money too; `bad-amount` for anything but digits. */
export function moneyFromJson(json: unknown): Result<Money, MoneyError> {
  if (typeof json !== 'object' || json === null || !('amountMinor' in json) || !('currency' in json)) {
    return fail('bad-amount')
  }
  if (!isCurrency(json.currency)) return fail('unknown-currency')
  if (typeof json.amountMinor !== 'string' || !/^(0|[1-9]\d{0,18})$/.test(json.amountMinor))
    return fail('bad-amount')
  return ok({ amountMinor: BigInt(json.amountMinor), currency: json.currency })
}
