import { type Account, type Book, type MandateTerms, partyOf } from './book.ts'
import { closeHold, decideOwn, payBack } from './decide-own.ts'
import type {
  CaptureInstruction,
  HoldInstruction,
  Instruction,
  Order,
  OrderInstruction,
  Outcome,
  ReasonCode,
  RefundInstruction,
  ReleaseInstruction,
  ReserveReleaseInstruction,
  TransferInstruction,
} from './order.ts'

/** What the world says at the moment of the decision, read under the ledger's lock. */
export interface Moment {
  readonly nowMs: number
  /** The bank's day, `YYYY-MM-DD`. */
  readonly day: string
  /** A fresh reference for whatever is decided. */
  readonly bankReference: string
  /** No transfer or hold above this. */
  readonly amountMinorMax: bigint
}

/**
 * Decides one instruction on the book: an order already there is answered as it stands, another body under its id is
 * a conflict, anything else is settled or refused here and now, once. No clock, no I/O, no randomness.
 *
 * | order           | moves                                                   | refused with                       |
 * | --------------- | ------------------------------------------------------- | ---------------------------------- |
 * | transfer        | payer available → merchant reserved (or available)      | DT01 MD01 AM14 AM09 AC01 AC04 AM03 AM02 AM04 |
 * | hold            | payer available → payer held                            | the same                           |
 * | capture         | payer held → merchant reserved; the rest → available    | NOOR DT01 AM03 AM09 AC04           |
 * | release         | payer held → payer available                            | NOOR                               |
 * | refund          | the payment's reserve, then merchant available → payer  | NOOR AM03 AM09 AC04 AM04           |
 * | reserve-release | the payment's reserve → merchant available              | NOOR                               |
 */
export function decide(book: Book, instruction: Instruction, moment: Moment): Outcome {
  switch (instruction.kind) {
    case 'hold-expiry':
    case 'reversal':
    case 'deposit':
    case 'withdrawal':
      return decideOwn(book, instruction, moment)
    case 'transfer':
    case 'hold':
    case 'capture':
    case 'release':
    case 'refund':
    case 'reserve-release':
    default:
      return decideOrder(book, instruction, moment)
  }
}

function decideOrder(book: Book, instruction: OrderInstruction, moment: Moment): Outcome {
  const known = book.orders.get(instruction.endToEndId)
  if (known !== undefined) {
    return known.bodySha256 === instruction.bodySha256 && known.kind === instruction.kind
      ? { kind: 'order', order: known, repeated: true }
      : { kind: 'conflict' }
  }
  const order = execute(book, instruction, moment)
  if (order === null) return { kind: 'unknown-original' }
  book.notices.push({ kind: order.kind, endToEndId: order.endToEndId })
  return { kind: 'order', order, repeated: false }
}

function execute(book: Book, instruction: OrderInstruction, moment: Moment): Order | null {
  switch (instruction.kind) {
    case 'transfer':
    case 'hold':
      return pay(book, instruction, moment)
    case 'capture':
      return capture(book, instruction, moment)
    case 'release':
      return release(book, instruction, moment)
    case 'refund':
      return refund(book, instruction, moment)
    case 'reserve-release':
      return releaseReserve(book, instruction, moment)
    default:
      return instruction satisfies never
  }
}

type Payment = TransferInstruction | HoldInstruction

function pay(book: Book, instruction: Payment, moment: Moment): Order {
  const mandate = book.mandates.get(instruction.mandateId)
  const creditor = book.accountByIban(instruction.creditorIban)
  const { currency, amountMinor } = instruction.money
  const draft: Order = {
    ...blank(instruction, moment),
    mandateId: instruction.mandateId,
    debtorAccountId: mandate?.accountId ?? null,
    creditorAccountId: creditor?.accountId ?? null,
    currency,
    amountMinor,
    validUntilMs: instruction.validUntilMs,
    expiresAtMs: instruction.kind === 'hold' ? instruction.expiresAtMs : null,
  }
  const refusal = refusePayment({ book, instruction, moment, mandate, creditor })
  if (refusal !== null || mandate === undefined || creditor === undefined) {
    return book.add({ ...draft, status: 'RJCT', reasonCode: refusal ?? 'MD01' })
  }
  const debtorId = partyOf(mandate.accountId)
  book.use({ mandateId: mandate.mandateId, day: moment.day, amountMinor })
  const isHold = instruction.kind === 'hold'
  const merchantRole = instruction.reserve ? 'reserved' : 'available'
  book.post({
    kind: instruction.kind,
    endToEndId: instruction.endToEndId,
    bankReference: moment.bankReference,
    currency,
    legs: [
      { accountId: debtorId, role: 'available', amountMinor: -amountMinor },
      isHold
        ? { accountId: debtorId, role: 'held', amountMinor }
        : { accountId: creditor.accountId, role: merchantRole, amountMinor },
    ],
  })
  return book.add({
    ...draft,
    settledMinor: isHold ? 0n : amountMinor,
    reservedMinor: !isHold && instruction.reserve ? amountMinor : 0n,
    heldMinor: isHold ? amountMinor : 0n,
  })
}

