import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { currencyOf } from '#protocol/money.ts'
import { startTestPostgres, type TestPostgres } from '#hosting/test-postgres.ts'
import { randomBytes } from 'node:crypto'
import { connectDatabase, type Sql } from '../database.ts'
import { migrate } from '../migrations.ts'
import type { Payment } from '../payment/state.ts'
import type { ConfirmationBody } from './confirmation-body.ts'
import { type Device, findDevice, keepDevice } from './device.ts'
import { standingMandate } from './mandate.ts'
import { ORIGIN, approved, bankSaying, paymentOf } from './payment-example.suite.ts'
import { softwareAuthenticator } from './software-authenticator.suite.ts'
import { type Verifying, confirmationOptions, needsApproval, verifyConfirmation } from './verification.ts'

let database: TestPostgres
let sql: Sql
let verifying: Verifying
const FRAME = 'http://localhost:7000'

before(async () => {
  database = await startTestPostgres()
  sql = connectDatabase({ ...database, connectionsMax: 5 })
  await migrate(sql)
  verifying = {
    sql,
    relyingParty: { rpId: 'localhost', origin: ORIGIN, frameOrigins: [FRAME] },
    nowMs: Date.now,
  }
})
after(async () => {
  await sql.end()
  await database.stop()
})

async function again(device: Device): Promise<Device> {
  const found = await findDevice(sql, Buffer.from(device.secret).toString('base64url'))
  assert.ok(found)
  return found
}

async function challengeFor(payment: Payment, device: Device): Promise<string> {
  const result = await confirmationOptions(verifying, payment, device)
  assert.ok(result.ok, result.ok ? '' : result.code)
  const { publicKey } = result.options
  assert.ok(publicKey && 'challenge' in publicKey && typeof publicKey.challenge === 'string')
  return publicKey.challenge
}

async function confirm(payment: Payment, device: Device, body: ConfirmationBody) {
  return await verifyConfirmation(verifying, { payment, device, body })
}

/** A device whose payer has a passkey and a standing mandate. */
async function settledPayer() {
  const device = await keepDevice(sql, randomBytes(32))
  const authenticator = softwareAuthenticator()
  const payment = await approved(sql, device)
  const newPasskey = authenticator.register({
    challenge: await challengeFor(payment, device),
    origin: ORIGIN,
  })
  const result = await confirm(payment, device, { newPasskey })
  assert.ok(result.ok, result.ok ? '' : result.code)
  return { device: await again(device), authenticator, payerId: result.payerId }
}

test('without approval there is no way to confirm, and the payer is sent to the bank', async () => {
  const device = await keepDevice(sql, randomBytes(32))
  const payment = paymentOf(device)
  assert.equal(await needsApproval(verifying, payment, device), true)
  assert.deepEqual(await confirmationOptions(verifying, payment, device), {
    ok: false,
    code: 'approval-missing',
  })
  assert.deepEqual(await confirm(payment, device, { newPin: '482913' }), {
    ok: false,
    code: 'approval-missing',
  })
})

test('the first payment makes the passkey in the same go, and the second takes one touch', async () => {
  const { device, authenticator, payerId } = await settledPayer()
  const payment = paymentOf(device)
  assert.equal(await needsApproval(verifying, payment, device), false)
  assert.match((await standingMandate(sql, payment, device)) ?? '', /^[0-9a-f]{32}$/)
  const passkey = authenticator.authenticate({
    challenge: await challengeFor(payment, device),
    origin: ORIGIN,
  })
  const result = await confirm(payment, device, { passkey })
  assert.ok(result.ok)
  assert.equal(result.payerId, payerId)
  assert.equal(result.confirmation.method, 'passkey')
})

