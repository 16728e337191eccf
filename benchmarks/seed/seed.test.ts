import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import postgres from 'postgres'
import { startTestPostgres } from '#hosting/test-postgres.ts'
import { carryOut } from '#system/staff/carry-out.ts'
import { CASE_REASONS, END_REASONS, REFUND_REASONS } from '#system/payment/reason.ts'
import { seedDatabase } from './seed.ts'

const PAYMENTS = 1000
const UNTIL_MS = Date.UTC(2026, 5, 1, 18)
const OPTIONS = { payments: PAYMENTS, seed: 7, untilMs: UNTIL_MS, tell: () => undefined }
let database: Awaited<ReturnType<typeof startTestPostgres>>
let sql: postgres.Sql

before(async () => {
  database = await startTestPostgres()
  sql = postgres(database.url, { onnotice: () => undefined })
  const seeded = await seedDatabase(sql, OPTIONS)
  assert.ok(seeded.ok, seeded.ok ? '' : seeded.error)
  assert.equal(seeded.value.payments, PAYMENTS)
})
after(async () => {
  await sql.end()
  await database.stop()
})

test('the audit trail of a seeded fleet holds, as staff verify it', async () => {
  const answer = await carryOut(sql, { kind: 'audit-verify' }, { actor: 'test', atMs: UNTIL_MS })
  assert.equal(answer.done, true, answer.words.join('\n'))
})

test('the books balance, and what is final has nothing reserved', async () => {
  const [sums] = await sql<{ payments: number; off: string; reserved: string }[]>`
    SELECT (SELECT count(*)::int FROM payment) AS payments,
      (SELECT coalesce(sum(debit_minor - credit_minor), 0)::text FROM ledger_posting) AS off,
      (SELECT coalesce(sum(debit_minor - credit_minor), 0)::text FROM ledger_posting JOIN payment USING (payment_id)
        WHERE account LIKE '%:reserved' AND state IN ('delivered', 'refunded', 'partlyRefunded', 'ended')) AS reserved`
  assert.deepEqual({ ...sums }, { payments: PAYMENTS, off: '0', reserved: '0' })
})

test('every way to end is there, and some payments are unfinished', async () => {
  const rows = await sql<
    { state: string; end: string | null; open_case: string | null; refunds: string[] }[]
  >`
    SELECT state, body ->> 'endReason' AS end, open_case,
      ARRAY(SELECT refund_reason FROM payment_order o WHERE o.payment_id = p.payment_id AND kind = 'refund') AS refunds
    FROM payment p`
  const ends = new Set(rows.map((row) => row.end))
  assert.deepEqual(
    END_REASONS.filter((reason) => !ends.has(reason)),
    [],
  )
  const refunds = new Set(rows.flatMap((row) => row.refunds))
  const rare = new Set(['reversed-in-part'])
  assert.deepEqual(
    REFUND_REASONS.filter((reason) => !refunds.has(reason) && !rare.has(reason)),
    [],
  )
  const cases = new Set(rows.map((row) => row.open_case))
  // The bank answers after an hour, and a revoked chip's word waits for the policy: both cases are settled by then.
  const settled = new Set(['bank-unknown', 'revoked-chip-outcome'])
  assert.deepEqual(
    CASE_REASONS.filter((reason) => !cases.has(reason) && !settled.has(reason)),
    [],
  )
  const states = new Set(rows.map((row) => row.state))
  for (const state of ['delivered', 'refunded', 'partlyRefunded', 'ended'])
    assert.ok(states.has(state), state)
  const [open] = await sql<{ open: number }[]>`
    SELECT count(*)::int AS open FROM payment WHERE closed_at_ms IS NULL AND open_case IS NULL`
  assert.ok((open?.open ?? 0) > 0)
})

test('a few merchants have most of it, and evenings are fuller than nights', async () => {
  const [shares] = await sql<{ largest: number; evening: number; night: number }[]>`
    SELECT (SELECT count(*)::int FROM payment GROUP BY merchant_id ORDER BY 1 DESC LIMIT 1) AS largest,
      count(*) FILTER (WHERE hour BETWEEN 17 AND 20)::int AS evening,
      count(*) FILTER (WHERE hour BETWEEN 0 AND 3)::int AS night
    FROM (SELECT extract(hour FROM to_timestamp(claimed_at_ms / 1000) AT TIME ZONE 'UTC') AS hour FROM payment) AS hours`
  assert.ok((shares?.largest ?? 0) > PAYMENTS / 6)
  assert.ok((shares?.evening ?? 0) > 4 * (shares?.night ?? 0))
})

test('what is there already is left alone', async () => {
  const again = await seedDatabase(sql, OPTIONS)
  assert.ok(!again.ok)
})

test('the same seed makes the same history', async () => {
  const other = await startTestPostgres()
  const second = postgres(other.url, { onnotice: () => undefined })
  try {
    await seedDatabase(second, OPTIONS)
    const heads = (of: postgres.Sql) => of<{ head: string }[]>`
      SELECT md5(string_agg(hash, '' ORDER BY payment_id, version)) AS head FROM payment_event`
    assert.deepEqual([...(await heads(second))], [...(await heads(sql))])
  } finally {
    await second.end()
    await other.stop()
  }
})
