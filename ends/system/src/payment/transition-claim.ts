import type { Effect } from './effect.ts'
import type { Event, EventOf } from './event.ts'
import { end, enter, go, newCheck, note, type PaymentStep, stay } from './step.ts'
import { beginOrder } from './transition-pay.ts'
import { beginCommand } from './transition-run.ts'
import { giveBack } from './transition-settle.ts'
import type { Check, Payment, State } from './state.ts'

/** S1 to S5: the chip's code, the chip check, presence, and the payer's confirmation. */

/** Tries of the engraved or blinked number before the claim ends. */
const PRESENCE_TRIES_MAX = 3

/** States that wait for an answer of the chip; in any other one it comes too late to mean anything. */
const AWAIT_CHECK: readonly State[] = ['checking', 'confirming', 'rechecking', 'readying']

/** How long the first check keeps the machine: seconds only, unless the code itself shows presence. */
function firstReserveMs(payment: Payment): number {
  const { times } = payment
  const proven = payment.presence.satisfied
  return (proven ? times.confirmationMs : times.unprovenReservationMs) + times.chipAnswerMs
}

/** From a claim with its code to the first check (S3). */
export function beginCheck(payment: Payment, event: Event): PaymentStep {
  const check = newCheck(event, 1, firstReserveMs(payment))
  return go(enter(payment, event, { state: 'checking', check }), [{ kind: 'ask-check', check }])
}

export function onCodeIssued(payment: Payment, event: EventOf<'code-issued'>): PaymentStep {
  if (payment.state !== 'issuing') return stay(payment)
  const { purchase } = payment
  const asAsked =
    event.amountMinor === purchase.amountMinor &&
    event.currency === purchase.currency &&
    event.productId === purchase.productId
  if (!asAsked) return end(payment, event, 'chip-answer-differs')
  if (event.tariffVersion !== purchase.tariffVersion) return end(payment, event, 'tariff-differs')
  return beginCheck({ ...payment, code: event.code }, event)
}

export function onIssueRefused(payment: Payment, event: EventOf<'issue-refused'>): PaymentStep {
  return payment.state === 'issuing' ? end(payment, event, event.reason) : stay(payment)
}

/** The chip's signed answer; only the one to the nonce that is open now, in time, counts (I5). */
export function onCheckAnswered(payment: Payment, event: EventOf<'check-answered'>): PaymentStep {
  const { check } = payment
  if (!AWAIT_CHECK.includes(payment.state)) return stay(payment)
  if (!check || check.answeredAtMs !== undefined) return stay(payment)
  if (event.nonce !== check.nonce || event.round !== check.round) return stay(payment)
  const refuse = payment.state === 'readying' ? refusePaid : end
  if (event.atMs > check.askedAtMs + payment.times.chipAnswerMs) return refuse(payment, event, 'chip-silent')
  if (event.verdict !== 'ready') return refuse(payment, event, event.verdict)
  if (!answersExactly(payment, event)) return refuse(payment, event, 'chip-answer-differs')
  if (event.tariffVersion !== payment.purchase.tariffVersion) return refuse(payment, event, 'tariff-differs')
  if (payment.sample && payment.sample.boot !== event.boot) return refuse(payment, event, 'chip-rebooted')
  if (!event.enabled) return refuse(payment, event, 'disabled')
  const sampled: Payment = {
    ...payment,
    check: { ...check, answeredAtMs: event.atMs },
    sample: { boot: event.boot, monotonicMs: event.monotonicMs, receivedAtMs: event.atMs },
  }
  return afterCheck(sampled, event)
}

function answersExactly(payment: Payment, event: EventOf<'check-answered'>): boolean {
  return (
    event.codeHash === payment.code?.codeHash &&
    event.amountMinor === payment.purchase.amountMinor &&
    event.currency === payment.purchase.currency
  )
}

/** Money is there and the chip says no: it goes back. */
function refusePaid(payment: Payment, event: Event): PaymentStep {
  return giveBack(payment, event, event.enabled ? 'not-ready-after-payment' : 'disabled-after-payment')
}