interface PaymentQuestion {
  readonly book: Book
  readonly instruction: Payment
  readonly moment: Moment
  readonly mandate: MandateTerms | undefined
  readonly creditor: Account | undefined
}

function refusePayment(question: PaymentQuestion): ReasonCode | null {
  const { book, instruction, moment, mandate, creditor } = question
  const { currency, amountMinor } = instruction.money
  if (moment.nowMs > instruction.validUntilMs) return 'DT01'
  if (instruction.kind === 'hold' && instruction.expiresAtMs <= moment.nowMs) return 'DT01'
  if (mandate === undefined || !mandate.live || mandate.accountId === null) return 'MD01'
  const beyond = exceedsMandate(question, mandate)
  if (beyond !== null) return beyond
  if (creditor === undefined || creditor.holder !== 'merchant') return 'AC01'
  const debtor = book.accounts.get(mandate.accountId)
  if (creditor.closed || debtor === undefined || debtor.closed) return 'AC04'
  if (creditor.currency !== currency || debtor.currency !== currency) return 'AM03'
  if (amountMinor > moment.amountMinorMax) return 'AM02'
  return book.balanceMinor({ accountId: debtor.accountId, role: 'available' }) < amountMinor ? 'AM04' : null
}

function exceedsMandate(question: PaymentQuestion, mandate: MandateTerms): ReasonCode | null {
  const { book, instruction, moment } = question
  const { currency, amountMinor } = instruction.money
  if (mandate.currency !== currency) return 'AM03'
  if (mandate.scope === 'one-payment') {
    if (mandate.onceEndToEndId !== instruction.endToEndId) return 'MD01'
    if (mandate.creditorName !== instruction.creditorName) return 'MD01'
    return mandate.onceMinor === amountMinor ? null : 'AM09'
  }
  if (mandate.perPaymentMinor === null || mandate.perDayMinor === null) return 'MD01'
  if (amountMinor > mandate.perPaymentMinor) return 'AM14'
  const used = book.usedMinor({ mandateId: mandate.mandateId, day: moment.day })
  return used + amountMinor > mandate.perDayMinor ? 'AM14' : null
}

function capture(book: Book, instruction: CaptureInstruction, moment: Moment): Order {
  const hold = book.orders.get(instruction.holdEndToEndId)
  const { currency, amountMinor } = instruction.money
  const draft: Order = {
    ...blank(instruction, moment),
    mandateId: hold?.mandateId ?? null,
    debtorAccountId: hold?.debtorAccountId ?? null,
    creditorAccountId: hold?.creditorAccountId ?? null,
    originalEndToEndId: instruction.holdEndToEndId,
    currency,
    amountMinor,
  }
  const refusal = refuseCapture(book, { hold, instruction, moment })
  if (refusal !== null || hold === undefined) {
    return book.add({ ...draft, status: 'RJCT', reasonCode: refusal ?? 'NOOR' })
  }
  const creditorId = partyOf(hold.creditorAccountId)
  closeHold(book, hold, {
    kind: 'capture',
    endToEndId: instruction.endToEndId,
    bankReference: moment.bankReference,
    capturedMinor: amountMinor,
    creditorId,
  })
  return book.add({ ...draft, settledMinor: amountMinor, reservedMinor: amountMinor })
}

function refuseCapture(
  book: Book,
  question: { hold: Order | undefined; instruction: CaptureInstruction; moment: Moment },
): ReasonCode | null {
  const { hold, instruction, moment } = question
  if (hold === undefined || hold.kind !== 'hold' || hold.status === 'RJCT') return 'NOOR'
  // An expired hold whose release has not been booked yet is past all the same.
  if (hold.expiresAtMs !== null && hold.expiresAtMs <= moment.nowMs) return 'DT01'
  if (hold.heldMinor === 0n) return 'NOOR'
  if (hold.currency !== instruction.money.currency) return 'AM03'
  if (instruction.money.amountMinor > hold.heldMinor) return 'AM09'
  const creditor = hold.creditorAccountId === null ? undefined : book.accounts.get(hold.creditorAccountId)
  return creditor === undefined || creditor.closed ? 'AC04' : null
}

