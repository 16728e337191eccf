import type { Posting } from './effect.ts'
import type { Event, EventOf } from './event.ts'
import { ledger } from './ledger.ts'
import { deliveredMinor, leftMinor, refundedMinor, valueOf } from './price.ts'
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
import { FINAL_STATES, type Order, type Outcome, type Payment, SLOT_STATES, type State } from './state.ts'

/** S10 to S12: what was delivered is earned, what was not goes back, once and exactly. */

/** The merchant's loss, or what becomes one if the machine runs on. */
const LOSS_CASE = 'reversed-after-delivery'

/** From an outcome to the money's end. */
export function settleOutcome(payment: Payment, event: Event, outcome: Outcome): PaymentStep {
  const known = { ...payment, outcome, deliveredSoFar: outcome.deliveredMin }
  const worthMinor = valueOf(known.purchase, outcome.deliveredMin)
  if (known.purchase.mode === 'hold')
    return worthMinor > 0n ? capture(known, event, worthMinor) : giveBack(known, event, reasonOf(outcome))
  if (worthMinor === known.purchase.amountMinor) return close(known, event, { state: 'delivered' })
  return refund(known, event, { keptMinor: worthMinor, reason: reasonOf(outcome) })
}

function reasonOf(outcome: Outcome): RefundReason {
  if (outcome.result === 'void') return 'not-started'
  if (outcome.result === 'interrupted') return 'interrupted'
  return outcome.deliveredMin > 0 ? 'partly-delivered' : 'machine-failed'
}

/** The money is where it stays. What was delivered and went back all the same is a loss, and a person looks. */
function close(
  payment: Payment,
  event: Event,
  { state, worthMinor = deliveredMinor(payment) }: { state: State; worthMinor?: bigint | undefined },
): PaymentStep {
  const paidMinor = leftMinor(payment)
  const closed = enter(payment, event, { state })
  const isLost = paidMinor < worthMinor
  const isKnown = isLost && payment.case?.reason === LOSS_CASE
  const settled = isKnown ? closed : settleCase(closed, event)
  return go(
    isLost ? openCase(settled, event, LOSS_CASE) : settled,
    [],
    ledger.earned(payment, { worthMinor, paidMinor }),
  )
}

/** Nothing more goes back. Where the bank alone took all of it back, nothing was charged in the end. */
function closeRefunded(payment: Payment, event: Event, worthMinor?: bigint): PaymentStep {
  const kept = leftMinor(payment) > 0n
  const charged = kept || refundedMinor(payment) > 0n
  const ended = charged ? payment : { ...payment, endReason: 'bank-reversed' as const }
  return close(ended, event, { state: kept ? 'partlyRefunded' : 'refunded', worthMinor })
}

/** All of it goes back: a refund of what was settled, or the release of a hold. */
export function giveBack(payment: Payment, event: Event, reason: RefundReason): PaymentStep {
  if (payment.purchase.mode === 'sale') {
    return refund(payment, event, { keptMinor: 0n, reason })
  }
  const order = newOrder(event, {
    kind: 'release',
    amountMinor: payment.purchase.amountMinor,
    validMs: payment.times.finalMs,
    reason,
  })
  return placeOrder(enter(payment, event, { state: 'releasing' }), order)
}

/** All but `keptMinor` is the payer's; what the bank has taken back of it already is not paid a second time (I4). */
function refund(
  payment: Payment,
  event: Event,
  what: { keptMinor: bigint; reason: RefundReason },
): PaymentStep {
  const amountMinor = leftMinor(payment) - what.keptMinor
  const repeated = payment.orders.some((order) => order.kind === 'refund' && order.reason === what.reason)
  if (repeated) return note(openCase(payment, event, 'refund-refused'), {})
  if (amountMinor <= 0n) return closeRefunded(payment, event)
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
      return booked(ledger.settled(payment, order.amountMinor), close(payment, event, { state: 'delivered' }))
    case 'release':
      return end(payment, event, 'hold-released')
    case 'refund':
      return refunded(payment, event, order)
    default:
      return note(payment, {})
  }
}

function refunded(payment: Payment, event: Event, order: Order): PaymentStep {
  const back = ledger.refunded(payment, order.amountMinor)
  if (order.reason !== 'did-not-run') return booked(back, closeRefunded(payment, event))
  return booked([...unearned(payment, order.amountMinor), ...back], closeRefunded(payment, event, 0n))
}