test('a confirmation serves once', async () => {
  const { device, authenticator } = await settledPayer()
  const payment = paymentOf(device)
  const passkey = authenticator.authenticate({
    challenge: await challengeFor(payment, device),
    origin: ORIGIN,
  })
  const results = await Promise.all([
    confirm(payment, device, { passkey }),
    confirm(payment, device, { passkey }),
  ])
  assert.equal(results.filter(({ ok }) => ok).length, 1)
  assert.deepEqual(await confirm(payment, device, { passkey }), {
    ok: false,
    code: 'verification-used',
    exhausted: false,
  })
  await challengeFor(payment, device)
  const replayed = await confirm(payment, device, { passkey })
  assert.equal(replayed.ok ? '' : replayed.code, 'verification-other')
})

test('a confirmation of another amount, payee, machine or payment is refused', async () => {
  const { device, authenticator } = await settledPayer()
  const changes: readonly ((payment: Payment) => Partial<Payment>)[] = [
    (payment) => ({ purchase: { ...payment.purchase, amountMinor: 251n } }),
    (payment) => ({ purchase: { ...payment.purchase, currency: currencyOf('JPY') } }),
    (payment) => ({ payee: { ...payment.payee, iban: 'DE99' } }),
    (payment) => ({ payee: { ...payment.payee, merchantId: 'other' } }),
    () => ({ machineId: 'washer-2' }),
  ]
  for (const change of changes) {
    const payment = paymentOf(device)
    const passkey = authenticator.authenticate({
      challenge: await challengeFor(payment, device),
      origin: ORIGIN,
    })
    const altered = { ...payment, ...change(payment) }
    const result = await confirm(altered, device, { passkey })
    assert.ok(['verification-other', 'approval-missing'].includes(result.ok ? '' : result.code))
  }
  const first = paymentOf(device)
  const passkey = authenticator.authenticate({ challenge: await challengeFor(first, device), origin: ORIGIN })
  const second = paymentOf(device)
  await challengeFor(second, device)
  const moved = await confirm(second, device, { passkey })
  assert.equal(moved.ok ? '' : moved.code, 'verification-other')
})

const ceremonies: readonly [string, object][] = [
  ['without user verification', { userVerified: false }],
  ['from another site', { origin: 'https://evil.example' }],
  ['for another relying party', { rpId: 'evil.example' }],
  ['in a frame of a foreign page', { topOrigin: 'https://evil.example' }],
  ['with a counter that did not go on', { sameCounter: true }],
]
for (const [name, change] of ceremonies) {
  test(`a passkey answer ${name} is refused`, async () => {
    const { device, authenticator } = await settledPayer()
    const payment = paymentOf(device)
    const challenge = await challengeFor(payment, device)
    const passkey = authenticator.authenticate({ challenge, origin: ORIGIN, ...change })
    const result = await confirm(payment, device, { passkey })
    assert.equal(result.ok ? '' : result.code, 'verification-wrong')
    assert.equal(result.ok ? 0 : result.triesLeft, 4)
  })
}

test('a passkey answer in a frame of a page from the settings is taken', async () => {
  const { device, authenticator } = await settledPayer()
  const payment = paymentOf(device)
  const challenge = await challengeFor(payment, device)
  const passkey = authenticator.authenticate({ challenge, origin: ORIGIN, topOrigin: FRAME })
  assert.equal((await confirm(payment, device, { passkey })).ok, true)
})

test("another payer's passkey, and one that nobody knows, are refused", async () => {
  const [alice, bob] = [await settledPayer(), await settledPayer()]
  for (const authenticator of [bob.authenticator, softwareAuthenticator()]) {
    const payment = paymentOf(alice.device)
    const challenge = await challengeFor(payment, alice.device)
    const result = await confirm(payment, alice.device, {
      passkey: authenticator.authenticate({ challenge, origin: ORIGIN }),
    })
    assert.equal(result.ok ? '' : result.code, 'passkey-unknown')
  }
})

test('tries of one payment run out, and it is to end', async () => {
  const { device, authenticator } = await settledPayer()
  const payment = paymentOf(device)
  const challenge = await challengeFor(payment, device)
  for (let left = 4; left >= 0; left -= 1) {
    const passkey = authenticator.authenticate({ challenge, origin: ORIGIN, userVerified: false })
    const result = await confirm(payment, device, { passkey })
    assert.ok(!result.ok)
    assert.equal(result.triesLeft, left)
    assert.equal(result.exhausted, left === 0)
  }
  const passkey = authenticator.authenticate({ challenge, origin: ORIGIN })
  assert.equal((await confirm(payment, device, { passkey })).ok, false)
})

