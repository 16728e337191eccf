import { encodePayment } from '#system/payment/codec.ts'
import type { Observed } from '../observed.ts'
import { replays } from '../replay.ts'
import { Findings, type Violation } from './violation.ts'

/** I11: the audit chain is complete, its hashes hold, and replaying it gives the present state to the byte. */
export function chainReplays(observed: Observed): readonly Violation[] {
  const findings = new Findings('I11')
  const all = replays(observed)
  for (const { paymentId, body } of observed.rows) {
    const replay = all.get(paymentId)
    findings.expect(replay !== undefined, paymentId, 'has no journal entries')
    if (!replay) continue
    findings.expect(replay.broken === undefined, paymentId, replay.broken ?? '')
    const last = replay.steps.at(-1)
    findings.expect(
      replay.broken !== undefined || (last !== undefined && encodePayment(last.after) === body),
      paymentId,
      'its entries replay to another state than the present one',
    )
  }
  const rows = new Set(observed.rows.map((row) => row.paymentId))
  for (const paymentId of all.keys())
    findings.expect(rows.has(paymentId), paymentId, 'has journal entries and no state')
  return findings.found
}
