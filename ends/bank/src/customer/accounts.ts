import { type Currency, currencyOf } from '#protocol/money.ts'
import type { Sql } from '../database/connect.ts'

export interface CustomerAccount {
  readonly accountId: bigint
  readonly iban: string
  readonly currency: Currency
  readonly availableMinor: bigint
  readonly heldMinor: bigint
}

/** A customer's open accounts, oldest first. */
export async function customerAccounts(sql: Sql, customerId: bigint): Promise<CustomerAccount[]> {
  const rows = await sql<(Omit<CustomerAccount, 'currency'> & { currency: string })[]>`
    SELECT a.account_id AS "accountId", a.iban, a.currency,
      (SELECT balance_minor FROM ledger_account WHERE account_id = a.account_id AND role = 'available')
        AS "availableMinor",
      (SELECT balance_minor FROM ledger_account WHERE account_id = a.account_id AND role = 'held') AS "heldMinor"
    FROM account AS a WHERE a.customer_id = ${customerId} AND a.closed_at IS NULL ORDER BY a.account_id`
  return rows.map((row) => ({ ...row, currency: currencyOf(row.currency) }))
}

export interface Movement {
  readonly entryId: bigint
  readonly kind: string
  readonly bankReference: string
  readonly amountMinor: bigint
  readonly counterparty: string | null
  readonly bookedAt: Date
}

const MOVEMENTS_SHOWN = 10

/** The latest entries that changed an account as a whole, newest first, with the other side's name. */
export async function latestMovements(sql: Sql, accountId: bigint): Promise<Movement[]> {
  return sql<Movement[]>`
    SELECT e.entry_id AS "entryId", e.kind, e.bank_reference AS "bankReference", e.booked_at AS "bookedAt",
      p.amount_minor AS "amountMinor",
      (SELECT a.name FROM ledger_posting AS o JOIN account AS a USING (account_id)
        WHERE o.entry_id = e.entry_id AND o.account_id <> ${accountId} AND a.holder <> 'bank' LIMIT 1) AS counterparty
    FROM (
      SELECT entry_id, sum(amount_minor)::bigint AS amount_minor FROM ledger_posting
      WHERE account_id = ${accountId} GROUP BY entry_id HAVING sum(amount_minor) <> 0
      ORDER BY entry_id DESC LIMIT ${MOVEMENTS_SHOWN}
    ) AS p JOIN ledger_entry AS e USING (entry_id) ORDER BY e.entry_id DESC`
}
