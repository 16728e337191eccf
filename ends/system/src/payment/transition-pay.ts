import type { BankAnswer, Event, EventOf } from './event.ts'
import { ledger } from './ledger.ts'
import {
  end,
  enter,
  go,
  firstOrderId,
  note,
  openCase,
  type PaymentStep,
  resend,
  settleCase,
  stay,
  withOrder,
} from './step.ts'
import type { Order, Payment } from './state.ts'
import { beginCommand } from './transition-run.ts'
import {
  giveBack,
  onRejectedLater,
  onReversed,
  onSettledLater,
  placeOrder,
  settledOrder,
  takenBack,
} from './transition-settle.ts'

/** S6, S7: the one order, and what the bank says of it. */

/** The second check was answered: the order is made, and journaled before it is sent. */
export function beginOrder(payment: Payment, event: Event): PaymentStep {
  const { purchase, times } = payment
  const longestMs =
    times.bankPatienceMs + times.commandDeadlineMs + purchase.maxDurationMs + times.silenceRefundMs
  const order: Order = {
    orderId: firstOrderId(payment),
    kind: purchase.mode === 'sale' ? 'transfer' : 'hold',
    amountMinor: purchase.amountMinor,
    madeAtMs: event.atMs,
    validUntilMs: event.atMs + times.orderValidMs,
    status: 'unknown',
    ...(purchase.mode === 'hold' ? { expiresAtMs: event.atMs + longestMs + times.holdGraceMs } : {}),
  }
  return placeOrder(enter(payment, event, { state: 'paying' }), order)
}

/** The order that the present state waits for, if it waits for the bank. */
export function awaitedOrder(payment: Payment): Order | undefined {
  const order = payment.orders.at(-1)
  return order?.status === 'unknown' ? order : undefined
}

export function onBankAnswered(payment: Payment, event: EventOf<'bank-answered'>): PaymentStep {
  const order = payment.orders.find((candidate) => candidate.orderId === event.orderId)
  if (!order) return stay(payment)
  const { answer } = event
  if (order.status !== 'unknown') return afterFinal(payment, event, order)
  switch (answer.kind) {
    case 'settled':
      return onSettled(payment, event, { order, answer })
    case 'rejected':
      return onRejected(payment, event, { order, answer })
    case 'not-found':
      return onNotFound(payment, event, order)
    case 'pending':
    case 'unknown':
      return stay(payment)
  }
}

/** A final answer is final; only a reversal can follow it, and it is news of the same order. */
function afterFinal(payment: Payment, event: EventOf<'bank-answered'>, order: Order): PaymentStep {
  if (order.status !== 'settled' || event.answer.kind !== 'settled') return stay(payment)
  return REVERSIBLE.includes(order.kind)
    ? onReversed(payment, event, event.answer.reversedMinor)
    : stay(payment)
}

/** Orders whose money a bank may take back later. */
const REVERSIBLE: readonly Order['kind'][] = ['transfer', 'capture']

/** Orders that let money go rather than move a sum of ours: the bank says how much that was. */
const FREEING: readonly Order['kind'][] = ['release', 'reserve-release']

interface Settled {
  readonly order: Order
  readonly answer: Extract<BankAnswer, { kind: 'settled' }>
}

function onSettled(payment: Payment, event: Event, { order, answer }: Settled): PaymentStep {
  const exact = answer.amountMinor === order.amountMinor && answer.currency === payment.purchase.currency
  if (!exact && !FREEING.includes(order.kind)) return onOtherSum(payment, event, answer)
  // What was noted of another sum is not of this one.
  const asked = REVERSIBLE.includes(order.kind) ? { ...payment, reversedMinor: 0n } : payment
  const settled = settledOrder(asked, order, answer.bankReference)
  if (order.kind === 'capture') return onCaptured(settled, event, { order, answer })
  if (order.kind !== 'transfer' && order.kind !== 'hold') return onSettledLater(settled, event, order)
  const postings = order.kind === 'transfer' ? ledger.settled(payment, order.amountMinor) : []
  const step = afterMoney(settled, event, answer.reversedMinor)
  return { ...step, postings: [...postings, ...step.postings] }
}

