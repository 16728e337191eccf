import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MERCHANTS, VENDOR } from './fleet.ts'
import { assertInvariants, assertTold, until, useHall } from './hall.ts'
import { LyingBank, type BankRequest } from './lying-bank.ts'

/** A bank that refuses, is slow, silent or wrong, and takes back what it gave. */

const PRICE_MINOR = 300n
/** More payments than any mandate's day allows. */
const PAYMENTS_PER_DAY_MAX = 15
let liar: LyingBank
const hall = useHall({
  machines: [VENDOR, { ...VENDOR, key: 'other', name: 'Other vendor', merchantId: 'suds' }],
  systemTimes: {
    bankPatienceMs: 3000,
    orderValidMs: 5000,
    bankRequestMs: 1500,
    bankPollMaxMs: 800,
    bankUnknownCaseMs: 9000,
    confirmationMs: 30_000,
    approvalMs: 40_000,
  },
  furnish: async (opened) => {
    liar = await LyingBank.within(opened)
    return () => liar.close()
  },
})

/** The order to pay, the first and only one. */
const isTransfer = ({ method, path }: BankRequest): boolean =>
  method === 'POST' && path === '/v1/payments/instant-credit-transfers'
const isRefund = ({ path }: BankRequest): boolean => path === '/v1/refunds'
/** Everything about orders: to make one, and what became of it. */
const isOrder = ({ path }: BankRequest): boolean => !path.startsWith('/v1/mandates')

function runsOf(key: string): number {
  return hall.machine(key).thing.history().length
}

test("a payment above the mandate's limit ends uncharged", async () => {
  const payer = hall.payer('payer0', { approves: 'approve-mandate' })
  for (let payments = 0; payments < PAYMENTS_PER_DAY_MAX; payments += 1) {
    const { view, spentMinor } = await hall.spentBy('payer0', () => hall.paid(payer, 'vendor'))
    if (view.state === 'delivered') continue
    assertTold(view, { state: 'ended', reason: 'bank-limit', charged: 'no' })
    assert.equal(spentMinor, 0n)
    return
  }
  assert.fail('the mandate had no limit')
})

test('a payer without money ends uncharged', async () => {
  const { view, spentMinor } = await hall.spentBy('poor', () => hall.paid(hall.payer('poor'), 'vendor'))
  assertTold(view, { state: 'ended', reason: 'bank-no-money', charged: 'no' })
  assert.equal(spentMinor, 0n)
})

test('a slow bank is waited for, and the machine runs', async () => {
  hall.house.bankLink.slow(150)
  const { view, spentMinor } = await hall.spentBy('payer1', () => hall.paid(hall.payer('payer1'), 'vendor'))
  hall.house.bankLink.restore()
  assertTold(view, { state: 'delivered', charged: 'yes' })
  assert.equal(spentMinor, PRICE_MINOR)
})

test('a bank that is reached twice with the same order moves the money once', async () => {
  liar.manner = async (request, forward) => {
    if (request.method === 'POST' && isOrder(request)) await forward()
    return forward()
  }
  const { view, spentMinor } = await hall.spentBy('payer1', () => hall.paid(hall.payer('payer1'), 'vendor'))
  liar.speakTruth()
  assertTold(view, { state: 'delivered', charged: 'yes' })
  assert.equal(spentMinor, PRICE_MINOR)
})

test('a bank that succeeds after the payment was abandoned: all of it is paid back, and nothing runs', async () => {
  const runs = runsOf('vendor')
  liar.manner = async (request, forward) => {
    if (!isOrder(request)) return forward()
    await forward()
    return 'nothing'
  }
  const payer = hall.payer('payer1')
  const { view, spentMinor } = await hall.spentBy('payer1', async () => {
    const { paymentId } = await hall.confirmed(payer, 'vendor')
    const abandoned = await payer.until(paymentId, ['abandoned'], 30_000)
    assertTold(abandoned, { state: 'abandoned', reason: 'settled-too-late', charged: 'unknown' })
    liar.speakTruth()
    return hall.ended(payer, paymentId)
  })
  assertTold(view, { state: 'refunded', reason: 'settled-too-late', charged: 'yes' })
  assert.equal(view.refund?.state, 'paid')
  assert.equal(spentMinor, 0n)
  assert.equal(runsOf('vendor'), runs, 'the machine stood still')
})

