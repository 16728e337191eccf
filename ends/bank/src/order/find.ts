import type { Sql, Transaction } from '../database/connect.ts'
import { LEDGER_LOCK } from './batch.ts'
import type { Order } from './order.ts'
import { type OrderRow, rowToOrder } from './row.ts'

/**
 * An order by its end-to-end id, or null.
 *
 * Before it says null it waits for the batch that is being committed and looks again. A batch that comes later reads
 * its clock later: so null after the order's valid-until means that it was never executed and never will be.
 */
export async function findOrder(sql: Sql, endToEndId: string): Promise<Order | null> {
  const [row] = await selectOrder(sql, endToEndId)
  if (row !== undefined) return rowToOrder(row)
  const rows = await sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock_shared(${LEDGER_LOCK})`
    return await selectOrder(transaction, endToEndId)
  })
  return rows[0] === undefined ? null : rowToOrder(rows[0])
}

function selectOrder(sql: Sql | Transaction, endToEndId: string) {
  return sql<OrderRow[]>`SELECT *, day::text AS day FROM bank_order WHERE end_to_end_id = ${endToEndId}`
}

const EXPIRED_PER_SWEEP_MAX = 500

/** Holds past their expiry that still hold something. */
export async function findExpiredHolds(sql: Sql): Promise<string[]> {
  const rows = await sql<{ end_to_end_id: string }[]>`
    SELECT end_to_end_id FROM bank_order WHERE held_minor > 0 AND expires_at <= now()
    ORDER BY expires_at LIMIT ${EXPIRED_PER_SWEEP_MAX}`
  return rows.map((row) => row.end_to_end_id)
}