/**
 * Money that nobody ordered stands in no book of ours, so a reversal of it has nothing to take back there; it is noted,
 * since nobody else asks about this order again, and a person sees both. An answer ends a case of no answer.
 */
function onOtherSum(payment: Payment, event: Event, answer: Settled['answer']): PaymentStep {
  const paying = payment.state === 'paying'
  const kept = paying ? enter(payment, event, { state: 'abandoned' }) : payment
  const answered = kept.case?.reason === 'bank-unknown' ? settleCase(kept, event) : kept
  const known = openCase(answered, event, 'bank-amount-differs')
  const reversed =
    answer.reversedMinor > known.reversedMinor ? { ...known, reversedMinor: answer.reversedMinor } : known
  return go(reversed, paying ? [{ kind: 'release-machine', reason: 'bank-amount-differs' }] : [])
}

/** What was captured may have been taken back before we heard of it. */
function onCaptured(payment: Payment, event: Event, { order, answer }: Settled): PaymentStep {
  const captured = onSettledLater(payment, event, order)
  const reversed = onReversed(captured.payment, event, answer.reversedMinor)
  return { ...reversed, postings: [...captured.postings, ...reversed.postings] }
}

function afterMoney(payment: Payment, event: Event, reversedMinor: bigint): PaymentStep {
  if (reversedMinor > 0n) return takenBack(payment, event, reversedMinor)
  if (payment.state === 'abandoned') return giveBack(settleCase(payment, event), event, 'settled-too-late')
  return beginCommand(payment, event)
}

interface Rejected {
  readonly order: Order
  readonly answer: Extract<BankAnswer, { kind: 'rejected' }>
}

function onRejected(payment: Payment, event: Event, { order, answer }: Rejected): PaymentStep {
  const rejected = withOrder(payment, { ...order, status: 'rejected', rejectedBecause: answer.because })
  if (order.kind !== 'transfer' && order.kind !== 'hold') return onRejectedLater(rejected, event, order)
  return end(rejected, event, answer.endReason)
}

/**
 * The bank does not know the order. Before its valid-until it may be on its way: the same bytes go again.
 * After it (and after the longest request that could still be under way) nothing can come of it any more.
 */
function onNotFound(payment: Payment, event: Event, order: Order): PaymentStep {
  const { times } = payment
  if (event.atMs < order.validUntilMs) {
    return note(payment, {}, { kind: 'submit-order', order })
  }
  const goneAtMs = order.validUntilMs + times.bankRequestMs + times.clockMarginMs
  if (event.atMs < goneAtMs || (order.kind !== 'transfer' && order.kind !== 'hold')) return stay(payment)
  const answer = { kind: 'rejected', because: 'never received', endReason: 'bank-never-received' } as const
  return onRejected(payment, event, { order, answer })
}

/** Time passes while the bank's answer is unknown. */
export function onBankSilence(payment: Payment, event: Event): PaymentStep {
  const order = awaitedOrder(payment)
  if (!order) return stay(payment)
  const { times } = payment
  const ask = { kind: 'ask-order', order } as const
  if (payment.state === 'paying' && event.atMs >= payment.stateSinceMs + times.bankPatienceMs) {
    const abandoned = enter(payment, event, { state: 'abandoned' })
    return go(abandoned, [{ kind: 'release-machine', reason: 'bank-silent' }, ask])
  }
  const unknownTooLong =
    event.atMs >= order.madeAtMs + times.bankUnknownCaseMs && order.kind !== 'reserve-release'
  const waiting = unknownTooLong && !payment.case ? openCase(payment, event, 'bank-unknown') : payment
  return resend(waiting, event, ask)
}
