import type { Posting } from './effect.ts'
import type { Payment } from './state.ts'

/**
 * The system's own double entries (I1): what it believes of the money, held against the bank's statement.
 * `bank` is what lies at the bank for the merchant; `reserved` what the payer may still get back; `earned`
 * what was delivered and paid; `loss` what was delivered and is not paid.
 */
function entry(debit: string, credit: string, amountMinor: bigint): readonly Posting[] {
  if (amountMinor <= 0n) return []
  return [
    { account: debit, debitMinor: amountMinor, creditMinor: 0n },
    { account: credit, debitMinor: 0n, creditMinor: amountMinor },
  ]
}

const account = (payment: Payment, name: 'bank' | 'reserved' | 'earned' | 'loss'): string =>
  `${payment.payee.merchantId}:${name}`

export const ledger = {
  settled: (payment: Payment, amountMinor: bigint) =>
    entry(account(payment, 'bank'), account(payment, 'reserved'), amountMinor),
  earned: (payment: Payment, amountMinor: bigint) =>
    entry(account(payment, 'reserved'), account(payment, 'earned'), amountMinor),
  refunded: (payment: Payment, amountMinor: bigint) =>
    entry(account(payment, 'reserved'), account(payment, 'bank'), amountMinor),
  /** A refund after delivery was booked as earned takes it back first. */
  unearned: (payment: Payment, amountMinor: bigint) =>
    entry(account(payment, 'earned'), account(payment, 'reserved'), amountMinor),
  reversed: (payment: Payment, amountMinor: bigint) =>
    entry(account(payment, 'loss'), account(payment, 'bank'), amountMinor),
  /** Delivered, though the money had gone back by policy: worth this much, borne by the merchant. */
  lost: (payment: Payment, amountMinor: bigint) =>
    entry(account(payment, 'loss'), account(payment, 'earned'), amountMinor),
}