function afterCheck(payment: Payment, event: Event): PaymentStep {
  switch (payment.state) {
    case 'checking':
      return payment.presence.satisfied
        ? awaitConfirmation(payment, event)
        : go(enter(payment, event, { state: 'presence' }), [])
    case 'rechecking':
      return beginOrder(payment, event)
    case 'readying':
      return beginCommand(payment, event)
    default:
      return note(payment, {})
  }
}

function awaitConfirmation(payment: Payment, event: Event, effects: readonly Effect[] = []): PaymentStep {
  const confirmByMs = event.atMs + payment.times.confirmationMs
  return go(enter(payment, event, { state: 'confirming', confirmByMs }), effects)
}

/** The machine is kept longer: the chip is asked again, and has to agree like the first time. */
function extend(payment: Payment, event: Event, forMs: number): { check: Check; effect: Effect } {
  const check = newCheck(event, 1, forMs + payment.times.chipAnswerMs)
  return { check, effect: { kind: 'ask-check', check } }
}

export function onPresenceShown(payment: Payment, event: EventOf<'presence-shown'>): PaymentStep {
  if (payment.state !== 'presence' || event.method !== payment.presence.method) return stay(payment)
  const { presence } = payment
  if (presence.method !== 'button' && event.text !== presence.text) {
    const wrongTries = presence.wrongTries + 1
    const tried = { ...payment, presence: { ...presence, wrongTries } }
    return wrongTries < PRESENCE_TRIES_MAX ? note(tried, {}) : end(tried, event, 'presence-wrong')
  }
  const { check, effect } = extend(payment, event, payment.times.confirmationMs)
  return awaitConfirmation({ ...payment, presence: { ...presence, satisfied: true }, check }, event, [effect])
}

export function onApprovalAsked(payment: Payment, event: EventOf<'approval-asked'>): PaymentStep {
  if (payment.state !== 'confirming' || payment.approval?.status === 'valid') return stay(payment)
  const approval = { mandateId: event.mandateId, status: 'asked', startedAtMs: event.atMs } as const
  if (payment.approval) return note(payment, { approval })
  const { check, effect } = extend(payment, event, payment.times.approvalMs)
  const confirmByMs = event.atMs + payment.times.approvalMs
  return note(payment, { approval, check, confirmByMs, lastSentAtMs: event.atMs, sends: 1 }, effect)
}

export function onApprovalAnswered(payment: Payment, event: EventOf<'approval-answered'>): PaymentStep {
  const { approval } = payment
  if (payment.state !== 'confirming' || approval?.status !== 'asked') return stay(payment)
  if (approval.mandateId !== event.mandateId) return stay(payment)
  if (!event.granted) {
    return end({ ...payment, approval: { ...approval, status: 'refused' } }, event, 'approval-refused')
  }
  return note(payment, { approval: { ...approval, status: 'valid' } })
}

/** The verification held (S5): the chip is asked once more before any order is made (S6). */
export function onConfirmed(payment: Payment, event: EventOf<'confirmed'>): PaymentStep {
  if (payment.state !== 'confirming' || payment.confirmByMs === undefined) return stay(payment)
  if (event.atMs > payment.confirmByMs) return end(payment, event, 'confirmation-timeout')
  if (!event.enabled) return end(payment, event, 'disabled')
  const { payerId, mandateId, confirmation } = event
  const check = newCheck(event, 2, payment.times.bankPatienceMs + payment.times.commandDeadlineMs)
  return go(enter(payment, event, { state: 'rechecking', payerId, mandateId, confirmation, check }), [
    { kind: 'ask-check', check },
  ])
}

export function onVerificationExhausted(payment: Payment, event: Event): PaymentStep {
  return payment.state === 'confirming' ? end(payment, event, 'verification-failed') : stay(payment)
}

/** The payer may turn back until the order is made (S6). */
export function onCancelAsked(payment: Payment, event: Event): PaymentStep {
  const before = ['issuing', 'checking', 'presence', 'confirming', 'rechecking']
  return before.includes(payment.state) ? end(payment, event, 'cancelled') : stay(payment)
}
