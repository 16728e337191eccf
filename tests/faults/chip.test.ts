import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { PaymentId } from '#protocol'
import type { EndReason } from '#system/payment/reason.ts'
import { NotCharged } from '../payer/payer.ts'
import { VENDOR } from './fleet.ts'
import { assertInvariants, assertRefused, assertTold, until, useHall } from './hall.ts'
import { RogueChip } from './rogue-chip.ts'

/** Chips that do not answer, answer late, say no, or answer something else than they were asked. */

const SLOW: typeof VENDOR = {
  ...VENDOR,
  key: 'slow',
  name: 'Slow vendor',
  products: [
    { id: 1, name: 'Cake', mode: 'sale', priceMinor: 300n, units: 1, unit: 'piece', maxDurationS: 20 },
  ],
  thing: { ...VENDOR.thing, coinUnits: 0, unitDurationMs: 8000 },
}
/** The broker tells of so many within half a minute. */
const TAKEOVERS_THAT_TELL = 4
let rogue: RogueChip
const hall = useHall({
  machines: [
    VENDOR,
    SLOW,
    { ...VENDOR, key: 'rogue', name: 'Rogue' },
    { ...VENDOR, key: 'noisy', name: 'Noisy' },
  ],
  systemTimes: { chipAnswerMs: 3000, chipResendMs: 1000 },
  furnish: async (opened) => {
    rogue = await RogueChip.instead(opened, 'rogue')
    return () => rogue.close()
  },
})

/** Ended before S6, with this reason: nothing left the payer's account, and the merchant got nothing. */
async function assertUncharged(key: string, reason: EndReason): Promise<void> {
  const purse = await hall.purse('payer0')
  const payer = hall.payer('payer0')
  const asked = await hall.claimed(payer, key)
  if (asked.state === 'confirm') await payer.confirm(asked).catch(() => undefined)
  const view = await hall.ended(payer, asked.paymentId)
  assertTold(view, { state: 'ended', reason, charged: 'no' })
  assert.deepEqual(await hall.purse('payer0'), purse)
  const { orders, endReason } = await hall.payment(view.paymentId)
  assert.deepEqual({ orders, endReason }, { orders: [], endReason: reason })
}

/** Until the chip is heard again: somebody's claim gets past the chip check. */
async function heardAgain(key: string): Promise<void> {
  await until(`an answer of ${key}`, async () => {
    const payer = hall.payer('payer5')
    try {
      const seen = await hall.claimed(payer, key)
      if (seen.state !== 'confirm') return undefined
      await payer.act(seen.paymentId, 'cancellation')
      return true
    } catch (error) {
      if (error instanceof NotCharged) return undefined
      throw error
    }
  })
}

test('a chip that is offline ends the payment uncharged', async () => {
  hall.machine('vendor').link.cut()
  await assertUncharged('vendor', 'chip-silent')
  hall.machine('vendor').link.restore()
  await heardAgain('vendor')
})

test('a chip that answers too late ends the payment uncharged', async () => {
  hall.machine('vendor').cable?.slow(2500)
  await assertUncharged('vendor', 'chip-silent')
  hall.machine('vendor').link.restore()
  await heardAgain('vendor')
})

test('a busy machine ends the payment uncharged', async () => {
  await hall.staff('free-start', hall.machine('slow').chipId, '1', 'shown to a visitor')
  await until('a running machine', () => (hall.machine('slow').thing.state() === 'busy' ? true : undefined))
  await assertUncharged('slow', 'machine-busy')
})

test('a machine that a coin has taken ends the payment uncharged', async () => {
  assert.ok(hall.machine('vendor').thing.insertCoin())
  await assertUncharged('vendor', 'machine-in-use')
  hall.machine('vendor').thing.breakDown()
  hall.machine('vendor').thing.repair()
})

test('a coin inserted while a payment has the machine is not taken', async () => {
  const payer = hall.payer('payer1')
  const payment = await hall.claimed(payer, 'vendor')
  assert.equal(hall.machine('vendor').thing.insertCoin(), false)
  await payer.confirm(payment)
  assertTold(await hall.ended(payer, payment.paymentId), { state: 'delivered', charged: 'yes' })
})

test('a coin that got in between the two checks ends the payment uncharged', async () => {
  const purse = await hall.purse('payer1')
  const payer = hall.payer('payer1')
  const payment = await hall.claimed(payer, 'vendor')
  const { thing } = hall.machine('vendor')
  thing.inhibitCoins(false)
  assert.ok(thing.insertCoin())
  await payer.confirm(payment).catch(() => undefined)
  const ended = await hall.ended(payer, payment.paymentId)
  assertTold(ended, { state: 'ended', reason: 'machine-in-use', charged: 'no' })
  assert.deepEqual(await hall.purse('payer1'), purse)
  thing.breakDown()
  thing.repair()
})

test('a chip that restarted between the two checks ends the payment uncharged', async () => {
  const purse = await hall.purse('payer1')
  const payer = hall.payer('payer1')
  const payment = await hall.claimed(payer, 'vendor')
  await payer.approve(payment.paymentId)
  await hall.machine('vendor').chip.kill()
  await hall.machine('vendor').chip.start()
  await payer.sendProof(payment.paymentId, payer.proof(await payer.options(payment.paymentId)))
  const ended = await hall.ended(payer, payment.paymentId)
  assert.ok(
    ['chip-rebooted', 'reservation-lost', 'chip-not-issued'].includes(ended.reason ?? ''),
    ended.reason,
  )
  assert.deepEqual({ state: ended.state, charged: ended.charged }, { state: 'ended', charged: 'no' })
  assert.deepEqual(await hall.purse('payer1'), purse)
})

