import type { Observed } from '../observed.ts'
import { balanceOf, recordsByPayment } from './bank-view.ts'
import { Findings, type Violation } from './violation.ts'

/** I4: refunds and reversals never exceed what was settled, captures never the hold; one refund a reason, each above zero. */
export function refundsWithinSettled(observed: Observed): readonly Violation[] {
  const findings = new Findings('I4')
  for (const [paymentId, records] of recordsByPayment(observed)) {
    const { settledMinor, backMinor, reversedMinor } = balanceOf(records)
    findings.expect(
      backMinor + reversedMinor <= settledMinor,
      paymentId,
      `${String(backMinor)} refunded and ${String(reversedMinor)} reversed of ${String(settledMinor)}`,
    )
    const settled = records.filter((record) => record.status === 'settled')
    const held = settled
      .filter(({ kind }) => kind === 'hold')
      .reduce((sum, one) => sum + one.settledMinor, 0n)
    const captured = settled.filter(({ kind }) => kind === 'capture')
    const capturedMinor = captured.reduce((sum, one) => sum + one.settledMinor, 0n)
    findings.expect(
      capturedMinor <= held,
      paymentId,
      `${String(capturedMinor)} captured of ${String(held)} held`,
    )
    const refunds = records.filter(({ kind }) => kind === 'refund')
    const reasons = new Set(refunds.map(({ reason }) => reason))
    findings.expect(reasons.size === refunds.length, paymentId, 'two refunds for one reason')
    for (const { kind, amountMinor, orderId } of records)
      findings.expect(amountMinor > 0n || kind === 'reserve-release', paymentId, `${orderId} is over nothing`)
  }
  return findings.found
}
