import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBase64url } from '#protocol'
import { currencyOf } from '#protocol/money.ts'
import { bindingOf } from '#system/payer/binding.ts'
import { NotCharged } from '../payer/payer.ts'
import { MERCHANTS, VENDOR } from './fleet.ts'
import { assertInvariants, assertTold, useHall } from './hall.ts'

/** Verifications (S4, S5) that are not good for exactly this payment. */

const PIN_WRONG = '000000'
const PIN_TRIES = 5
const hall = useHall({
  machines: [VENDOR, { ...VENDOR, key: 'other', name: 'Other vendor', merchantId: 'suds' }],
  systemTimes: { confirmationMs: 9000, approvalMs: 15_000 },
})

function refusedAs(...codes: readonly string[]): (error: unknown) => boolean {
  return (error) => error instanceof NotCharged && codes.includes(error.code)
}

/** Someone who has paid here before and confirms with what their phone keeps. */
async function regular(username: string, confirmsWith: 'passkey' | 'pin') {
  const payer = hall.payer(username, { confirmsWith, approves: 'approve-mandate' })
  assertTold(await hall.paid(payer, 'vendor'), { state: 'delivered', charged: 'yes' })
  return payer
}

/** The challenge as it would be for a payment that differs in something, which only a forger would make. */
async function signedFor(
  payer: Awaited<ReturnType<typeof regular>>,
  paymentId: string,
  changes: (payment: Awaited<ReturnType<typeof hall.payment>>) => object,
): Promise<object> {
  const options = await payer.options(paymentId)
  const payment = await hall.payment(paymentId)
  const nonce = await hall.nonce(paymentId)
  const other = { ...payment, ...changes(payment) }
  const challenge = toBase64url(bindingOf(other, nonce))
  const publicKey = { ...(options['publicKey'] as object), challenge }
  return payer.proof({ ...options, publicKey })
}

test('a verification for another amount is refused, and nothing is charged', async () => {
  const payer = await regular('payer0', 'passkey')
  const purse = await hall.purse('payer0')
  const { paymentId } = await hall.claimed(payer, 'vendor')
  const proof = await signedFor(payer, paymentId, ({ purchase }) => ({
    purchase: { ...purchase, amountMinor: 1n, currency: currencyOf('EUR') },
  }))
  await assert.rejects(payer.sendProof(paymentId, proof), refusedAs('verification-other'))
  await payer.act(paymentId, 'cancellation')
  assertTold(await payer.read(paymentId), { state: 'ended', reason: 'cancelled', charged: 'no' })
  assert.deepEqual(await hall.purse('payer0'), purse)
})

test('a verification for another payee is refused, and nothing is charged', async () => {
  const payer = await regular('payer1', 'passkey')
  const purse = await hall.purse('payer1')
  const { paymentId } = await hall.claimed(payer, 'vendor')
  const proof = await signedFor(payer, paymentId, ({ payee }) => ({
    payee: { ...payee, iban: MERCHANTS.suds },
  }))
  await assert.rejects(payer.sendProof(paymentId, proof), refusedAs('verification-other'))
  await payer.act(paymentId, 'cancellation')
  assert.deepEqual(await hall.purse('payer1'), purse)
})

test('a verification that was used before is refused for the next payment', async () => {
  const payer = await regular('payer2', 'passkey')
  const first = await hall.claimed(payer, 'vendor')
  const proof = payer.proof(await payer.options(first.paymentId))
  await payer.sendProof(first.paymentId, proof)
  assertTold(await hall.ended(payer, first.paymentId), { state: 'delivered', charged: 'yes' })
  await assert.rejects(
    payer.sendProof(first.paymentId, proof),
    refusedAs('state-passed', 'verification-used'),
  )
  const purse = await hall.purse('payer2')
  const second = await hall.claimed(payer, 'vendor')
  await payer.options(second.paymentId)
  await assert.rejects(payer.sendProof(second.paymentId, proof), refusedAs('verification-other'))
  await payer.act(second.paymentId, 'cancellation')
  assert.deepEqual(await hall.purse('payer2'), purse)
})

test('a verification that comes too late is refused, and nothing is charged', async () => {
  const payer = await regular('payer3', 'pin')
  const purse = await hall.purse('payer3')
  const { paymentId } = await hall.claimed(payer, 'vendor')
  const proof = payer.proof(await payer.options(paymentId))
  assertTold(await hall.ended(payer, paymentId), {
    state: 'ended',
    reason: 'confirmation-timeout',
    charged: 'no',
  })
  await assert.rejects(payer.sendProof(paymentId, proof), refusedAs('state-passed'))
  assert.deepEqual(await hall.purse('payer3'), purse)
  assert.equal((await hall.payment(paymentId)).orders.length, 0)
})

test('a wrong PIN may be tried again; wrong too often, the payment ends uncharged and the PIN is locked', async () => {
  const payer = await regular('payer4', 'pin')
  const purse = await hall.purse('payer4')
  const { paymentId } = await hall.claimed(payer, 'vendor')
  await payer.options(paymentId)
  const wrong = refusedAs('verification-wrong', 'pin-locked')
  for (let tried = 0; tried < PIN_TRIES; tried += 1)
    await assert.rejects(payer.sendProof(paymentId, { pin: PIN_WRONG }), wrong)
  assertTold(await hall.ended(payer, paymentId), {
    state: 'ended',
    reason: 'verification-failed',
    charged: 'no',
  })
  assert.deepEqual(await hall.purse('payer4'), purse)
  const next = await hall.claimed(payer, 'vendor')
  assert.equal(next.needsApproval, true, 'the PIN opens nothing any more on this phone')
  await payer.act(next.paymentId, 'cancellation')
})

test('one wrong PIN does not hinder the right one', async () => {
  const payer = await regular('payer5', 'pin')
  const { paymentId } = await hall.claimed(payer, 'vendor')
  const right = payer.proof(await payer.options(paymentId))
  await assert.rejects(payer.sendProof(paymentId, { pin: PIN_WRONG }), refusedAs('verification-wrong'))
  await payer.sendProof(paymentId, right)
  assertTold(await hall.ended(payer, paymentId), { state: 'delivered', charged: 'yes' })
})

test("nobody else's phone reads or confirms a payment", async () => {
  const payer = await regular('payer0', 'pin')
  const { paymentId } = await hall.claimed(payer, 'other')
  const stranger = hall.payer('payer1')
  await assert.rejects(stranger.read(paymentId), refusedAs('payment-unknown'))
  await stranger
    .claim(await hall.code('vendor'))
    .then(({ paymentId: own }) => stranger.act(own, 'cancellation'))
  await assert.rejects(stranger.sendProof(paymentId, { pin: PIN_WRONG }), refusedAs('payment-unknown'))
  await payer.act(paymentId, 'cancellation')
})

test('an approval that the payer refuses at the bank ends the payment uncharged', async () => {
  const payer = hall.payer('payer5', { approves: 'refuse' })
  const { paymentId } = await hall.claimed(payer, 'other')
  await payer.approve(paymentId)
  assertTold(await hall.ended(payer, paymentId), {
    state: 'ended',
    reason: 'approval-refused',
    charged: 'no',
  })
})

test('bad confirmations broke no invariant', () => assertInvariants(hall))
