import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestPostgres, type TestPostgres } from '#hosting/test-postgres.ts'
import { connectDatabase, type Sql } from '../database.ts'
import { migrate } from '../migrations.ts'
import { journalSuite } from './journal.suite.ts'
import { PostgresJournal } from './journal-postgres.ts'

let database: TestPostgres
let sql: Sql

before(async () => {
  database = await startTestPostgres()
  sql = connectDatabase({ ...database, connectionsMax: 5 })
  await migrate(sql)
})
after(async () => {
  await sql.end()
  await database.stop()
})

journalSuite('PostgreSQL', async () => new PostgresJournal(sql))

test('PostgreSQL: the journal refuses to be changed or shortened', async () => {
  await assert.rejects(sql`UPDATE payment_event SET event_text = '{}'`, /append-only/)
  await assert.rejects(sql`DELETE FROM ledger_posting`, /append-only/)
})

test('PostgreSQL: debits equal credits, and each entry carries the link of the one before', async () => {
  const [sums] = await sql<{ debit: string; credit: string }[]>`
    SELECT sum(debit_minor) AS debit, sum(credit_minor) AS credit FROM ledger_posting`
  assert.equal(sums?.debit, sums?.credit)
  const [broken] = await sql<{ broken: number }[]>`
    SELECT count(*)::int AS broken FROM payment_event e
    LEFT JOIN payment_event p ON p.payment_id = e.payment_id AND p.version = e.version - 1
    WHERE e.version > 1 AND p.hash IS DISTINCT FROM e.prev_hash`
  assert.equal(broken?.broken, 0)
})
