import type { Event, EventOf } from './event.ts'
import { enter, go, newCheck, note, openCase, type PaymentStep, stay } from './step.ts'
import type { Command, Payment } from './state.ts'
import { giveBack, onLateOutcome, settleOutcome } from './transition-settle.ts'

/** S8 to S11: the command to the machine, and what the chip says became of it. */

/** Less than this part of the deadline left, and the chip is asked again rather than commanded late. */
const DEADLINE_PART_LEFT_MIN = 0.5

/** S8: money is settled or held for exactly this payment, and the chip's last answer is fresh enough. */
export function beginCommand(payment: Payment, event: Event): PaymentStep {
  const { sample, times } = payment
  if (!event.enabled) return giveBack(payment, event, 'disabled-after-payment')
  if (!sample) return giveBack(payment, event, 'not-ready-after-payment')
  const leftMs = sample.receivedAtMs + times.commandDeadlineMs - event.atMs
  if (leftMs < times.commandDeadlineMs * DEADLINE_PART_LEFT_MIN) return beginReadying(payment, event)
  const command: Command = {
    commandId: event.fresh.commandId,
    boot: sample.boot,
    deadlineMs: sample.monotonicMs + times.commandDeadlineMs,
    sentAtMs: event.atMs,
    cannotStartAfterMs: sample.receivedAtMs + times.commandDeadlineMs + times.clockMarginMs,
  }
  return go(enter(payment, event, { state: 'commanding', command }), [{ kind: 'send-command', command }])
}

/** A further check of a paid machine, when the bank took so long that the last one is old. */
function beginReadying(payment: Payment, event: Event): PaymentStep {
  const check = newCheck(event, 2, payment.times.commandDeadlineMs * 2)
  return go(enter(payment, event, { state: 'readying', check }), [{ kind: 'ask-check', check }])
}

export function onStarted(payment: Payment, event: EventOf<'started'>): PaymentStep {
  const { command } = payment
  if (payment.state !== 'commanding' || command?.commandId !== event.commandId) return stay(payment)
  return go(enter(payment, event, { state: 'running', command: { ...command, startedAtMs: event.atMs } }), [])
}

export function onProgressed(payment: Payment, event: EventOf<'progressed'>): PaymentStep {
  if (payment.state !== 'running' || payment.command?.commandId !== event.commandId) return stay(payment)
  const deliveredSoFar = Math.min(event.deliveredUnits, payment.purchase.units)
  return deliveredSoFar > payment.deliveredSoFar ? note(payment, { deliveredSoFar }) : stay(payment)
}

/**
 * The chip's signed outcome, which it repeats until it is acknowledged. The first one settles; one that
 * comes after a policy decision only says who bears the loss; a revoked chip's is kept as evidence (I13).
 */
export function onOutcomeReported(payment: Payment, event: EventOf<'outcome-reported'>): PaymentStep {
  const { command } = payment
  if (command?.commandId !== event.commandId) return stay(payment)
  const { outcome } = event
  const acknowledge = { kind: 'acknowledge-outcome', outcome, command } as const
  if (payment.outcome) return stay(payment, acknowledge)
  const step = firstOutcome(payment, event)
  return { ...step, effects: [...step.effects, acknowledge] }
}

function firstOutcome(payment: Payment, event: EventOf<'outcome-reported'>): PaymentStep {
  const { outcome } = event
  if (event.fromRevokedChip) return note(openCase({ ...payment, outcome }, event, 'revoked-chip-outcome'), {})
  if (payment.policy) return onLateOutcome(payment, event, outcome)
  if (payment.state !== 'commanding' && payment.state !== 'running') return note(payment, { outcome })
  const bounded = {
    ...outcome,
    deliveredMin: Math.min(outcome.deliveredMin, payment.purchase.units),
    deliveredMax: Math.min(outcome.deliveredMax, payment.purchase.units),
  }
  return settleOutcome(payment, event, bounded)
}

/** The payer stops a running metered machine; what it used until it stood still is captured. */
export function onStopAsked(payment: Payment, event: Event): PaymentStep {
  const { command } = payment
  if (!command || payment.purchase.mode !== 'hold') return stay(payment)
  if (payment.state !== 'commanding' && payment.state !== 'running') return stay(payment)
  const stopping = { ...command, stopAskedAtMs: command.stopAskedAtMs ?? event.atMs }
  return note(
    payment,
    { command: stopping, lastSentAtMs: event.atMs, sends: 1 },
    { kind: 'send-stop', command: stopping },
  )
}
