import { valueOf } from '#system/payment/price.ts'
import { FINAL_STATES, type Payment } from '#system/payment/state.ts'
import type { Observed, ObservedRun } from '../observed.ts'
import { lastStates } from '../replay.ts'
import { type Balance, balanceOf, recordsByPayment } from './bank-view.ts'
import { Findings, type Violation } from './violation.ts'

/**
 * I8: all money that came in ends as delivered, refunded, or a case. Looked at from the bank's ledger and from what the
 * machines physically did: where a sensor saw it, the merchant keeps exactly what came out.
 */
export function moneyEnds(observed: Observed): readonly Violation[] {
  const findings = new Findings('I8')
  const records = recordsByPayment(observed)
  const runs = Map.groupBy(observed.runs, (run) => run.runId)
  const payments = lastStates(observed)
  const undecided = undecidedByPayment(observed)
  for (const [paymentId, payment] of payments) {
    const balance = balanceOf(records.get(paymentId) ?? [])
    const undecidedMinor = undecided.get(paymentId) ?? 0n
    if (FINAL_STATES.includes(payment.state))
      findings.expect(undecidedMinor === 0n, paymentId, `${String(undecidedMinor)} of it is still reserved`)
    if (payment.case) continue
    findings.expect(FINAL_STATES.includes(payment.state), paymentId, `ended up in ${payment.state}`)
    findings.expect(balance.heldMinor === 0n, paymentId, 'its hold was never let go')
    const kept = balance.keptMinor
    if (payment.state === 'refunded' || payment.state === 'ended')
      findings.expect(kept === 0n, paymentId, `${payment.state}, and yet ${String(kept)} was kept`)
    else findings.expect(kept > 0n, paymentId, `${payment.state}, and nothing was kept`)
    expectDelivered(findings, { payment, balance, run: runs.get(paymentId)?.[0] })
  }
  for (const paymentId of records.keys())
    findings.expect(
      payments.has(paymentId),
      paymentId,
      'the bank moved money for a payment that nobody knows',
    )
  return findings.found
}

/** What the system's own books have as not decided yet, credits less debits. */
function undecidedByPayment(observed: Observed): ReadonlyMap<string, bigint> {
  const undecided = new Map<string, bigint>()
  for (const { account, paymentId, debitMinor, creditMinor } of observed.postings)
    if (account.endsWith(':reserved'))
      undecided.set(paymentId, (undecided.get(paymentId) ?? 0n) + creditMinor - debitMinor)
  return undecided
}

function expectDelivered(
  findings: Findings,
  { payment, balance, run }: { payment: Payment; balance: Balance; run: ObservedRun | undefined },
): void {
  const { paymentId, purchase, outcome } = payment
  const { keptMinor, reversedMinor } = balance
  if (!run) {
    // A relay cannot see that nothing moved; whoever stood there says so.
    const unseen = outcome?.evidence === 'command-only'
    return findings.expect(keptMinor === 0n || unseen, paymentId, 'paid, and its machine never ran')
  }
  const lied = run.claimedUnits !== run.deliveredUnits
  if (run.evidence === 'sensor' && !lied) {
    const worthMinor = valueOf(purchase, run.deliveredUnits)
    findings.expect(
      keptMinor <= worthMinor,
      paymentId,
      `${String(keptMinor)} kept, ${String(run.deliveredUnits)} units came out`,
    )
    const known = outcome?.deliveredMin === outcome?.deliveredMax
    const asIs = known && !payment.policy && payment.complainedAtMs === undefined && reversedMinor === 0n
    if (asIs && outcome && payment.state !== 'ended')
      findings.expect(keptMinor === worthMinor, paymentId, 'paid back more than what did not come out')
  }
  if (outcome)
    findings.expect(
      keptMinor <= valueOf(purchase, outcome.deliveredMin),
      paymentId,
      'more was kept than the chip says was delivered',
    )
}