test('a PIN: made at the first payment, used at the next, locked after five wrong ones on this device alone', async () => {
  const device = await keepDevice(sql, randomBytes(32))
  const first = await confirm(await approved(sql, device), device, { newPin: '482913' })
  assert.ok(first.ok)
  const [row] = await sql<
    { pin_hash: string }[]
  >`SELECT pin_hash FROM device WHERE device_id = ${device.deviceId}`
  assert.match(row?.pin_hash ?? '', /^\$argon2id\$/)
  const known = await again(device)
  const payment = paymentOf(known)
  const options = await confirmationOptions(verifying, payment, known)
  assert.deepEqual(options.ok && options.options, { method: 'pin', pinAllowed: true })
  const wrong = await confirm(payment, known, { pin: '482914' })
  assert.deepEqual(wrong, { ok: false, code: 'verification-wrong', triesLeft: 4, exhausted: false })
  const right = await confirm(payment, known, { pin: '482913' })
  assert.equal(right.ok && right.payerId, first.payerId)

  const guesses = await Promise.all(
    Array.from({ length: 12 }, async (_, guess) => {
      const result = await confirm(paymentOf(known), known, { pin: String(100_000 + guess) })
      return result.ok ? 'right' : result.code
    }),
  )
  assert.equal(guesses.filter((code) => code === 'verification-wrong').length, 5)
  assert.equal(guesses.filter((code) => code === 'pin-locked').length, 7)
  const locked = await again(device)
  assert.equal(locked.pinTriesLeft, 0)
  assert.equal(await needsApproval(verifying, paymentOf(locked), locked), true)
  const result = await confirm(paymentOf(locked), locked, { pin: '482913' })
  assert.equal(result.ok ? '' : result.code, 'pin-locked')
  const renewed = await confirm(await approved(sql, locked), locked, { newPin: '771204' })
  assert.equal(renewed.ok && renewed.payerId, first.payerId)
  assert.equal((await again(device)).pinTriesLeft, 5)
})

for (const pin of ['12345', '1234567', '12345a', '', '１２３４５６']) {
  test(`"${pin}" is no PIN, and costs no try`, async () => {
    const device = await keepDevice(sql, randomBytes(32))
    const result = await confirm(await approved(sql, device), device, { newPin: pin })
    assert.deepEqual(result, { ok: false, code: 'verification-malformed' })
  })
}

test('a new PIN or passkey without a fresh approval is refused', async () => {
  const { device } = await settledPayer()
  const payment = paymentOf(device)
  assert.deepEqual(await confirm(payment, device, { newPin: '111222' }), {
    ok: false,
    code: 'enrolment-refused',
  })
})

test("whoever approves with another bank account on a found phone gets nothing of its owner's mandates", async () => {
  const { device, payerId } = await settledPayer()
  const payment = await approved(
    sql,
    device,
    bankSaying({ debtorPseudonym: 'mallory-at-bank', scope: 'one-payment' }),
  )
  const result = await confirm(payment, device, { newPin: '482913' })
  assert.ok(result.ok)
  assert.notEqual(result.payerId, payerId)
  assert.equal(await standingMandate(sql, paymentOf(device), await again(device)), null)
})

test('a passkey carries its payer to another device', async () => {
  const { authenticator, payerId } = await settledPayer()
  const device = await keepDevice(sql, randomBytes(32))
  const payment = await approved(sql, device)
  const challenge = await challengeFor(payment, device)
  const result = await confirm(payment, device, {
    passkey: authenticator.authenticate({ challenge, origin: ORIGIN }),
  })
  assert.equal(result.ok && result.payerId, payerId)
  assert.notEqual(await standingMandate(sql, paymentOf(device), await again(device)), null)
})
