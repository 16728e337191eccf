import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { currencyOf } from '#protocol/money.ts'
import { openAccount } from '../account/open.ts'
import { connect, type Sql } from '../database/connect.ts'
import { migrate } from '../database/migrate.ts'
import { bookBatch } from '../order/batch.ts'
import type { Instruction } from '../order/order.ts'
import { startTestDatabase, type TestDatabase } from '../test-bank.suite.ts'
import { verifyLedger } from './verify.ts'

let database: TestDatabase
let sql: Sql
const IBAN = 'DE02120300000000202051'

before(async () => {
  database = await startTestDatabase()
  sql = connect(await database.createDatabase(), { name: 'test', connectionsMax: 4, pinned: true })
  await migrate(sql)
  await migrate(sql)
  await sql.begin((transaction) =>
    openAccount(transaction, {
      iban: IBAN,
      holder: 'merchant',
      customerId: null,
      name: 'Merchant',
      currency: 'EUR',
    }),
  )
})
after(async () => {
  await sql.end({ timeout: 5 })
  await database.stop()
})

const refused = (code: string) => (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === code

async function parts(): Promise<{ part: bigint; account: bigint; role: string; minor: bigint }[]> {
  return sql`
    SELECT ledger_account_id AS part, account_id AS account, role, balance_minor AS minor FROM ledger_account`
}

function post(entryId: number, legs: [bigint, bigint, string, number][]) {
  const rows = legs.map(([part, account, currency, minor], index) => ({
    entry_id: entryId,
    leg: index,
    ledger_account_id: String(part),
    account_id: String(account),
    currency,
    amount_minor: minor,
    day: '2026-01-01',
  }))
  return sql`INSERT INTO ledger_posting SELECT * FROM jsonb_populate_recordset(NULL::ledger_posting, ${sql.json(rows)})`
}

describe('the database itself refuses', () => {
  test('an entry whose debits and credits differ', async () => {
    const [one, two] = await parts()
    assert.ok(one && two)
    const legs: [bigint, bigint, string, number][] = [
      [one.part, one.account, 'EUR', 5],
      [two.part, two.account, 'EUR', -4],
    ]
    await assert.rejects(post(900, legs), refused('23514'))
    await assert.rejects(post(900, [[one.part, one.account, 'EUR', 5]]), refused('23514'))
  })

  test('another currency than the account’s, and an account that is not', async () => {
    const [one, two] = await parts()
    assert.ok(one && two)
    const wrongCurrency: [bigint, bigint, string, number][] = [
      [one.part, one.account, 'USD', 5],
      [two.part, two.account, 'USD', -5],
    ]
    await assert.rejects(post(901, wrongCurrency), refused('23514'))
    const nowhere: [bigint, bigint, string, number][] = [
      [one.part, one.account, 'EUR', 5],
      [999n, two.account, 'EUR', -5],
    ]
    await assert.rejects(post(901, nowhere), refused('23514'))
  })

  test('a balance below its floor', async () => {
    const all = await parts()
    const cash = all.find((part) => part.role === 'cash')
    const available = all.find((part) => part.role === 'available')
    assert.ok(cash && available)
    const legs: [bigint, bigint, string, number][] = [
      [available.part, available.account, 'EUR', -1],
      [cash.part, cash.account, 'EUR', 1],
    ]
    await assert.rejects(post(902, legs), refused('23514'))
  })

  test('any change to what was posted', async () => {
    await assert.rejects(sql`UPDATE ledger_posting SET amount_minor = 1`, refused('23001'))
    await assert.rejects(sql`DELETE FROM ledger_entry`, refused('23001'))
    await assert.rejects(sql`TRUNCATE ledger_posting`, refused('23001'))
  })
})

test('batches from several writers at once leave a ledger in which everything adds up', async () => {
  const money = fc
    .bigInt({ min: 1n, max: 500n })
    .map((amountMinor) => ({ amountMinor, currency: currencyOf('EUR') }))
  const instruction: fc.Arbitrary<Instruction> = fc.record({
    kind: fc.constantFrom('deposit' as const, 'withdrawal' as const),
    iban: fc.constantFrom(IBAN, 'DE00000000000000000000'),
    money,
  })
  let expectedMinor = 0n
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(instruction, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      async (batches) => {
        const outcomes = await Promise.all(batches.map((batch) => bookBatch(sql, batch, 'UTC')))
        outcomes.forEach((batch, row) => {
          batch.forEach((outcome, column) => {
            const asked = batches[row]?.[column]
            if (outcome.kind !== 'booked' || asked === undefined) return
            expectedMinor += asked.kind === 'deposit' ? outcome.amountMinor : -outcome.amountMinor
          })
        })
        const available = (await parts()).find((part) => part.role === 'available')
        assert.equal(available?.minor, expectedMinor)
        assert.deepEqual((await verifyLedger(sql)).faults, [])
      },
    ),
    { numRuns: 25 },
  )
})
