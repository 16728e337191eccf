import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { currencyOf } from '#protocol/money.ts'
import type { BankAnswer } from '../payment/event.ts'
import type { Order } from '../payment/state.ts'
import type { Bank, BankOrder, MandateRequest } from './port.ts'

/** A bank to be held to the port, with a customer who approves and a merchant who is paid. */
export interface BankUnderTest {
  readonly bank: Bank
  readonly creditor: { readonly name: string; readonly iban: string }
  /** By this bank's clock. */
  nowMs(): number
  /** The customer approves, at the bank, the mandate with its limits. */
  approve(request: MandateRequest): Promise<void>
}

const EUR = currencyOf('EUR')
const HOUR_MS = 3_600_000
const ASKED_MAX = 50
const id = (letter = '') => letter + randomBytes(16).toString('hex')

function mandate(on: BankUnderTest): MandateRequest {
  const perPayment = { amountMinor: 1000n, currency: EUR }
  return {
    mandateId: id(),
    orderId: id('t'),
    creditorName: on.creditor.name,
    money: { amountMinor: 250n, currency: EUR },
    recurring: {
      perPayment,
      perDay: { amountMinor: 50_000n, currency: EUR },
      validUntilMs: on.nowMs() + 24 * HOUR_MS,
    },
    redirectUri: 'http://localhost:8081/return',
    language: 'en',
  }
}

async function approved(on: BankUnderTest): Promise<string> {
  const request = mandate(on)
  assert.ok(await on.bank.requestMandate(request))
  await on.approve(request)
  return request.mandateId
}

function orderFor(
  on: BankUnderTest,
  about: Partial<Order> & { kind: Order['kind'] },
  more: Partial<BankOrder> = {},
): BankOrder {
  const order: Order = {
    orderId: id(about.kind[0]),
    amountMinor: 250n,
    madeAtMs: on.nowMs(),
    validUntilMs: on.nowMs() + HOUR_MS,
    status: 'unknown',
    ...about,
  }
  const { name: creditorName, iban: creditorIban } = on.creditor
  return { order, paymentId: id(), currency: EUR, mandateId: id(), creditorName, creditorIban, ...more }
}

/** Submits and asks until the answer is final, as the payment does. */
async function final({ bank }: BankUnderTest, order: BankOrder): Promise<BankAnswer> {
  let answer = await bank.submit(order)
  for (let asked = 0; asked < ASKED_MAX; asked += 1) {
    if (answer.kind === 'settled' || answer.kind === 'rejected') return answer
    answer = await bank.ask(order)
  }
  return answer
}

async function settled(on: BankUnderTest, order: BankOrder) {
  const answer = await final(on, order)
  assert.equal(answer.kind, 'settled')
  if (answer.kind !== 'settled') throw new Error('not settled')
  return answer
}

/** What every bank behind the port does. */
export function bankSuite(name: string, open: () => BankUnderTest): void {
  test(`${name}: a mandate is nothing until its customer approves it, and asking twice asks once`, async () => {
    const on = open()
    const request = mandate(on)
    const first = await on.bank.requestMandate(request)
    assert.ok(first)
    assert.deepEqual(await on.bank.requestMandate(request), first)
    assert.equal((await on.bank.mandateStatus(request.mandateId))?.status, 'received')
    await on.approve(request)
    assert.equal((await on.bank.mandateStatus(request.mandateId))?.status, 'valid')
  })

  test(`${name}: an order that never arrived is not found, and no order is unknown for that`, async () => {
    const on = open()
    assert.deepEqual(await on.bank.ask(orderFor(on, { kind: 'transfer' })), { kind: 'not-found' })
  })

  test(`${name}: a transfer settles once, to the unit, however often it is sent`, async () => {
    const on = open()
    const order = orderFor(on, { kind: 'transfer' }, { mandateId: await approved(on) })
    const first = await settled(on, order)
    assert.equal(first.amountMinor, 250n)
    assert.equal(first.currency, EUR)
    assert.equal(first.reversedMinor, 0n)
    assert.deepEqual(await settled(on, order), first)
    assert.deepEqual(await on.bank.ask(order), first)
  })

  test(`${name}: without approval, and after its valid-until, an order is rejected with its reason`, async () => {
    const on = open()
    const unapproved = await final(on, orderFor(on, { kind: 'transfer' }))
    assert.equal(unapproved.kind === 'rejected' && unapproved.endReason, 'bank-mandate-invalid')
    const mandateId = await approved(on)
    const late = await final(
      on,
      orderFor(on, { kind: 'transfer', validUntilMs: on.nowMs() - 60_000 }, { mandateId }),
    )
    assert.equal(late.kind === 'rejected' && late.endReason, 'bank-never-received')
  })

  test(`${name}: refunds go back in parts, and never more than was settled`, async () => {
    const on = open()
    const transfer = orderFor(on, { kind: 'transfer' }, { mandateId: await approved(on) })
    await settled(on, transfer)
    const about = { originalOrderId: transfer.order.orderId }
    await settled(on, orderFor(on, { kind: 'refund', amountMinor: 200n, reason: 'partly-delivered' }, about))
    const beyond = await final(
      on,
      orderFor(on, { kind: 'refund', amountMinor: 51n, reason: 'did-not-run' }, about),
    )
    assert.equal(beyond.kind, 'rejected')
    await settled(on, orderFor(on, { kind: 'refund', amountMinor: 50n, reason: 'silence' }, about))
  })

  test(`${name}: a hold is captured once, in part, and the rest is free again`, async () => {
    const on = open()
    const expiresAtMs = on.nowMs() + HOUR_MS
    const hold = orderFor(
      on,
      { kind: 'hold', amountMinor: 900n, expiresAtMs },
      { mandateId: await approved(on) },
    )
    await settled(on, hold)
    const about = { originalOrderId: hold.order.orderId }
    const captured = await settled(on, orderFor(on, { kind: 'capture', amountMinor: 120n }, about))
    assert.equal(captured.amountMinor, 120n)
    assert.equal(
      (await final(on, orderFor(on, { kind: 'capture', amountMinor: 120n }, about))).kind,
      'rejected',
    )
  })

  test(`${name}: a released hold is gone`, async () => {
    const on = open()
    const expiresAtMs = on.nowMs() + HOUR_MS
    const hold = orderFor(
      on,
      { kind: 'hold', amountMinor: 900n, expiresAtMs },
      { mandateId: await approved(on) },
    )
    await settled(on, hold)
    const about = { originalOrderId: hold.order.orderId }
    await settled(on, orderFor(on, { kind: 'release', amountMinor: 900n }, about))
    assert.equal(
      (await final(on, orderFor(on, { kind: 'capture', amountMinor: 1n }, about))).kind,
      'rejected',
    )
  })
}
