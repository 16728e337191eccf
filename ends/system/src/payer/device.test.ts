import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { startTestPostgres, type TestPostgres } from '#hosting/test-postgres.ts'
import { connectDatabase, type Sql } from '../database.ts'
import { migrate } from '../migrations.ts'
import { findDevice, forgetUnusedDevices, keepDevice } from './device.ts'
import { pseudonymOf } from './pseudonym.ts'

let database: TestPostgres
let sql: Sql

before(async () => {
  database = await startTestPostgres()
  sql = connectDatabase({ ...database, connectionsMax: 4 })
  await migrate(sql)
})
after(async () => {
  await sql.end()
  await database.stop()
})

test('forged and malformed device secrets are nobody', async () => {
  for (const text of ['', 'x', 'A'.repeat(43), 'A'.repeat(44), `${'A'.repeat(42)}=`, "' OR 1=1 --"]) {
    assert.equal(await findDevice(sql, text), null)
  }
})

test('a payer has another name for every merchant', () => {
  const first = pseudonymOf('secret', { payerId: 'p', merchantId: 'a' })
  assert.equal(first, pseudonymOf('secret', { payerId: 'p', merchantId: 'a' }))
  assert.notEqual(first, pseudonymOf('secret', { payerId: 'p', merchantId: 'b' }))
  assert.doesNotMatch(first, /p/)
})

test('a device that never paid is forgotten after a while, and no other', async () => {
  const secret = randomBytes(32)
  const old = await keepDevice(sql, secret)
  await keepDevice(sql, randomBytes(32))
  assert.equal((await keepDevice(sql, secret)).deviceId, old.deviceId)
  assert.equal(await forgetUnusedDevices(sql), 0)
  await sql`UPDATE device SET created_at = now() - interval '31 days' WHERE device_id = ${old.deviceId}`
  assert.equal(await forgetUnusedDevices(sql), 1)
  assert.equal(await findDevice(sql, secret.toString('base64url')), null)
})
