import { exponentOf, isCurrency } from '#protocol/money.ts'
import type { MoneyView } from './payment.ts'

/**
 * Money as people of `locale` read it, by the currency's own rules (ISO 4217): `€2.50`, `¥300`, `KWD 1.250`.
 *
 * The digits never pass through a `number`: Intl.NumberFormat takes the decimal as a string (ECMA-402, since
 * the 2023 edition), and the exponent is the one that the protocol counts minor units with.
 */
export function formatMoney(money: MoneyView, locale: string): string {
  if (!isCurrency(money.currency)) return `${money.amountMinor} ${money.currency}`
  const digits = exponentOf(money.currency)
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: money.currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  const decimal = decimalOf(money.amountMinor, digits)
  return isDecimal(decimal) ? format.format(decimal) : `${decimal} ${money.currency}`
}

/** Intl takes text as exactly the decimal that it spells; this tells TypeScript that it spells one. */
function isDecimal(text: string): text is Intl.StringNumericLiteral {
  return /^-?\d+(\.\d+)?$/.test(text)
}

/** `('250', 2)` is `'2.50'`. Throws a SyntaxError for anything but digits, with a sign or without. */
export function decimalOf(amountMinor: string, digits: number): string {
  const minor = BigInt(amountMinor)
  if (digits === 0) return String(minor)
  const sign = minor < 0n ? '-' : ''
  const figures = String(minor < 0n ? -minor : minor)
  const padded = figures.padStart(digits + 1, '0')
  return `${sign}${padded.slice(0, -digits)}.${padded.slice(-digits)}`
}

/** What is left of one amount after another is taken off; null when the currencies differ. */
export function minus(from: MoneyView, taken: MoneyView): MoneyView | null {
  if (from.currency !== taken.currency) return null
  return {
    amountMinor: String(BigInt(from.amountMinor) - BigInt(taken.amountMinor)),
    currency: from.currency,
  }
}
