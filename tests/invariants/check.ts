import type { Evidence } from './evidence.ts'
import { claimsAreSingle, confirmationsBind, journalReplays } from './journal.ts'
import { refundedOnlyWhenOver, startedAtMostOnce, startedOnlyWhenPaid } from './machine.ts'
import { everythingEnds, ledgersBalance, nothingPaidBackTwice, ordersReconcile } from './money.ts'
import { Findings, type Violation } from './violation.ts'

/** All that can be judged from outside, by the method's numbers; an empty list is what everyone wants to see. */
export function checkInvariants(evidence: Evidence): readonly Violation[] {
  const findings = new Findings()
  findings.expect(evidence.payments.length > 0, {
    invariant: 'I11',
    about: 'journal',
    what: 'there is nothing to look at',
  })
  ledgersBalance(evidence, findings)
  startedOnlyWhenPaid(evidence, findings)
  startedAtMostOnce(evidence, findings)
  nothingPaidBackTwice(evidence, findings)
  claimsAreSingle(evidence, findings)
  confirmationsBind(evidence, findings)
  everythingEnds(evidence, findings)
  journalReplays(evidence, findings)
  ordersReconcile(evidence, findings)
  refundedOnlyWhenOver(evidence, findings)
  return findings.found
}
