import type { Observed } from '../observed.ts'
import { Findings, type Violation } from './violation.ts'

/** I1: in every ledger, debits equal credits per currency. Both ledgers are looked at, payment by payment. */
export function ledgersBalance(observed: Observed): readonly Violation[] {
  const findings = new Findings('I1')
  const groups = Map.groupBy(observed.postings, ({ paymentId, currency }) => `${paymentId} ${currency}`)
  for (const [key, postings] of groups) {
    const difference = postings.reduce((sum, posting) => sum + posting.debitMinor - posting.creditMinor, 0n)
    const [paymentId = ''] = key.split(' ')
    findings.expect(difference === 0n, paymentId, `the system's ledger is off by ${String(difference)}`)
  }
  const balances = new Map<string, bigint>()
  for (const { orderId, currency, legs } of observed.bookings) {
    const difference = legs.reduce((sum, leg) => sum + leg.amountMinor, 0n)
    findings.expect(
      difference === 0n,
      orderId.slice(1),
      `the bank's booking is off by ${String(difference)} ${currency}`,
    )
    for (const { account, amountMinor } of legs) {
      const key = `${account} ${currency}`
      balances.set(key, (balances.get(key) ?? 0n) + amountMinor)
    }
  }
  for (const [account, balance] of balances) {
    if (account.startsWith('held:') || account.startsWith('reserved:'))
      findings.expect(balance >= 0n, '', `${account} went below zero: ${String(balance)}`)
  }
  return findings.found
}
