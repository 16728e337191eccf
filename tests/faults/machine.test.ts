import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHARGER, VENDOR, WASHER } from './fleet.ts'
import { assertInvariants, assertTold, until, useHall } from './hall.ts'

/** Machines that fail once they are paid for, and what people say about them afterwards. */

const PRICE_MINOR = 300n
const UNIT_MINOR = 100n
const SENSING: typeof VENDOR = {
  ...VENDOR,
  key: 'sensing',
  name: 'Vendor with a sensor',
  thing: { ...VENDOR.thing, coinUnits: 0, evidence: 'sensor' },
}
/** Takes three seconds for its three units. */
const SLOW: typeof VENDOR = {
  ...VENDOR,
  key: 'slow',
  name: 'Slow vendor',
  products: [
    { id: 1, name: 'Cakes', mode: 'sale', priceMinor: 300n, units: 3, unit: 'piece', maxDurationS: 6 },
  ],
  thing: { ...VENDOR.thing, coinUnits: 0, unitDurationMs: 1000 },
}
const COMPLAINTS_PER_DAY = 2
const hall = useHall({
  machines: [VENDOR, SENSING, SLOW, CHARGER, { ...WASHER, key: 'idle' }],
  systemTimes: { silenceRefundMs: 3000 },
  systemLimits: { complaintsPerDayPerPayer: COMPLAINTS_PER_DAY },
})

test('a machine that jams at once: all of it is paid back', async () => {
  const { thing } = hall.machine('vendor')
  thing.jam(0)
  const { view, spentMinor } = await hall.spentBy('payer0', () => hall.paid(hall.payer('payer0'), 'vendor'))
  thing.repair()
  assertTold(view, { state: 'refunded', reason: 'machine-failed', charged: 'yes' })
  assert.equal(view.refund?.state, 'paid')
  assert.equal(spentMinor, 0n)
})

test('a machine that delivers a part: the rest is paid back, to the cent', async () => {
  const { thing } = hall.machine('vendor')
  thing.deliverOnly(1)
  const { view, spentMinor } = await hall.spentBy('payer0', () => hall.paid(hall.payer('payer0'), 'vendor'))
  thing.repair()
  assertTold(view, { state: 'partly-refunded', reason: 'partly-delivered', charged: 'yes' })
  assert.deepEqual(view.delivered, { units: 1, of: 3, unit: 'piece' })
  assert.equal(spentMinor, UNIT_MINOR)
})

test('a plug pulled in mid-run: what was not delivered is paid back', async () => {
  const machine = hall.machine('slow')
  const payer = hall.payer('payer0')
  const { view, spentMinor } = await hall.spentBy('payer0', async () => {
    const { paymentId } = await hall.confirmed(payer, 'slow')
    await until('a unit', () =>
      (machine.thing.history().at(-1)?.deliveredUnits ?? 0) > 0 ? true : undefined,
    )
    await machine.pullPlug()
    await machine.putBackPlug()
    return hall.ended(payer, paymentId)
  })
  assert.equal(view.reason, 'interrupted')
  assert.ok(['refunded', 'partly-refunded'].includes(view.state), view.state)
  const { outcome } = await hall.payment(view.paymentId)
  assert.equal(spentMinor, BigInt(outcome?.deliveredMin ?? 0) * UNIT_MINOR)
  assert.ok((outcome?.deliveredMin ?? 3) < 3)
})

test('a machine that falls silent is paid back by policy, and what it says later is the loss of the merchant', async () => {
  const machine = hall.machine('slow')
  const payer = hall.payer('payer1')
  const { view, spentMinor } = await hall.spentBy('payer1', async () => {
    const { paymentId } = await hall.confirmed(payer, 'slow')
    await payer.until(paymentId, ['running'], 20_000)
    machine.link.cut()
    return hall.ended(payer, paymentId)
  })
  assertTold(view, { state: 'refunded', reason: 'silence', charged: 'yes' })
  assert.equal(spentMinor, 0n)
  const before = await hall.purse('payer1')
  machine.link.restore()
  const told = await until('the late report', async () => {
    const payment = await hall.payment(view.paymentId)
    return payment.outcome ? payment : undefined
  })
  assert.equal(told.outcome?.result, 'delivered')
  assert.equal(told.lossMinor, PRICE_MINOR)
  assertTold(await payer.read(view.paymentId), { state: 'refunded', reason: 'silence', charged: 'yes' })
  assert.deepEqual(await hall.purse('payer1'), before, 'nobody is charged again')
})