test('a bank that is silent for long is a case, and ends uncharged once the bank says it knows nothing', async () => {
  const payer = hall.payer('payer1')
  const { view, spentMinor } = await hall.spentBy('payer1', async () => {
    const payment = await hall.claimed(payer, 'vendor')
    await payer.approve(payment.paymentId)
    liar.manner = async (request, forward) => (isOrder(request) ? 'nothing' : forward())
    const { paymentId } = payment
    await payer.sendProof(paymentId, payer.proof(await payer.options(paymentId)))
    const seen = await hall.ended(payer, paymentId)
    assertTold(seen, { state: 'case', reason: 'bank-unknown', charged: 'unknown' })
    assert.match(await hall.cases(), new RegExp(`${paymentId}.*bank-unknown`))
    liar.speakTruth()
    return until('the end', async () => {
      const now = await payer.read(paymentId)
      return now.state === 'ended' ? now : undefined
    })
  })
  assertTold(view, { state: 'ended', reason: 'bank-never-received', charged: 'no' })
  assert.equal(spentMinor, 0n)
  assert.doesNotMatch(await hall.cases(), new RegExp(view.paymentId))
})

test('a bank that reports another amount is a case, and nothing runs', async () => {
  const runs = runsOf('other')
  liar.manner = async (request, forward) => {
    const reply = await forward()
    const settledAmount = { currency: 'EUR', amount: '0.30' }
    return isOrder(request) && 'settledAmount' in reply.body
      ? { ...reply, body: { ...reply.body, settledAmount } }
      : reply
  }
  const view = await hall.paid(hall.payer('payer2'), 'other')
  liar.speakTruth()
  assertTold(view, { state: 'case', reason: 'bank-amount-differs', charged: 'unknown' })
  assert.match(await hall.cases(), new RegExp(`${view.paymentId}.*bank-amount-differs`))
  assert.equal(runsOf('other'), runs, 'the machine stood still')
})

test('an account that the bank has closed: the payment is refused and ends uncharged', async () => {
  const customer = hall.house.fleet.customers.find(({ username }) => username === 'payer4')
  const payer = hall.payer('payer4')
  const { view, spentMinor } = await hall.spentBy('payer4', async () => {
    const payment = await hall.claimed(payer, 'vendor')
    await payer.approve(payment.paymentId)
    await hall.bankStaff('close-account', customer?.iban ?? '')
    const { paymentId } = payment
    await payer.sendProof(paymentId, payer.proof(await payer.options(paymentId)))
    return hall.ended(payer, paymentId)
  })
  assertTold(view, { state: 'ended', reason: 'bank-refused', charged: 'no' })
  assert.equal(spentMinor, 0n)
})

/** Nobody hears that a payment settled before it is taken back: not by a notice, not by asking. */
function reverseAtOnce(...amount: readonly string[]): void {
  let reversed = false
  liar.holdsNotices = true
  liar.manner = async (request, forward) => {
    if (!isOrder(request) || reversed) return forward()
    if (!isTransfer(request)) return { status: 503, body: {} }
    await forward()
    const { endToEndIdentification } = JSON.parse(request.body) as { endToEndIdentification: string }
    await hall.bankStaff('reverse', endToEndIdentification, ...amount)
    reversed = true
    return forward()
  }
}

test('a payment that the bank takes back before the machine starts ends uncharged', async () => {
  const runs = runsOf('vendor')
  reverseAtOnce()
  const { view, spentMinor } = await hall.spentBy('payer3', () => hall.paid(hall.payer('payer3'), 'vendor'))
  liar.speakTruth()
  assertTold(view, { state: 'ended', reason: 'bank-reversed', charged: 'no' })
  assert.equal(spentMinor, 0n)
  assert.equal(runsOf('vendor'), runs, 'the machine stood still')
})

