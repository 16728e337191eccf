import type { Event, EventOf } from './event.ts'
import { ledger } from './ledger.ts'
import { refundedMinor, settledMinor, valueOf } from './price.ts'
import type { RefundReason } from './reason.ts'
import {
  end,
  enter,
  go,
  newOrder,
  note,
  openCase,
  orderOf,
  type PaymentStep,
  settleCase,
  stay,
  withOrder,
} from './step.ts'
import { FINAL_STATES, type Order, type Outcome, type Payment } from './state.ts'

/** S10 to S12: what was delivered is earned, what was not goes back, once and exactly. */

/** From an outcome to the money's end. */
export function settleOutcome(payment: Payment, event: Event, outcome: Outcome): PaymentStep {
  const known = { ...payment, outcome, deliveredSoFar: outcome.deliveredMin }
  const worthMinor = valueOf(known.purchase, outcome.deliveredMin)
  if (known.purchase.mode === 'hold')
    return worthMinor > 0n ? capture(known, event, worthMinor) : giveBack(known, event, reasonOf(outcome))
  const backMinor = known.purchase.amountMinor - worthMinor
  if (backMinor === 0n) return delivered(known, event, worthMinor)
  return refund(known, event, { amountMinor: backMinor, reason: reasonOf(outcome) })
}

function reasonOf(outcome: Outcome): RefundReason {
  if (outcome.result === 'void') return 'not-started'
  if (outcome.result === 'interrupted') return 'interrupted'
  return outcome.deliveredMin > 0 ? 'partly-delivered' : 'machine-failed'
}

function delivered(payment: Payment, event: Event, worthMinor: bigint): PaymentStep {
  return go(
    settleCase(enter(payment, event, { state: 'delivered' }), event),
    [],
    ledger.earned(payment, worthMinor),
  )
}

/** All of it goes back: a refund of what was settled, or the release of a hold. */
export function giveBack(payment: Payment, event: Event, reason: RefundReason): PaymentStep {
  if (payment.purchase.mode === 'sale') {
    return refund(payment, event, { amountMinor: settledMinor(payment), reason })
  }
  const order = newOrder(event, {
    kind: 'release',
    amountMinor: payment.purchase.amountMinor,
    validMs: payment.times.finalMs,
    reason,
  })
  return placeOrder(enter(payment, event, { state: 'releasing' }), order)
}

function refund(
  payment: Payment,
  event: Event,
  what: { amountMinor: bigint; reason: RefundReason },
): PaymentStep {
  const leftMinor = settledMinor(payment) - refundedMinor(payment) - payment.reversedMinor
  const amountMinor = what.amountMinor < leftMinor ? what.amountMinor : leftMinor
  const repeated = payment.orders.some((order) => order.kind === 'refund' && order.reason === what.reason)
  if (repeated) return note(openCase(payment, event, 'refund-refused'), {})
  if (amountMinor <= 0n) return go(settleCase(enter(payment, event, { state: 'refunded' }), event), [])
  const order = newOrder(event, {
    kind: 'refund',
    amountMinor,
    reason: what.reason,
    validMs: payment.times.finalMs,
  })
  return placeOrder(enter(payment, event, { state: 'refunding' }), order)
}

function capture(payment: Payment, event: Event, amountMinor: bigint): PaymentStep {
  const order = newOrder(event, { kind: 'capture', amountMinor, validMs: payment.times.finalMs })
  return placeOrder(enter(payment, event, { state: 'capturing' }), order)
}

export function placeOrder(payment: Payment, order: Order): PaymentStep {
  return go({ ...payment, orders: [...payment.orders, order] }, [{ kind: 'submit-order', order }])
}

/** The bank's final yes to a capture, a release, a refund or the end of the merchant's reserve. */
export function onSettledLater(payment: Payment, event: Event, order: Order): PaymentStep {
  switch (order.kind) {
    case 'capture':
      return go(
        settleCase(enter(payment, event, { state: 'delivered' }), event),
        [],
        [...ledger.settled(payment, order.amountMinor), ...ledger.earned(payment, order.amountMinor)],
      )
    case 'release':
      return end(payment, event, 'hold-released')
    case 'refund':
      return refunded(payment, event, order)
    default:
      return note(payment, {})
  }
}

