import { Type } from 'typebox'
import { type Money, parseDecimalMoney } from '#protocol/money.ts'
import type { Result } from '#protocol/result.ts'
import { fail, ok } from '#protocol/result.ts'
import { type ProblemDetails, problem } from './problem.ts'

export const exact = { additionalProperties: false }

export const AmountSchema = Type.Object(
  { currency: Type.String({ maxLength: 3 }), amount: Type.String({ maxLength: 20 }) },
  { ...exact, description: 'Decimal with at most as many decimals as the currency has, e.g. "2.50"' },
)
export const EndToEndSchema = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,34}$',
  description: 'Made by the client, unique for ever, at most 35 characters (ISO 20022 Max35Text)',
})
export const MandateIdSchema = Type.String({ pattern: '^[0-9a-f]{32}$' })
export const IbanSchema = Type.String({ pattern: '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$' })
/** Text for people: no control characters, no lone surrogates, nothing that turns the direction of reading. */
const TEXT_PATTERN = '^[^\\p{Cc}\\p{Cs}\\u202a-\\u202e\\u2066-\\u2069]+$'
export const NameSchema = Type.String({ minLength: 1, maxLength: 70, pattern: TEXT_PATTERN })
export const ReasonTextSchema = Type.String({ minLength: 1, maxLength: 140, pattern: TEXT_PATTERN })
export const TimeSchema = Type.String({ maxLength: 40, description: 'ISO 8601 with a zone' })
export const UriSchema = Type.String({ minLength: 1, maxLength: 2000 })

export const ProblemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  retryable: Type.Boolean(),
})

/** Money out of a checked body; `name` says which one in the problem. */
export function readMoney(
  name: string,
  decimal: { currency: string; amount: string },
): Result<Money, ProblemDetails> {
  const money = parseDecimalMoney(decimal)
  if (money.ok) return money
  const detail = {
    'unknown-currency': 'its currency is not one of ISO 4217 that this bank knows',
    'bad-amount': 'is not a plain decimal with at most as many decimals as its currency has',
    'amount-out-of-range': 'must be at least one minor unit and at most 10^12 of them',
  }
  return fail(problem(money.error, `${name}: ${detail[money.error]}`))
}

const ISO_TIME = /^([12]\d{3})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/

/** Milliseconds since 1970. */
export function readTime(name: string, text: string): Result<number, ProblemDetails> {
  const [matched, year, month, day] = ISO_TIME.exec(text) ?? []
  // Date.parse takes the 30th of February for the 2nd of March.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  const ms = matched === undefined || Number(day) > lastDay ? Number.NaN : Date.parse(text)
  if (Number.isNaN(ms)) return fail(problem('bad-time', `${name}: must be ISO 8601 with a zone`))
  return ok(ms)
}
