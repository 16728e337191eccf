import type { Observed } from '../observed.ts'
import { replays } from '../replay.ts'
import { Findings, type Violation } from './violation.ts'

/** Refunds that say that nothing, or not all, was delivered; the others follow a full delivery or no command at all. */
const AFTER_COMMAND: ReadonlySet<string> = new Set([
  'not-started',
  'machine-failed',
  'partly-delivered',
  'interrupted',
  'silence',
])

/**
 * I17: no refund for non-delivery while the command can still start: nothing starts once money is on its way back, nor
 * after the command's deadline, on which that rests.
 */
export function noRefundBeforeItsTime(observed: Observed): readonly Violation[] {
  const findings = new Findings('I17')
  const runs = Map.groupBy(observed.runs, (run) => run.runId)
  for (const [paymentId, { steps }] of replays(observed)) {
    const command = steps.at(-1)?.after.command
    for (const run of runs.get(paymentId) ?? [])
      findings.expect(
        command !== undefined && run.startedAtMs <= command.cannotStartAfterMs,
        paymentId,
        "its machine started after the command's deadline",
      )
    for (const { before, after, event } of steps) {
      if (!before || !event) continue
      const back = after.orders
        .slice(before.orders.length)
        .find(({ kind }) => kind === 'refund' || kind === 'release')
      if (!back) continue
      const later = (runs.get(paymentId) ?? []).filter((run) => run.startedAtMs >= back.madeAtMs)
      findings.expect(later.length === 0, paymentId, `its machine started after ${back.orderId} was made`)
      const { command, outcome } = after
      if (!AFTER_COMMAND.has(back.reason ?? '') || !command) continue
      findings.expect(
        outcome !== undefined || event.atMs >= command.cannotStartAfterMs,
        paymentId,
        'refunded while its command could still start',
      )
    }
  }
  return findings.found
}