test('"it did not run" is believed where no sensor says otherwise', async () => {
  hall.machine('vendor').thing.lieOnce()
  const payer = hall.payer('payer2')
  const { view, spentMinor } = await hall.spentBy('payer2', async () => {
    const { paymentId, state, canComplain } = await hall.paid(payer, 'vendor')
    assert.deepEqual({ state, canComplain }, { state: 'delivered', canComplain: true })
    await payer.act(paymentId, 'complaint')
    return until('the refund', async () => {
      const now = await payer.read(paymentId)
      return now.state === 'refunded' ? now : undefined
    })
  })
  assertTold(view, { state: 'refunded', reason: 'did-not-run', charged: 'yes' })
  assert.equal(spentMinor, 0n)
})

test('"it did not run" against a sensor is a case', async () => {
  const payer = hall.payer('payer3')
  const { view, spentMinor } = await hall.spentBy('payer3', async () => {
    const { paymentId } = await hall.paid(payer, 'sensing')
    await payer.act(paymentId, 'complaint')
    return hall.ended(payer, paymentId)
  })
  assertTold(view, { state: 'case', reason: 'complaint', charged: 'yes' })
  assert.equal(spentMinor, PRICE_MINOR)
  assert.match(await hall.cases(), new RegExp(`${view.paymentId}.*complaint`))
})

test('"it did not run" said too often is a case', async () => {
  const payer = hall.payer('payer4', { approves: 'approve-mandate' })
  const states: string[] = []
  for (let said = 0; said <= COMPLAINTS_PER_DAY; said += 1) {
    const { paymentId } = await hall.paid(payer, 'vendor')
    await payer.act(paymentId, 'complaint')
    const over = await until('the answer', async () => {
      const { state } = await payer.read(paymentId)
      return state === 'refunded' || state === 'case' ? state : undefined
    })
    states.push(over)
  }
  assert.deepEqual(states, ['refunded', 'refunded', 'case'])
})

test('a charger is paid for what its meter says, and stops when it is told', async () => {
  const payer = hall.payer('payer5')
  const { view, spentMinor, heldMinor } = await hall.spentBy('payer5', async () => {
    const { paymentId } = await hall.confirmed(payer, 'charger')
    await until('a unit', () =>
      (hall.machine('charger').thing.history().at(-1)?.deliveredUnits ?? 0) > 0 ? true : undefined,
    )
    await payer.act(paymentId, 'stop')
    return hall.ended(payer, paymentId)
  })
  assertTold(view, { state: 'delivered', charged: 'yes' })
  const units = BigInt(hall.machine('charger').thing.history().at(-1)?.deliveredUnits ?? 0)
  assert.ok(units < 8n, 'it stopped before its most')
  assert.equal(spentMinor, units * 45n)
  assert.equal(heldMinor, 0n)
})

test('a charger that delivers nothing: what was held is let go', async () => {
  const { thing } = hall.machine('charger')
  thing.jam(0)
  const { view, spentMinor, heldMinor } = await hall.spentBy('payer5', () =>
    hall.paid(hall.payer('payer5'), 'charger'),
  )
  thing.repair()
  assert.deepEqual([view.state, view.charged], ['ended', 'no'])
  assert.deepEqual([spentMinor, heldMinor], [0n, 0n])
})

test('staff start a machine free of charge, and it is no payment', async () => {
  const count = await hall.countPayments()
  const { thing, chipId } = hall.machine('sensing')
  const runs = thing.history().length
  const said = await hall.staff('free-start', chipId, '1', 'for the inspector')
  const startId = /payment ([0-9a-f]{32})/.exec(said)?.[1] ?? ''
  await until('the run', () => (thing.history().length > runs ? true : undefined))
  await until('its end in the books', async () => {
    const told = await hall.staff('payment', startId)
    return /delivered, 3 of 3/.test(told) ? told : undefined
  })
  assert.equal(await hall.countPayments(), count)
})

test('a machine switched off after the payment is paid back or has run, never neither', async () => {
  const payer = hall.payer('payer0')
  const { view, spentMinor } = await hall.spentBy('payer0', async () => {
    const { paymentId } = await hall.confirmed(payer, 'sensing')
    await hall.staff('disable', 'machine', 'sensing')
    return hall.ended(payer, paymentId)
  })
  await hall.staff('enable', 'machine', 'sensing')
  assert.ok(['delivered', 'refunded', 'ended'].includes(view.state), view.state)
  assert.equal(spentMinor, view.state === 'delivered' ? PRICE_MINOR : 0n)
})

test('bad machines broke no invariant', () => assertInvariants(hall))