test('a chip that answers for another payment ends this one uncharged', async () => {
  const other = PaymentId.fromBytes(new Uint8Array(randomBytes(PaymentId.lengthBytes)))
  rogue.manners = { onCheck: (_check, honest) => [{ ...honest, paymentId: other }] }
  await assertUncharged('rogue', 'chip-silent')
})

test('a chip that answers about another code ends the payment uncharged', async () => {
  rogue.manners = { onCheck: (_check, honest) => [{ ...honest, codeHash: rogue.hash(rogue.code()) }] }
  await assertUncharged('rogue', 'chip-answer-differs')
})

test('a chip that answers to an old challenge ends the payment uncharged', async () => {
  let first: string | undefined
  rogue.manners = {
    onCheck: (check, honest) => {
      first ??= check.nonce
      return [{ ...honest, nonce: first as typeof check.nonce }]
    },
  }
  await assertUncharged('rogue', 'chip-silent')
})

test('a chip that answers with another amount ends the payment uncharged', async () => {
  rogue.manners = { onCheck: (_check, honest) => [{ ...honest, amountMinor: 1n }] }
  await assertUncharged('rogue', 'chip-answer-differs')
})

test('a chip that issues a code over another amount ends the payment uncharged', async () => {
  rogue.manners = {
    onIssueRequest: ({ chipId, requestId }) => [
      { name: 'issue-answer', chipId, requestId, refusal: 'none', code: rogue.code({ amountMinor: 30n }) },
    ],
  }
  await assertUncharged('rogue', 'chip-answer-differs')
})

test('a chip that answers everything twice is paid once', async () => {
  const purse = await hall.purse('payer2')
  rogue.manners = {
    onCheck: (_check, honest) => [honest, honest],
    onCommand: (_command, honest) => [
      honest,
      honest,
      { ...honest, result: 'failed', deliveredMin: 0, deliveredMax: 0, sequence: honest.sequence + 1000 },
    ],
  }
  const payer = hall.payer('payer2')
  const view = await hall.paid(payer, 'rogue')
  assertTold(view, { state: 'delivered', charged: 'yes' })
  assert.equal((await hall.purse('payer2')).available, purse.available - 300n)
  const { orders, outcome } = await hall.payment(view.paymentId)
  assert.deepEqual(
    orders.map(({ kind, status }) => [kind, status]),
    [['transfer', 'settled']],
  )
  assert.equal(outcome?.result, 'delivered')
})

test('oversized and malformed messages of a chip change nothing', async () => {
  const noisy = await RogueChip.instead(hall, 'noisy')
  const good = noisy.code()
  const noise = [randomBytes(40), Buffer.from([0xd2, 0x84]), good.subarray(0, -1), good, randomBytes(5000)]
  for (const bytes of noise) await noisy.sayBytes(new Uint8Array(bytes))
  await noisy.close()
  const again = await RogueChip.instead(hall, 'noisy')
  try {
    assertTold(await hall.paid(hall.payer('payer2'), 'noisy'), { state: 'delivered', charged: 'yes' })
  } finally {
    await again.close()
  }
})

test('a chip that there are two of is held back until staff have looked', async () => {
  const payer = hall.payer('payer2')
  const twins: RogueChip[] = []
  try {
    // Each takes the place of the one before, which has spoken, is alive, and answers its end.
    for (let turns = 0; turns <= TAKEOVERS_THAT_TELL; turns += 1) {
      const twin = await RogueChip.instead(hall, 'noisy')
      twins.push(twin)
      await twin.sayBytes(twin.code())
    }
    await until('a refusal', async () => {
      try {
        await payer.act((await payer.claim(await hall.code('noisy'))).paymentId, 'cancellation')
        return undefined
      } catch (error) {
        return (error instanceof NotCharged && error.code === 'chip-quarantined') || undefined
      }
    })
    await assertRefused(hall, async () => payer.claim(await hall.code('noisy')), 'chip-quarantined')
    await hall.staff('quarantine-lift', hall.machine('noisy').chipId)
    await heardAgain('noisy')
    assertTold(await hall.paid(payer, 'noisy'), { state: 'delivered', charged: 'yes' })
  } finally {
    for (const twin of twins) await twin.close()
  }
})

test("a revoked chip's report becomes a case", async () => {
  rogue.manners = { onCommand: () => [] }
  const payer = hall.payer('payer3')
  const { paymentId } = await hall.confirmed(payer, 'rogue')
  await payer.until(paymentId, ['running'], 20_000)
  await hall.staff('revoke-chip', rogue.chipId)
  const { command, purchase } = await hall.payment(paymentId)
  assert.ok(command)
  const seen = await until('the case', async () => {
    await rogue.say({
      name: 'outcome',
      chipId: rogue.chipId,
      commandId: command.commandId,
      paymentId: PaymentId.of(paymentId),
      result: 'delivered',
      deliveredMin: purchase.units,
      deliveredMax: purchase.units,
      ordered: purchase.units,
      evidence: 'acknowledged',
      reason: '',
      sequence: 5000,
    })
    const view = await payer.read(paymentId)
    return view.state === 'case' ? view : undefined
  })
  assertTold(seen, { state: 'case', reason: 'revoked-chip-outcome', charged: 'yes' })
  assert.match(await hall.cases(), new RegExp(`${paymentId}.*revoked-chip-outcome`))
})

test('bad chips broke no invariant', () => assertInvariants(hall))
