import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { currencyOf } from '#protocol/money.ts'
import { startTestPostgres, type TestPostgres } from '#hosting/test-postgres.ts'
import { connectDatabase, type Sql } from '../database.ts'
import { migrate } from '../migrations.ts'
import { keepDevice } from './device.ts'
import { askApproval, standingMandate, storeMandate } from './mandate.ts'
import { ORIGIN, approved, bankSaying, paymentOf } from './payment-example.suite.ts'
import { type Verifying, needsApproval, verifyConfirmation } from './verification.ts'

let database: TestPostgres
let sql: Sql
let verifying: Verifying

before(async () => {
  database = await startTestPostgres()
  sql = connectDatabase({ ...database, connectionsMax: 5 })
  await migrate(sql)
  verifying = { sql, relyingParty: { rpId: 'localhost', origin: ORIGIN, frameOrigins: [] }, nowMs: Date.now }
})
after(async () => {
  await sql.end()
  await database.stop()
})

test('a standing mandate does not serve above its limit, in another currency, or once it is revoked', async () => {
  const made = await keepDevice(sql, randomBytes(32))
  const body = { newPin: '482913' }
  const first = await verifyConfirmation(verifying, {
    payment: await approved(sql, made),
    device: made,
    body,
  })
  assert.ok(first.ok)
  const device = { ...made, payerId: first.payerId }
  const dear = paymentOf(device)
  const purchase = { ...dear.purchase, amountMinor: 501n }
  assert.equal(await standingMandate(sql, { ...dear, purchase }, device), null)
  assert.equal(
    await standingMandate(
      sql,
      { ...dear, purchase: { ...dear.purchase, currency: currencyOf('KWD') } },
      device,
    ),
    null,
  )
  const mandateId = await standingMandate(sql, dear, device)
  assert.ok(mandateId)
  assert.equal(await askApproval(sql, bankSaying({ status: 'revokedByPsu' }), mandateId), false)
  assert.equal(await needsApproval(verifying, dear, device), true)
})

test('a repeated approval sends the same bytes, and there are not endlessly many', async () => {
  const device = await keepDevice(sql, randomBytes(32))
  const payment = paymentOf(device)
  const ask = () =>
    storeMandate(sql, { payment, device, redirectUri: `${ORIGIN}/return`, language: 'en', nowMs: Date.now() })
  const [first, second] = await Promise.all([ask(), ask()])
  assert.deepEqual(first, second)
  for (let round = 0; round < 5; round += 1) {
    const request = await ask()
    if (request !== null) await askApproval(sql, bankSaying({ status: 'rejected' }), request.mandateId)
  }
  assert.equal(await ask(), null)
})
