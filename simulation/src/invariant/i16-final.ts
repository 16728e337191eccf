import type { Observed } from '../observed.ts'
import { lastStates } from '../replay.ts'
import { FINAL_STATES } from '#system/payment/state.ts'
import { Findings, type Violation } from './violation.ts'

/** I16: once faults stop, every payment is final, or a case, within the stated times. */
export function finalInTime(observed: Observed): readonly Violation[] {
  const findings = new Findings('I16')
  for (const paymentId of observed.openWhenDue)
    findings.expect(false, paymentId, 'was still open when its times were over')
  for (const [paymentId, payment] of lastStates(observed)) {
    const closed = FINAL_STATES.includes(payment.state) || payment.case !== undefined
    findings.expect(closed, paymentId, `is still ${payment.state} at the very end`)
    const { closedAtMs, claimedAtMs, case: open } = payment
    const endedAtMs = Math.min(
      closedAtMs ?? Number.POSITIVE_INFINITY,
      open?.openedAtMs ?? Number.POSITIVE_INFINITY,
    )
    findings.expect(
      endedAtMs - claimedAtMs <= payment.times.finalMs,
      paymentId,
      'took longer than any payment may',
    )
  }
  return findings.found
}
