import { ledgersBalance } from './i01-ledgers.ts'
import { paidBeforeCommand } from './i02-paid-before.ts'
import { startedOnce } from './i03-once.ts'
import { refundsWithinSettled } from './i04-refunds.ts'
import { chipAskedFirst } from './i05-chip-asked.ts'
import { oneClaimEach } from './i06-claims.ts'
import { confirmedExactly } from './i07-bound.ts'
import { moneyEnds } from './i08-money-ends.ts'
import { acknowledgedIsKept } from './i09-kept.ts'
import { forwardOnEvidence } from './i10-forward.ts'
import { chainReplays } from './i11-chain.ts'
import { ordersReconcile } from './i12-orders.ts'
import { disabledIsStill } from './i13-disabled.ts'
import { finalInTime } from './i16-final.ts'
import { noRefundBeforeItsTime } from './i17-no-early-refund.ts'
import type { Invariant } from './violation.ts'

/** By the numbers of the method. */
export const INVARIANTS: Readonly<Record<string, Invariant>> = {
  I1: ledgersBalance,
  I2: paidBeforeCommand,
  I3: startedOnce,
  I4: refundsWithinSettled,
  I5: chipAskedFirst,
  I6: oneClaimEach,
  I7: confirmedExactly,
  I8: moneyEnds,
  I9: acknowledgedIsKept,
  I10: forwardOnEvidence,
  I11: chainReplays,
  I12: ordersReconcile,
  I13: disabledIsStill,
  I16: finalInTime,
  I17: noRefundBeforeItsTime,
}