/** A believed complaint: of what was booked as earned before, nothing was. */
function unearned(payment: Payment, backMinor: bigint): readonly Posting[] {
  const paidMinor = leftMinor(payment) + backMinor
  return ledger.unearned(payment, { worthMinor: deliveredMinor(payment), paidMinor })
}

/** The refund was refused since the bank itself took the money back: undefined while something is owed. */
function refundedByBank(payment: Payment, event: Event): PaymentStep | undefined {
  const order = orderOf(payment, 'refund')
  if (payment.state !== 'refunding' || order?.status !== 'rejected') return undefined
  const complaint = order.reason === 'did-not-run'
  if (leftMinor(payment) > (complaint ? 0n : deliveredMinor(payment))) return undefined
  return complaint
    ? booked(unearned(payment, 0n), closeRefunded(payment, event, 0n))
    : closeRefunded(payment, event)
}

function booked(before: readonly Posting[], step: PaymentStep): PaymentStep {
  return { ...step, postings: [...before, ...step.postings] }
}

/** The bank's final no to one of these: a person has to look; the order is never made anew by itself. */
export function onRejectedLater(payment: Payment, event: Event, order: Order): PaymentStep {
  if (order.kind === 'reserve-release') return note(payment, {})
  // There is no hold to let go: it has expired, and nothing of it can be taken any more.
  if (order.kind === 'release') return end(payment, event, 'hold-released')
  if (order.kind !== 'refund') return note(openCase(payment, event, 'capture-refused'), {})
  return refundedByBank(payment, event) ?? note(openCase(payment, event, 'refund-refused'), {})
}

/** Money that was settled and is taken back by the bank (a recall): nothing is refunded on top of it (I4). */
export function onReversed(payment: Payment, event: Event, reversedMinor: bigint): PaymentStep {
  const addedMinor = reversedMinor - payment.reversedMinor
  if (addedMinor <= 0n) return stay(payment)
  if (payment.state === 'readying') return takenBack(payment, event, reversedMinor)
  const known = { ...payment, reversedMinor }
  const step = refundedByBank(known, event) ?? note(openCase(known, event, LOSS_CASE), {})
  return booked(ledger.reversed(payment, addedMinor), step)
}

/** Taken back before any command: nothing runs, and what the bank left with the merchant goes back as well (I8). */
export function takenBack(payment: Payment, event: Event, reversedMinor: bigint): PaymentStep {
  const { mode, amountMinor } = payment.purchase
  const known = { ...payment, reversedMinor }
  // A hold is in no book of ours before its capture.
  const postings = mode === 'sale' ? ledger.reversed(payment, reversedMinor - payment.reversedMinor) : []
  if (mode === 'sale' && reversedMinor >= amountMinor) {
    return booked(postings, end(known, event, 'bank-reversed'))
  }
  const reason = 'reversed-in-part'
  const step = booked(postings, giveBack(settleCase(known, event), event, reason))
  return SLOT_STATES.includes(payment.state)
    ? { ...step, effects: [{ kind: 'release-machine', reason }, ...step.effects] }
    : step
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
  if (leftMinor(payment) <= 0n) return stay(payment)
  const told = { ...payment, complainedAtMs: event.atMs }
  const believed =
    event.withinLimit && payment.outcome?.evidence !== 'sensor' && payment.purchase.mode === 'sale'
  if (!believed) return note(openCase(told, event, 'complaint'), {})
  return refund(told, event, { keptMinor: 0n, reason: 'did-not-run' })
}

/** After the refund window the merchant's reserve is freed at the bank; bookkeeping, the state stays. */
export function releaseReserve(payment: Payment, event: Event): PaymentStep {
  const existing = orderOf(payment, 'reserve-release')
  if (existing) return stay(payment)
  const order = newOrder(event, {
    kind: 'reserve-release',
    amountMinor: leftMinor(payment),
    validMs: payment.times.finalMs,
  })
  return placeOrder({ ...payment, lastSentAtMs: event.atMs, sends: 1 }, order)
}

export function settledOrder(payment: Payment, order: Order, bankReference: string): Payment {
  return withOrder(payment, { ...order, status: 'settled', bankReference })
}
