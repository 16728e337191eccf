import { type Currency, type Money, currencyOf, formatDecimal } from '#protocol/money.ts'

export type MandateStatus = 'received' | 'valid' | 'rejected' | 'revokedByPsu' | 'expired' | 'terminatedByTpp'

/**
 * A mandate: what a TPP asked a customer for, and what the customer made of it.
 *
 * | from     | to              | by                                             |
 * | -------- | --------------- | ---------------------------------------------- |
 * | -        | received        | the TPP asks                                   |
 * | received | valid           | the customer approves one payment or a mandate |
 * | received | rejected        | the customer refuses                           |
 * | received | expired         | nobody decided in time                         |
 * | valid    | revokedByPsu    | the customer revokes                           |
 * | valid    | expired         | its time is over                               |
 * | received, valid | terminatedByTpp | the TPP gives it up                     |
 */
export interface Mandate {
  readonly mandateId: string
  readonly status: MandateStatus
  readonly creditorName: string
  readonly redirectUri: string
  readonly language: string
  readonly currency: Currency
  readonly once: { readonly endToEndId: string; readonly amountMinor: bigint } | null
  readonly offered: RecurringLimits | null
  readonly scope: 'one-payment' | 'recurring' | null
  readonly limits: RecurringLimits | null
  readonly accountId: bigint | null
  readonly debtorPseudonym: string | null
}

export interface RecurringLimits {
  readonly perPaymentMinor: bigint
  readonly perDayMinor: bigint
  readonly validUntilMs: number
}

export interface MandateRow {
  mandate_id: string
  status: MandateStatus
  creditor_name: string
  redirect_uri: string
  language: string
  currency: string
  offered_once_end_to_end_id: string | null
  offered_once_minor: bigint | null
  offered_per_payment_minor: bigint | null
  offered_per_day_minor: bigint | null
  offered_valid_until: Date | null
  scope: 'one-payment' | 'recurring' | null
  account_id: bigint | null
  per_payment_minor: bigint | null
  per_day_minor: bigint | null
  valid_until: Date | null
  pseudonym: string | null
}

export function rowToMandate(row: MandateRow): Mandate {
  const once =
    row.offered_once_end_to_end_id === null || row.offered_once_minor === null
      ? null
      : { endToEndId: row.offered_once_end_to_end_id, amountMinor: row.offered_once_minor }
  return {
    mandateId: row.mandate_id,
    status: row.status,
    creditorName: row.creditor_name,
    redirectUri: row.redirect_uri,
    language: row.language,
    currency: currencyOf(row.currency),
    once,
    offered: limitsOf(row.offered_per_payment_minor, row.offered_per_day_minor, row.offered_valid_until),
    scope: row.scope,
    limits: limitsOf(row.per_payment_minor, row.per_day_minor, row.valid_until),
    accountId: row.account_id,
    debtorPseudonym: row.pseudonym,
  }
}

function limitsOf(
  perPaymentMinor: bigint | null,
  perDayMinor: bigint | null,
  validUntil: Date | null,
): RecurringLimits | null {
  if (perPaymentMinor === null || perDayMinor === null || validUntil === null) return null
  return { perPaymentMinor, perDayMinor, validUntilMs: validUntil.getTime() }
}

/** `{ currency, amount }` as the Berlin Group writes money. */
export function amountJson(money: Money): { currency: string; amount: string } {
  return { currency: money.currency, amount: formatDecimal(money) }
}

/** A mandate as the TPP sees it; who the customer is stays a pseudonym, and is told only once the customer agreed. */
export function mandateView(mandate: Mandate) {
  const { currency, limits, scope } = mandate
  return {
    mandateId: mandate.mandateId,
    mandateStatus: mandate.status,
    scope,
    limits:
      scope !== 'recurring' || limits === null
        ? null
        : {
            perPayment: amountJson({ amountMinor: limits.perPaymentMinor, currency }),
            perDay: amountJson({ amountMinor: limits.perDayMinor, currency }),
            validUntil: new Date(limits.validUntilMs).toISOString(),
          },
    debtorPseudonym: mandate.accountId === null ? null : mandate.debtorPseudonym,
  }
}
