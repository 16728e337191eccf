import type { Event, EventOf, FactKind } from './event.ts'
import type { PaymentStep } from './step.ts'
import type { Payment } from './state.ts'
import {
  onApprovalAnswered,
  onApprovalAsked,
  onCancelAsked,
  onCheckAnswered,
  onCodeIssued,
  onConfirmed,
  onIssueRefused,
  onPresenceShown,
  onVerificationExhausted,
} from './transition-claim.ts'
import { onBankAnswered } from './transition-pay.ts'
import { onOutcomeReported, onProgressed, onStarted, onStopAsked } from './transition-run.ts'
import { onComplained } from './transition-settle.ts'
import { onTimePassed } from './waiting.ts'

type Handlers = { readonly [Kind in FactKind]: (payment: Payment, event: EventOf<Kind>) => PaymentStep }

const HANDLERS: Handlers = {
  'code-issued': onCodeIssued,
  'issue-refused': onIssueRefused,
  'check-answered': onCheckAnswered,
  'presence-shown': onPresenceShown,
  'approval-asked': onApprovalAsked,
  'approval-answered': onApprovalAnswered,
  confirmed: onConfirmed,
  'verification-exhausted': onVerificationExhausted,
  'cancel-asked': onCancelAsked,
  'bank-answered': onBankAnswered,
  started: onStarted,
  progressed: onProgressed,
  'outcome-reported': onOutcomeReported,
  'stop-asked': onStopAsked,
  complained: onComplained,
  'time-passed': onTimePassed,
}

/**
 * The one place where a payment changes. Pure: no clock, no I/O, no randomness; time, fresh ids and the kill
 * switches come in with the event. Production, simulation and tests run this very function.
 *
 * @returns the payment as it is then (the same object when nothing changed), what is to be done in the
 * world once that is durable, and the double entries that belong to it.
 */
export function transition(payment: Payment, event: Event): PaymentStep {
  const handler = HANDLERS[event.kind] as (payment: Payment, event: Event) => PaymentStep
  return handler(payment, event)
}
