import type { Event } from './event.ts'
import { leftMinor } from './price.ts'
import { end, orderOf, type PaymentStep, resend, stay } from './step.ts'
import type { Payment, State } from './state.ts'
import { awaitedOrder, onBankSilence } from './transition-pay.ts'
import { giveBack, refundSilence, releaseReserve } from './transition-settle.ts'

/**
 * What waits, until when, and what is done then: the table of times of the method, state by state.
 * `dueAtMs` is derived, so that no wait can be forgotten when a payment changes its state.
 */
interface Wait {
  /** When time next matters to a payment in this state; undefined when it does not. */
  readonly dueAtMs: (payment: Payment) => number | undefined
  readonly onTimePassed: (payment: Payment, event: Event) => PaymentStep
}

const nothing: Wait = { dueAtMs: () => undefined, onTimePassed: (payment) => stay(payment) }

/** Pauses double with every sending, from `firstMs` up to `longestMs`. */
function pauseMs(sends: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(sends - 1, 0), 20))
}

function checkDueAtMs(payment: Payment): number | undefined {
  const { check, times } = payment
  if (!check || check.answeredAtMs !== undefined) return undefined
  return Math.min(check.askedAtMs + times.chipAnswerMs + 1, payment.lastSentAtMs + times.chipResendMs)
}

function checkIsLate(payment: Payment, event: Event): boolean {
  const { check, times } = payment
  return (
    check !== undefined &&
    check.answeredAtMs === undefined &&
    event.atMs > check.askedAtMs + times.chipAnswerMs
  )
}

function askAgain(payment: Payment, event: Event): PaymentStep {
  const { check } = payment
  return check ? resend(payment, event, { kind: 'ask-check', check }) : stay(payment)
}

const chipCheck: Wait = {
  dueAtMs: checkDueAtMs,
  onTimePassed: (payment, event) =>
    checkIsLate(payment, event) ? end(payment, event, 'chip-silent') : askAgain(payment, event),
}

const issuing: Wait = {
  dueAtMs: (payment) =>
    Math.min(
      payment.stateSinceMs + payment.times.chipAnswerMs,
      payment.lastSentAtMs + payment.times.chipResendMs,
    ),
  onTimePassed: (payment, event) =>
    event.atMs >= payment.stateSinceMs + payment.times.chipAnswerMs
      ? end(payment, event, 'chip-silent')
      : resend(payment, event, { kind: 'ask-issue' }),
}

const presence: Wait = {
  dueAtMs: (payment) => payment.stateSinceMs + payment.times.unprovenReservationMs,
  onTimePassed: (payment, event) => end(payment, event, 'presence-timeout'),
}

/** While the payer is at the bank, the bank is asked now and then, in case its word to us was lost. */
function approvalDueAtMs(payment: Payment): number | undefined {
  return payment.approval?.status === 'asked'
    ? payment.lastSentAtMs + 2 * payment.times.bankPollMinMs
    : undefined
}

const confirming: Wait = {
  dueAtMs: (payment) => earliest(payment.confirmByMs, checkDueAtMs(payment), approvalDueAtMs(payment)),
  onTimePassed: (payment, event) => {
    if (payment.confirmByMs !== undefined && event.atMs >= payment.confirmByMs) {
      return end(payment, event, 'confirmation-timeout')
    }
    if (checkIsLate(payment, event)) return end(payment, event, 'chip-silent')
    if (checkDueAtMs(payment) !== undefined) return askAgain(payment, event)
    const { approval } = payment
    if (approval?.status !== 'asked') return stay(payment)
    return resend(payment, event, { kind: 'ask-approval', mandateId: approval.mandateId })
  },
}

const bank: Wait = {
  dueAtMs: (payment) => {
    const order = awaitedOrder(payment)
    if (!order || payment.case?.reason === 'bank-amount-differs') return undefined
    const { times } = payment
    const pollAtMs = payment.lastSentAtMs + pauseMs(payment.sends, times.bankPollMinMs, times.bankPollMaxMs)
    const patienceAtMs = payment.stateSinceMs + times.bankPatienceMs
    return payment.state === 'paying' ? Math.min(pollAtMs, patienceAtMs) : pollAtMs
  },
  onTimePassed: onBankSilence,
}