test('a payment of which the bank takes a part back before the machine starts: the rest is paid back', async () => {
  const runs = runsOf('vendor')
  reverseAtOnce('1.00')
  const { view, spentMinor } = await hall.spentBy('payer3', () => hall.paid(hall.payer('payer3'), 'vendor'))
  liar.speakTruth()
  assertTold(view, { state: 'refunded', reason: 'reversed-in-part', charged: 'yes' })
  assert.equal(view.reversed?.amountMinor, '100')
  assert.equal(view.refund?.money.amountMinor, '200')
  assert.equal(spentMinor, 0n)
  assert.equal(runsOf('vendor'), runs, 'the machine stood still')
})

test('a payment that the bank takes back after delivery is the matter of a person, not of the payer', async () => {
  const payer = hall.payer('payer3')
  const { view, spentMinor } = await hall.spentBy('payer3', async () => {
    const { paymentId } = await hall.paid(payer, 'vendor')
    const { orders } = await hall.payment(paymentId)
    await hall.bankStaff('reverse', orders[0]?.orderId ?? '')
    await until('the case', async () => (await hall.payment(paymentId)).case)
    return payer.read(paymentId)
  })
  assert.equal(view.state, 'delivered')
  assert.equal(spentMinor, 0n)
  assert.match(await hall.cases(), new RegExp(`${view.paymentId}.*reversed-after-delivery`))
})

test('a merchant who took out all money pays the refund from what is reserved', async () => {
  const { thing } = hall.machine('vendor')
  const payer = hall.payer('payer3')
  const { view, spentMinor } = await hall.spentBy('payer3', async () => {
    const { paymentId } = await hall.confirmed(payer, 'vendor')
    await until('a run', async () => (await payer.read(paymentId)).state === 'running' || undefined)
    const { available } = await hall.account(MERCHANTS.kiosk)
    if (available > 0n) await hall.bankStaff('withdraw', MERCHANTS.kiosk, `${String(available / 100n)}.00`)
    thing.jam()
    return hall.ended(payer, paymentId)
  })
  thing.repair()
  assert.ok(['refunded', 'partly-refunded'].includes(view.state), view.state)
  assert.equal(view.refund?.state, 'paid')
  const { outcome } = await hall.payment(view.paymentId)
  assert.equal(spentMinor, BigInt(outcome?.deliveredMin ?? 0) * 100n)
})

test('a merchant without money for the refund is a case', async () => {
  liar.manner = async (request, forward) => {
    if (!isRefund(request)) return forward()
    const { endToEndIdentification } = JSON.parse(request.body) as { endToEndIdentification: string }
    const body = {
      endToEndIdentification,
      kind: 'refund',
      transactionStatus: 'RJCT',
      reasonCode: 'AM04',
      bankReference: 'X',
    }
    return { status: 201, body }
  }
  const { thing } = hall.machine('vendor')
  thing.jam(0)
  const { view, spentMinor } = await hall.spentBy('payer3', () => hall.paid(hall.payer('payer3'), 'vendor'))
  liar.speakTruth()
  thing.repair()
  assertTold(view, { state: 'case', reason: 'refund-refused', charged: 'yes' })
  assert.equal(view.refund?.state, 'case')
  assert.equal(spentMinor, PRICE_MINOR)
  assert.match(await hall.cases(), new RegExp(`${view.paymentId}.*refund-refused`))
})

test('a refund whose answer is lost is made once', async () => {
  let lost = 0
  liar.manner = async (request, forward) => {
    const reply = await forward()
    if (!isRefund(request) || lost >= 2) return reply
    lost += 1
    return 'nothing'
  }
  const { thing } = hall.machine('vendor')
  thing.jam(0)
  const { view, spentMinor } = await hall.spentBy('payer3', () => hall.paid(hall.payer('payer3'), 'vendor'))
  liar.speakTruth()
  thing.repair()
  assertTold(view, { state: 'refunded', reason: 'machine-failed', charged: 'yes' })
  assert.equal(spentMinor, 0n)
})

test('a notification that the bank did not sign is refused', async () => {
  const news = {
    notificationId: 'a'.repeat(32),
    endToEndIdentification: 't1',
    kind: 'order',
    at: new Date().toISOString(),
  }
  const { status, code } = await hall.post('/v1/bank-notifications', JSON.stringify(news))
  assert.deepEqual({ status, code }, { status: 401, code: 'notification-unsigned' })
})

test('a bad bank broke no invariant', () => assertInvariants(hall))
