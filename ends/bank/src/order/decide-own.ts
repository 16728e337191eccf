import { type Book, partyOf } from './book.ts'
import type { Moment } from './decide.ts'
import type { Order, Outcome, OwnInstruction, ReasonCode } from './order.ts'

/** Decides what the bank's own clockwork and staff ask for; see `decide`. */
export function decideOwn(book: Book, instruction: OwnInstruction, moment: Moment): Outcome {
  switch (instruction.kind) {
    case 'hold-expiry':
      return expireHold(book, instruction.holdEndToEndId, moment)
    case 'reversal':
      return reverse(book, instruction, moment)
    case 'deposit':
    case 'withdrawal':
      return moveCash(book, instruction, moment)
    default:
      return instruction satisfies never
  }
}

/**
 * Closes a hold: what is captured goes to the merchant's reserve, all the rest back to the payer, and the mandate's
 * day gets back the room that was not used.
 */
export function closeHold(
  book: Book,
  hold: Order,
  by: {
    kind: 'capture' | 'release' | 'hold-expiry'
    endToEndId: string
    bankReference: string
    capturedMinor: bigint
    creditorId: bigint | null
  },
): void {
  const debtorId = partyOf(hold.debtorAccountId)
  const restMinor = hold.heldMinor - by.capturedMinor
  const captured = by.creditorId === null ? [] : [{ accountId: by.creditorId, role: 'reserved' as const }]
  book.post({
    kind: by.kind,
    endToEndId: by.endToEndId,
    bankReference: by.bankReference,
    currency: hold.currency,
    legs: [
      { accountId: debtorId, role: 'held', amountMinor: -hold.heldMinor },
      { accountId: debtorId, role: 'available', amountMinor: restMinor },
      ...captured.map((part) => ({ ...part, amountMinor: by.capturedMinor })),
    ],
  })
  if (hold.mandateId !== null) {
    book.use({ mandateId: hold.mandateId, day: hold.day, amountMinor: -restMinor })
  }
  book.change({
    ...hold,
    heldMinor: 0n,
    closedByEndToEndId: by.endToEndId,
    status: by.kind === 'capture' ? hold.status : 'CANC',
  })
}

/**
 * Pays back from a settled payment: first out of its own reserve, then out of what the merchant has available.
 * Refunds and reversals together never exceed what was settled. Returns why not, or null when booked.
 */
export function payBack(
  book: Book,
  payment: Order,
  by: { kind: 'refund' | 'reversal'; endToEndId: string; bankReference: string; amountMinor: bigint },
): ReasonCode | null {
  const merchantId = partyOf(payment.creditorAccountId)
  const payerId = partyOf(payment.debtorAccountId)
  const { amountMinor } = by
  const leftMinor = payment.settledMinor - payment.refundedMinor - payment.reversedMinor
  if (amountMinor > leftMinor) return 'AM09'
  if (book.accounts.get(payerId)?.closed !== false) return 'AC04'
  const fromReserve = amountMinor < payment.reservedMinor ? amountMinor : payment.reservedMinor
  const fromAvailable = amountMinor - fromReserve
  if (fromAvailable > book.balanceMinor({ accountId: merchantId, role: 'available' })) return 'AM04'
  book.post({
    kind: by.kind,
    endToEndId: by.endToEndId,
    bankReference: by.bankReference,
    currency: payment.currency,
    legs: [
      { accountId: merchantId, role: 'reserved', amountMinor: -fromReserve },
      { accountId: merchantId, role: 'available', amountMinor: -fromAvailable },
      { accountId: payerId, role: 'available', amountMinor },
    ],
  })
  book.change({
    ...payment,
    reservedMinor: payment.reservedMinor - fromReserve,
    refundedMinor: payment.refundedMinor + (by.kind === 'refund' ? amountMinor : 0n),
    reversedMinor: payment.reversedMinor + (by.kind === 'reversal' ? amountMinor : 0n),
  })
  return null
}

function expireHold(book: Book, endToEndId: string, moment: Moment): Outcome {
  const hold = book.orders.get(endToEndId)
  if (hold === undefined || hold.heldMinor === 0n || (hold.expiresAtMs ?? 0) > moment.nowMs) {
    return { kind: 'refused', why: 'nothing is held, or not yet expired' }
  }
  closeHold(book, hold, {
    kind: 'hold-expiry',
    endToEndId,
    bankReference: moment.bankReference,
    capturedMinor: 0n,
    creditorId: null,
  })
  book.notices.push({ kind: 'hold-expiry', endToEndId })
  return { kind: 'booked', bankReference: moment.bankReference, amountMinor: hold.heldMinor }
}

function reverse(book: Book, instruction: OwnInstruction & { kind: 'reversal' }, moment: Moment): Outcome {
  const payment = book.orders.get(instruction.originalEndToEndId)
  if (payment === undefined || (payment.kind !== 'transfer' && payment.kind !== 'capture')) {
    return { kind: 'refused', why: 'no transfer or capture has this end-to-end id' }
  }
  if (payment.status !== 'ACSC') return { kind: 'refused', why: 'this payment never settled' }
  const left = payment.settledMinor - payment.refundedMinor - payment.reversedMinor
  const amountMinor = instruction.amountMinor ?? left
  if (amountMinor <= 0n) return { kind: 'refused', why: 'nothing is left to reverse' }
  const refusal = payBack(book, payment, {
    kind: 'reversal',
    endToEndId: payment.endToEndId,
    bankReference: moment.bankReference,
    amountMinor,
  })
  if (refusal !== null) return { kind: 'refused', why: `refused with ${refusal}` }
  book.notices.push({ kind: 'reversal', endToEndId: payment.endToEndId })
  return { kind: 'booked', bankReference: moment.bankReference, amountMinor }
}

function moveCash(
  book: Book,
  instruction: OwnInstruction & { kind: 'deposit' | 'withdrawal' },
  moment: Moment,
): Outcome {
  const { currency, amountMinor } = instruction.money
  const account = book.accountByIban(instruction.iban)
  const cash = book.cashOf(currency)
  if (account === undefined || cash === undefined) return { kind: 'refused', why: 'no such account' }
  if (account.closed) return { kind: 'refused', why: 'the account is closed' }
  if (account.currency !== currency) {
    return { kind: 'refused', why: `the account is kept in ${account.currency}` }
  }
  const sign = instruction.kind === 'deposit' ? 1n : -1n
  const available = book.balanceMinor({ accountId: account.accountId, role: 'available' })
  if (available + sign * amountMinor < 0n) {
    return { kind: 'refused', why: 'the account does not have that much available' }
  }
  book.post({
    kind: instruction.kind,
    endToEndId: null,
    bankReference: moment.bankReference,
    currency,
    legs: [
      { accountId: account.accountId, role: 'available', amountMinor: sign * amountMinor },
      { accountId: cash.accountId, role: 'cash', amountMinor: -sign * amountMinor },
    ],
  })
  return { kind: 'booked', bankReference: moment.bankReference, amountMinor }
}
