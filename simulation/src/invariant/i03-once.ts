import type { Observed } from '../observed.ts'
import { lastStates } from '../replay.ts'
import { Findings, type Violation } from './violation.ts'

/** I3: a payment's action is started at most once, at its own machine, and delivers no more than was bought. */
export function startedOnce(observed: Observed): readonly Violation[] {
  const findings = new Findings('I3')
  const payments = lastStates(observed)
  for (const [paymentId, runs] of Map.groupBy(observed.runs, (run) => run.runId)) {
    findings.expect(runs.length === 1, paymentId, `the machine was started ${String(runs.length)} times`)
    const payment = payments.get(paymentId)
    findings.expect(payment !== undefined, paymentId, 'a machine ran for a payment that nobody knows')
    if (!payment) continue
    const delivered = runs.reduce((sum, run) => sum + run.deliveredUnits, 0)
    findings.expect(
      delivered <= payment.purchase.units,
      paymentId,
      `${String(delivered)} of ${String(payment.purchase.units)} units came out`,
    )
    findings.expect(
      runs.every((run) => run.chipId === payment.chipId),
      paymentId,
      'another machine ran',
    )
  }
  for (const { journal } of observed.chips) {
    const started = journal.flatMap((record) => (record.kind === 'started' ? [record.paymentId] : []))
    for (const [paymentId, times] of Map.groupBy(started, (id) => id))
      findings.expect(times.length === 1, paymentId, 'the chip journaled STARTED more than once')
  }
  return findings.found
}
