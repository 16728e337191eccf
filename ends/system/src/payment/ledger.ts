import type { Posting } from './effect.ts'
import type { Payment } from './state.ts'

/**
 * The system's own double entries (I1): what it believes of the money, held against the bank's statement.
 * `bank` is what lies at the bank for the merchant; `reserved` what came in and is not decided yet; `earned` what
 * was delivered; `loss` what of it is not paid.
 *
 * The rule: in every final state `reserved` is zero. Money comes into it when the bank settled, and leaves it to
 * `bank` when it goes back to the payer, be it by refund or because the bank took it back, and to `earned` when the
 * payment ends with it delivered. What was taken back before that end was nobody's yet; only if the end then says
 * that it was delivered, or if it is taken back afterwards, the merchant has a loss. So the books end the same
 * whichever comes first. A refund after the end (a complaint that is believed) first takes back all that was earned,
 * and with it the loss. The merchant's reserve at the bank, freed after the refund window, is part of `bank`.
 */
function entry(debit: string, credit: string, amountMinor: bigint): readonly Posting[] {
  if (amountMinor <= 0n) return []
  return [
    { account: debit, debitMinor: amountMinor, creditMinor: 0n },
    { account: credit, debitMinor: 0n, creditMinor: amountMinor },
  ]
}

interface Earned {
  readonly worthMinor: bigint
  readonly paidMinor: bigint
}

const account = (payment: Payment, name: 'bank' | 'reserved' | 'earned' | 'loss'): string =>
  `${payment.payee.merchantId}:${name}`

export const ledger = {
  settled: (payment: Payment, amountMinor: bigint) =>
    entry(account(payment, 'bank'), account(payment, 'reserved'), amountMinor),
  /** What was delivered, and how much of that is paid: the rest is a loss. */
  earned: (payment: Payment, { worthMinor, paidMinor }: Earned) => [
    ...entry(account(payment, 'reserved'), account(payment, 'earned'), paidMinor),
    ...entry(account(payment, 'loss'), account(payment, 'earned'), worthMinor - paidMinor),
  ],
  refunded: (payment: Payment, amountMinor: bigint) =>
    entry(account(payment, 'reserved'), account(payment, 'bank'), amountMinor),
  /** A refund after delivery was booked as earned takes it back first. */
  unearned: (payment: Payment, { worthMinor, paidMinor }: Earned) => [
    ...entry(account(payment, 'earned'), account(payment, 'reserved'), paidMinor),
    ...entry(account(payment, 'earned'), account(payment, 'loss'), worthMinor - paidMinor),
  ],
  /** Until the payment has ended for the first time, what the bank takes back comes out of what is not decided. */
  reversed: (payment: Payment, amountMinor: bigint) =>
    entry(
      account(payment, payment.closedAtMs === undefined ? 'reserved' : 'loss'),
      account(payment, 'bank'),
      amountMinor,
    ),
  /** Delivered, though the money had gone back by policy: worth this much, borne by the merchant. */
  lost: (payment: Payment, amountMinor: bigint) =>
    entry(account(payment, 'loss'), account(payment, 'earned'), amountMinor),
}
