import { type Currency, parseDecimalMoney } from '#protocol/money.ts'
import type { Form } from '../page/form.ts'
import { dayValue } from '../page/layout.ts'
import type { Settings } from '../settings.ts'
import type { RecurringLimits } from './mandate.ts'

/** Reads the limits a customer typed; never above what stands in `atMost`. */
export function readLimits(
  form: Form,
  about: { atMost: RecurringLimits; currency: Currency; settings: Settings },
): RecurringLimits | 'badLimits' | 'badDate' {
  const amounts = readAmounts(form, about)
  if (amounts === null) return 'badLimits'
  const { validUntilMs: offeredMs } = about.atMost
  const validUntilMs = readDay(form.get('validUntil') ?? '', offeredMs, about.settings.timeZone)
  return validUntilMs === null ? 'badDate' : { ...amounts, validUntilMs }
}

/** The two amounts alone; null where one is no amount, above `atMost`, or a day has less than a payment. */
export function readAmounts(
  form: Form,
  about: { atMost: RecurringLimits; currency: Currency },
): { perPaymentMinor: bigint; perDayMinor: bigint } | null {
  const { atMost } = about
  const perPaymentMinor = readAmountMinor(form.get('perPayment'), about.currency)
  const perDayMinor = readAmountMinor(form.get('perDay'), about.currency)
  if (perPaymentMinor === null || perDayMinor === null) return null
  if (perPaymentMinor > atMost.perPaymentMinor || perDayMinor > atMost.perDayMinor) return null
  return perDayMinor < perPaymentMinor ? null : { perPaymentMinor, perDayMinor }
}

/** As people type it: a comma for a dot is accepted. */
function readAmountMinor(text: string | undefined, currency: Currency): bigint | null {
  const amount = (text ?? '').trim().replace(',', '.')
  const money = parseDecimalMoney({ amount, currency })
  return money.ok ? money.value.amountMinor : null
}

/** The end of the day given; of the day offered, the very moment offered. */
function readDay(text: string, offeredMs: number, timeZone: string): number | null {
  if (text === dayValue(offeredMs, timeZone)) return offeredMs
  const endMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T23:59:59Z`) : Number.NaN
  return Number.isNaN(endMs) || endMs <= Date.now() || endMs > offeredMs ? null : endMs
}