const readying: Wait = {
  dueAtMs: checkDueAtMs,
  onTimePassed: (payment, event) =>
    checkIsLate(payment, event)
      ? giveBack(payment, event, 'not-ready-after-payment')
      : askAgain(payment, event),
}

/** From the command or its start, beyond the action's longest duration: then the policy decides. */
function silenceRefundAtMs(payment: Payment): number {
  const { command, purchase, times } = payment
  const fromMs = command?.startedAtMs ?? command?.cannotStartAfterMs ?? payment.stateSinceMs
  return fromMs + purchase.maxDurationMs + times.silenceRefundMs
}

const commanding: Wait = {
  dueAtMs: (payment) => {
    const { command, times } = payment
    const deadlineAtMs = command?.cannotStartAfterMs ?? payment.stateSinceMs
    const mayStart = payment.lastSentAtMs < deadlineAtMs
    const againAtMs = mayStart
      ? Math.min(payment.lastSentAtMs + times.chipResendMs, deadlineAtMs)
      : payment.lastSentAtMs + pauseMs(payment.sends, times.chipResendMs, times.chipResendMaxMs)
    return Math.min(againAtMs, silenceRefundAtMs(payment))
  },
  onTimePassed: (payment, event) => {
    const { command } = payment
    if (!command) return stay(payment)
    if (event.atMs >= silenceRefundAtMs(payment)) return refundSilence(payment, event)
    // A query makes void what has not started: also for a machine that was switched off meanwhile (I13).
    const mayStart = event.enabled && event.atMs < command.cannotStartAfterMs
    return resend(payment, event, { kind: mayStart ? 'send-command' : 'send-query', command })
  },
}

const running: Wait = {
  dueAtMs: (payment) => {
    const { command, purchase, times } = payment
    const stopping = command?.stopAskedAtMs !== undefined
    const quietUntilMs =
      (command?.startedAtMs ?? payment.stateSinceMs) + purchase.maxDurationMs + times.chipResendMs
    const againAtMs = payment.lastSentAtMs + pauseMs(payment.sends, times.chipResendMs, times.chipResendMaxMs)
    return Math.min(stopping ? againAtMs : Math.max(quietUntilMs, againAtMs), silenceRefundAtMs(payment))
  },
  onTimePassed: (payment, event) => {
    const { command } = payment
    if (!command) return stay(payment)
    if (event.atMs >= silenceRefundAtMs(payment)) return refundSilence(payment, event)
    const stopping = command.stopAskedAtMs !== undefined && payment.outcome === undefined
    return resend(payment, event, { kind: stopping ? 'send-stop' : 'send-query', command })
  },
}

/** After the refund window the merchant's reserve is let go; until the bank has done so, it is asked again. */
const closed: Wait = {
  dueAtMs: (payment) => {
    if (leftMinor(payment) <= 0n) return undefined
    const order = orderOf(payment, 'reserve-release')
    if (!order) return windowEndMs(payment)
    return order.status === 'unknown' ? bank.dueAtMs(payment) : undefined
  },
  onTimePassed: (payment, event) =>
    orderOf(payment, 'reserve-release') ? onBankSilence(payment, event) : releaseReserve(payment, event),
}

function windowEndMs(payment: Payment): number | undefined {
  if (payment.closedAtMs === undefined) return undefined
  return payment.case && payment.case.settledAtMs === undefined
    ? undefined
    : payment.closedAtMs + payment.times.refundWindowMs
}

const WAITS: Readonly<Record<State, Wait>> = {
  issuing,
  checking: chipCheck,
  presence,
  confirming,
  rechecking: chipCheck,
  paying: bank,
  abandoned: bank,
  readying,
  commanding,
  running,
  capturing: bank,
  releasing: bank,
  refunding: bank,
  delivered: closed,
  partlyRefunded: closed,
  refunded: nothing,
  ended: nothing,
}

function earliest(...moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** When the next step of time is due for this payment, in ms since the epoch; undefined when nothing waits. */
export function dueAtMs(payment: Payment): number | undefined {
  return WAITS[payment.state].dueAtMs(payment)
}

/** Time passed: does what is due, or nothing when the event came early. */
export function onTimePassed(payment: Payment, event: Event): PaymentStep {
  const due = dueAtMs(payment)
  return due === undefined || event.atMs < due
    ? stay(payment)
    : WAITS[payment.state].onTimePassed(payment, event)
}
