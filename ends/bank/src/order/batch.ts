import { randomBytes, randomUUID } from 'node:crypto'
import type { Sql, Transaction } from '../database/connect.ts'
import { Book } from './book.ts'
import { decide, type Moment } from './decide.ts'
import { loadBook } from './load.ts'
import type { Instruction, Outcome } from './order.ts'
import { orderToRow } from './row.ts'

/** One writer of the ledger at a time, staff's commands in other processes included. */
export const LEDGER_LOCK = 4_117_002
/** No transfer or hold above this many minor units. */
const AMOUNT_MINOR_MAX = 100_000_000n
/** A statement of a batch that takes longer than this is given up; the order is then unknown until asked for. */
const STATEMENT_TIMEOUT_MS = 5000

/**
 * Decides and books a batch of instructions in one transaction, in their order; the outcomes come after the commit.
 *
 * An order is recorded and executed in the same commit: after a kill it is either wholly there or was never here.
 * The clock is the database's, read after the lock was got. So whoever found an order missing (under the same lock)
 * after its valid-until knows that it can only ever be refused.
 */
export async function bookBatch(
  sql: Sql,
  instructions: readonly Instruction[],
  timeZone: string,
): Promise<Outcome[]> {
  return sql.begin(async (transaction) => {
    const [, , [clock]] = await Promise.all([
      transaction`SELECT set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true)`,
      transaction`SELECT pg_advisory_xact_lock(${LEDGER_LOCK})`,
      transaction<{ now: Date; day: string }[]>`
        SELECT now, (now AT TIME ZONE ${timeZone})::date::text AS day FROM clock_timestamp() AS now`,
    ])
    if (clock === undefined) throw new Error('the database has no clock')
    const book = await loadBook(transaction, instructions, clock)
    const nowMs = clock.now.getTime()
    const outcomes = instructions.map((instruction) => {
      const moment: Moment = {
        nowMs,
        day: clock.day,
        bankReference: newBankReference(),
        amountMinorMax: AMOUNT_MINOR_MAX,
      }
      return decide(book, instruction, moment)
    })
    await writeBook(transaction, book, clock)
    return outcomes
  })
}

async function writeBook(
  transaction: Transaction,
  book: Book,
  clock: { now: Date; day: string },
): Promise<void> {
  const at = clock.now.toISOString()
  const pick = (ids: Iterable<string>) =>
    [...ids].flatMap((id) => {
      const order = book.orders.get(id)
      return order === undefined ? [] : [orderToRow(order)]
    })
  const added = pick(book.added)
  const changed = pick(book.changed)
  const days = [...book.usedDays.values()].map((use) => ({
    mandate_id: use.mandateId,
    day: use.day,
    used_minor: String(use.usedMinor),
  }))
  const notices = book.notices.map((notice) => ({
    notification_id: randomUUID(),
    kind: notice.kind,
    end_to_end_id: notice.endToEndId,
    at,
    tries: 0,
    next_try_at: at,
  }))
  await Promise.all([
    ...(added.length === 0 ? [] : [insertOrders(transaction, added)]),
    ...(changed.length === 0 ? [] : [updateOrders(transaction, changed)]),
    ...writeEntries(transaction, book, { at, day: clock.day }),
    ...(days.length === 0 ? [] : [upsertDays(transaction, days)]),
    ...(notices.length === 0 ? [] : [insertNotices(transaction, notices)]),
  ])
}

type Row = Record<string, string | number | null>

function insertOrders(transaction: Transaction, rows: Row[]): Promise<unknown> {
  return transaction`
    INSERT INTO bank_order SELECT * FROM jsonb_populate_recordset(NULL::bank_order, ${transaction.json(rows)})`
}

function updateOrders(transaction: Transaction, rows: Row[]): Promise<unknown> {
  return transaction`
    UPDATE bank_order AS o
    SET status = x.status, closed_by_end_to_end_id = x.closed_by_end_to_end_id,
      refunded_minor = x.refunded_minor, reversed_minor = x.reversed_minor,
      reserved_minor = x.reserved_minor, held_minor = x.held_minor
    FROM jsonb_populate_recordset(NULL::bank_order, ${transaction.json(rows)}) AS x
    WHERE o.end_to_end_id = x.end_to_end_id`
}

function writeEntries(
  transaction: Transaction,
  book: Book,
  clock: { at: string; day: string },
): Promise<unknown>[] {
  if (book.entries.length === 0) return []
  const entries: Row[] = book.entries.map((entry) => ({
    entry_id: String(entry.entryId),
    kind: entry.kind,
    end_to_end_id: entry.endToEndId,
    bank_reference: entry.bankReference,
    day: clock.day,
    booked_at: clock.at,
  }))
  const postings: Row[] = book.entries.flatMap((entry) =>
    entry.legs.map((leg, index) => ({
      entry_id: String(entry.entryId),
      leg: index + 1,
      ledger_account_id: String(book.ledgerAccountId(leg)),
      account_id: String(leg.accountId),
      currency: entry.currency,
      amount_minor: String(leg.amountMinor),
      day: clock.day,
    })),
  )
  return [
    transaction`
      INSERT INTO ledger_entry SELECT * FROM jsonb_populate_recordset(NULL::ledger_entry, ${transaction.json(entries)})`,
    transaction`
      INSERT INTO ledger_posting
      SELECT * FROM jsonb_populate_recordset(NULL::ledger_posting, ${transaction.json(postings)})`,
  ]
}

function upsertDays(transaction: Transaction, rows: Row[]): Promise<unknown> {
  return transaction`
    INSERT INTO mandate_day SELECT * FROM jsonb_populate_recordset(NULL::mandate_day, ${transaction.json(rows)})
    ON CONFLICT (mandate_id, day) DO UPDATE SET used_minor = excluded.used_minor`
}

function insertNotices(transaction: Transaction, rows: Row[]): Promise<unknown> {
  return transaction`
    INSERT INTO notification SELECT * FROM jsonb_populate_recordset(NULL::notification, ${transaction.json(rows)})`
}

/** A reference for people and statements: 80 random bits, letters and digits that are not mistaken for each other. */
function newBankReference(): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  return `PB${Array.from(randomBytes(16), (byte) => alphabet[byte & 31]).join('')}`
}