function release(book: Book, instruction: ReleaseInstruction, moment: Moment): Order | null {
  const hold = book.orders.get(instruction.holdEndToEndId)
  if (hold === undefined) return null
  const draft: Order = {
    ...blank(instruction, moment),
    debtorAccountId: hold.debtorAccountId,
    creditorAccountId: hold.creditorAccountId,
    originalEndToEndId: hold.endToEndId,
    currency: hold.currency,
    amountMinor: hold.heldMinor,
    settledMinor: hold.heldMinor,
  }
  if (hold.kind !== 'hold' || hold.heldMinor === 0n) {
    const amountMinor = hold.amountMinor
    return book.add({ ...draft, amountMinor, settledMinor: 0n, status: 'RJCT', reasonCode: 'NOOR' })
  }
  closeHold(book, hold, {
    kind: 'release',
    endToEndId: instruction.endToEndId,
    bankReference: moment.bankReference,
    capturedMinor: 0n,
    creditorId: null,
  })
  return book.add(draft)
}

/** The payment whose money a refund gives back: the transfer or capture itself, or the capture of the hold named. */
function settledPayment(book: Book, endToEndId: string): Order | undefined {
  const named = book.orders.get(endToEndId)
  const payment = named?.kind === 'hold' ? book.orders.get(named.closedByEndToEndId ?? '') : named
  if (payment?.kind !== 'transfer' && payment?.kind !== 'capture') return undefined
  return payment.status === 'ACSC' ? payment : undefined
}

function refund(book: Book, instruction: RefundInstruction, moment: Moment): Order {
  const payment = settledPayment(book, instruction.originalEndToEndId)
  const { currency, amountMinor } = instruction.money
  const draft: Order = {
    ...blank(instruction, moment),
    debtorAccountId: payment?.creditorAccountId ?? null,
    creditorAccountId: payment?.debtorAccountId ?? null,
    originalEndToEndId: instruction.originalEndToEndId,
    currency,
    amountMinor,
    reason: instruction.reason,
  }
  const refuse = (reasonCode: ReasonCode): Order => book.add({ ...draft, status: 'RJCT', reasonCode })
  if (payment === undefined) return refuse('NOOR')
  if (payment.currency !== currency) return refuse('AM03')
  const refusal = payBack(book, payment, {
    kind: 'refund',
    endToEndId: instruction.endToEndId,
    bankReference: moment.bankReference,
    amountMinor,
  })
  return refusal === null ? book.add({ ...draft, settledMinor: amountMinor }) : refuse(refusal)
}

function releaseReserve(book: Book, instruction: ReserveReleaseInstruction, moment: Moment): Order | null {
  const named = book.orders.get(instruction.originalEndToEndId)
  if (named === undefined) return null
  const payment = settledPayment(book, instruction.originalEndToEndId)
  const amountMinor = payment?.reservedMinor ?? 0n
  const draft: Order = {
    ...blank(instruction, moment),
    debtorAccountId: named.creditorAccountId,
    creditorAccountId: named.creditorAccountId,
    originalEndToEndId: instruction.originalEndToEndId,
    currency: named.currency,
    amountMinor,
    settledMinor: amountMinor,
  }
  if (payment === undefined || amountMinor === 0n) {
    const asked = { ...draft, amountMinor: named.amountMinor, settledMinor: 0n }
    return book.add({ ...asked, status: 'RJCT', reasonCode: 'NOOR' })
  }
  const accountId = partyOf(payment.creditorAccountId)
  book.change({ ...payment, reservedMinor: 0n })
  book.post({
    kind: 'reserve-release',
    endToEndId: instruction.endToEndId,
    bankReference: moment.bankReference,
    currency: payment.currency,
    legs: [
      { accountId, role: 'reserved', amountMinor: -amountMinor },
      { accountId, role: 'available', amountMinor },
    ],
  })
  return book.add(draft)
}

/** What every order has before it is decided; settled unless a decision says otherwise. */
function blank(instruction: OrderInstruction, moment: Moment) {
  return {
    endToEndId: instruction.endToEndId,
    kind: instruction.kind,
    bodySha256: instruction.bodySha256,
    status: 'ACSC' as const,
    reasonCode: null,
    bankReference: moment.bankReference,
    mandateId: null,
    debtorAccountId: null,
    creditorAccountId: null,
    originalEndToEndId: null,
    closedByEndToEndId: null,
    settledMinor: 0n,
    refundedMinor: 0n,
    reversedMinor: 0n,
    reservedMinor: 0n,
    heldMinor: 0n,
    validUntilMs: null,
    expiresAtMs: null,
    day: moment.day,
    receivedAtMs: moment.nowMs,
    reason: null,
  }
}