function refunded(payment: Payment, event: Event, order: Order): PaymentStep {
  const complaint = order.reason === 'did-not-run'
  const keptMinor = settledMinor(payment) - refundedMinor(payment)
  const closed = settleCase(
    enter(payment, event, { state: keptMinor > 0n ? 'partlyRefunded' : 'refunded' }),
    event,
  )
  return go(
    closed,
    [],
    [
      ...(complaint ? ledger.unearned(payment, order.amountMinor) : []),
      ...ledger.refunded(payment, order.amountMinor),
      ...(complaint ? [] : ledger.earned(payment, keptMinor)),
    ],
  )
}

/** The bank's final no to one of these: a person has to look; the order is never made anew by itself. */
export function onRejectedLater(payment: Payment, event: Event, order: Order): PaymentStep {
  if (order.kind === 'reserve-release') return note(payment, {})
  // There is no hold to let go: it has expired, and nothing of it can be taken any more.
  if (order.kind === 'release') return end(payment, event, 'hold-released')
  return note(openCase(payment, event, order.kind === 'refund' ? 'refund-refused' : 'capture-refused'), {})
}

/** Money that was settled and is taken back by the bank (a recall): nothing is refunded on top of it (I4). */
export function onReversed(payment: Payment, event: Event, reversedMinor: bigint): PaymentStep {
  const addedMinor = reversedMinor - payment.reversedMinor
  if (addedMinor <= 0n) return stay(payment)
  const known = { ...payment, reversedMinor }
  const postings = ledger.reversed(payment, addedMinor)
  if (payment.state === 'readying') {
    return { ...end(known, event, 'bank-reversed'), postings }
  }
  return go(openCase(known, event, 'reversed-after-delivery'), [], postings)
}

/** No outcome came in time: a dated decision in the payer's favour (I10), only once nothing can start (I17). */
export function refundSilence(payment: Payment, event: Event): PaymentStep {
  const decided = { ...payment, policy: { reason: 'silence', atMs: event.atMs } as const }
  return giveBack(decided, event, 'silence')
}

/** Evidence after the decision: it changes only who bears the loss. */
export function onLateOutcome(payment: Payment, event: Event, outcome: Outcome): PaymentStep {
  const lossMinor = valueOf(payment.purchase, outcome.deliveredMin)
  return go({ ...payment, outcome, lossMinor }, [], ledger.lost(payment, lossMinor))
}

/** "It did not run": believed where no sensor says otherwise, within the limits; otherwise a person looks. */
export function onComplained(payment: Payment, event: EventOf<'complained'>): PaymentStep {
  if (!FINAL_STATES.includes(payment.state) || payment.complainedAtMs !== undefined) return stay(payment)
  if (payment.closedAtMs === undefined || event.atMs > payment.closedAtMs + payment.times.refundWindowMs)
    return stay(payment)
  const keptMinor = settledMinor(payment) - refundedMinor(payment) - payment.reversedMinor
  if (keptMinor <= 0n) return stay(payment)
  const told = { ...payment, complainedAtMs: event.atMs }
  const believed =
    event.withinLimit && payment.outcome?.evidence !== 'sensor' && payment.purchase.mode === 'sale'
  if (!believed) return note(openCase(told, event, 'complaint'), {})
  return refund(told, event, { amountMinor: keptMinor, reason: 'did-not-run' })
}

/** After the refund window the merchant's reserve is freed at the bank; bookkeeping, the state stays. */
export function releaseReserve(payment: Payment, event: Event): PaymentStep {
  const existing = orderOf(payment, 'reserve-release')
  if (existing) return stay(payment)
  const order = newOrder(event, {
    kind: 'reserve-release',
    amountMinor: settledMinor(payment) - refundedMinor(payment),
    validMs: payment.times.finalMs,
  })
  return placeOrder({ ...payment, lastSentAtMs: event.atMs, sends: 1 }, order)
}

export function settledOrder(payment: Payment, order: Order, bankReference: string): Payment {
  return withOrder(payment, { ...order, status: 'settled', bankReference })
}
