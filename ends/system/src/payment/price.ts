import type { Payment, Purchase } from './state.ts'

/**
 * What `deliveredUnits` of a purchase are worth, in minor units. A part of a minor unit is the payer's.
 * Never above the price of a sale or the sum of a hold.
 */
export function valueOf(purchase: Purchase, deliveredUnits: number): bigint {
  if (deliveredUnits <= 0) return 0n
  if (deliveredUnits >= purchase.units) return purchase.amountMinor
  const units = BigInt(deliveredUnits)
  if (purchase.mode === 'sale') return (purchase.amountMinor * units) / BigInt(purchase.units)
  const used = purchase.unitPriceMinor * units
  return used < purchase.amountMinor ? used : purchase.amountMinor
}

/** What came in for this payment, as far as the bank has stated it finally: a settled transfer or capture. */
export function settledMinor(payment: Payment): bigint {
  return sumSettled(payment, ['transfer', 'capture'])
}

/** What went back to the payer, as far as the bank has stated it finally. */
export function refundedMinor(payment: Payment): bigint {
  return sumSettled(payment, ['refund'])
}

/** What is still with the merchant: it came in, it was not refunded, and the bank did not take it back. */
export function leftMinor(payment: Payment): bigint {
  return settledMinor(payment) - refundedMinor(payment) - payment.reversedMinor
}

/** What the merchant has earned by what was delivered, paid or not; nothing where policy decided for the payer. */
export function deliveredMinor(payment: Payment): bigint {
  if (!payment.outcome || payment.policy) return 0n
  return valueOf(payment.purchase, payment.outcome.deliveredMin)
}

function sumSettled(payment: Payment, kinds: readonly string[]): bigint {
  return payment.orders
    .filter((order) => kinds.includes(order.kind) && order.status === 'settled')
    .reduce((sum, order) => sum + order.amountMinor, 0n)
}
