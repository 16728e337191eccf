import type { Effect, Posting, Step } from './effect.ts'
import type { Event } from './event.ts'
import { ORDER_LETTER } from './event.ts'
import type { CaseReason, EndReason, RefundReason } from './reason.ts'
import {
  FINAL_STATES,
  SLOT_STATES,
  type Check,
  type Order,
  type OrderKind,
  type Payment,
  type State,
} from './state.ts'

/** The pieces that every part of the transition is made of. Pure, like all of it. */

export type PaymentStep = Step<Payment>

/** Nothing changes; `effects` may still repeat what was said before. */
export function stay(payment: Payment, ...effects: readonly Effect[]): PaymentStep {
  return { payment, effects, postings: [] }
}

/** The same state with new facts. */
export function note(
  payment: Payment,
  changes: Partial<Payment>,
  ...effects: readonly Effect[]
): PaymentStep {
  return { payment: { ...payment, ...changes }, effects, postings: [] }
}

/** Into another state; what this state waits for counts as sent now. */
export function enter(
  payment: Payment,
  event: Event,
  into: Partial<Payment> & { readonly state: State },
): Payment {
  const closing = FINAL_STATES.includes(into.state) && payment.closedAtMs === undefined
  return {
    ...payment,
    ...into,
    stateSinceMs: event.atMs,
    lastSentAtMs: event.atMs,
    sends: 1,
    ...(closing ? { closedAtMs: event.atMs } : {}),
  }
}

export function go(
  payment: Payment,
  effects: readonly Effect[],
  postings: readonly Posting[] = [],
): PaymentStep {
  return { payment, effects, postings }
}

/** What was sent is sent again; the next time is reckoned from now. */
export function resend(payment: Payment, event: Event, ...effects: readonly Effect[]): PaymentStep {
  return note(payment, { lastSentAtMs: event.atMs, sends: payment.sends + 1 }, ...effects)
}

/** Ends a payment for which nothing was charged, and lets the machine go. */
export function end(payment: Payment, event: Event, reason: EndReason): PaymentStep {
  const ended = enter(payment, event, { state: 'ended', endReason: reason })
  const effects: Effect[] = SLOT_STATES.includes(payment.state) ? [{ kind: 'release-machine', reason }] : []
  return go(settleCase(ended, event), effects)
}

export function hasOpenCase(payment: Payment): boolean {
  return payment.case !== undefined && payment.case.settledAtMs === undefined
}

export function openCase(payment: Payment, event: Event, reason: CaseReason): Payment {
  if (hasOpenCase(payment)) return payment
  return { ...payment, case: { reason, openedAtMs: event.atMs } }
}

/** Evidence came after all: the case needs no person any more. */
export function settleCase(payment: Payment, event: Event): Payment {
  if (!payment.case || payment.case.settledAtMs !== undefined) return payment
  return { ...payment, case: { ...payment.case, settledAtMs: event.atMs } }
}

export function orderOf(payment: Payment, ...kinds: readonly OrderKind[]): Order | undefined {
  return payment.orders.findLast((order) => kinds.includes(order.kind))
}

export function withOrder(payment: Payment, changed: Order): Payment {
  return {
    ...payment,
    orders: payment.orders.map((order) => (order.orderId === changed.orderId ? changed : order)),
  }
}

/**
 * The id of a payment's transfer or hold: known from the claim on, so that an approval of just this payment can
 * name it at the bank. Like every order's id one letter and 32 random digits, saying nothing of anyone.
 */
export function firstOrderId(payment: Payment): string {
  return ORDER_LETTER[payment.purchase.mode === 'sale' ? 'transfer' : 'hold'] + payment.paymentId
}

/** An order of a later kind, under the event's fresh id. */
export function newOrder(
  event: Event,
  order: {
    kind: OrderKind
    amountMinor: bigint
    validMs: number
    expiresAtMs?: number
    reason?: RefundReason
  },
): Order {
  return {
    orderId: ORDER_LETTER[order.kind] + event.fresh.orderId,
    kind: order.kind,
    amountMinor: order.amountMinor,
    madeAtMs: event.atMs,
    validUntilMs: event.atMs + order.validMs,
    status: 'unknown',
    ...(order.reason === undefined ? {} : { reason: order.reason }),
  }
}

/** A question to the chip under a fresh nonce, keeping its machine for `reserveMs`. */
export function newCheck(event: Event, round: 1 | 2, reserveMs: number): Check {
  return { round, nonce: event.fresh.nonce, askedAtMs: event.atMs, reserveMs }
}
