import type { Sql } from '../database/connect.ts'

export interface LedgerFault {
  readonly check: string
  readonly found: string
}

/**
 * Looks at the whole ledger and says what is wrong; nothing, when all is well.
 *
 * Debits equal credits in every entry and per currency; every balance is the sum of its postings and not below its
 * floor; entries have no gap; what is held and reserved is what the orders say; nothing paid back exceeds what settled.
 */
export async function verifyLedger(sql: Sql): Promise<{ entries: bigint; faults: LedgerFault[] }> {
  return sql.begin('ISOLATION LEVEL REPEATABLE READ READ ONLY', async (transaction) => {
    const faults: LedgerFault[] = []
    const look = async (check: string, rows: Promise<readonly { found: string }[]>) => {
      for (const row of await rows) faults.push({ check, found: row.found })
    }
    await look(
      'debits equal credits per currency',
      transaction<{ found: string }[]>`
        SELECT currency || ' ' || sum(amount_minor) AS found FROM ledger_posting
        GROUP BY currency HAVING sum(amount_minor) <> 0`,
    )
    await look(
      'debits equal credits in every entry',
      transaction<{ found: string }[]>`
        SELECT 'entry ' || entry_id AS found FROM ledger_posting
        GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0 LIMIT 20`,
    )
    await look(
      'balances are the sums of their postings, and not below their floor',
      transaction<{ found: string }[]>`
        SELECT a.iban || ' ' || l.role AS found FROM ledger_account AS l JOIN account AS a USING (account_id)
        LEFT JOIN (SELECT ledger_account_id, sum(amount_minor) AS sum FROM ledger_posting GROUP BY 1) AS p
          USING (ledger_account_id)
        WHERE l.balance_minor <> coalesce(p.sum, 0) OR l.balance_minor < l.minimum_minor LIMIT 20`,
    )
    await look(
      'every posting has its entry, and entries are without gaps',
      transaction<{ found: string }[]>`
        SELECT 'entry ' || coalesce(e.entry_id, p.entry_id) AS found
        FROM (SELECT entry_id, row_number() OVER (ORDER BY entry_id) AS place FROM ledger_entry) AS e
        FULL JOIN (SELECT DISTINCT entry_id FROM ledger_posting) AS p USING (entry_id)
        WHERE e.entry_id IS NULL OR p.entry_id IS NULL OR e.place <> e.entry_id LIMIT 20`,
    )
    await look(
      'what accounts hold is what the holds say',
      transaction<{ found: string }[]>`
        SELECT a.iban AS found FROM ledger_account AS l JOIN account AS a USING (account_id)
        WHERE l.role = 'held' AND l.balance_minor <>
          (SELECT coalesce(sum(held_minor), 0) FROM bank_order WHERE debtor_account_id = l.account_id) LIMIT 20`,
    )
    await look(
      'what merchants keep reserved is what their payments say',
      transaction<{ found: string }[]>`
        SELECT a.iban AS found FROM ledger_account AS l JOIN account AS a USING (account_id)
        WHERE l.role = 'reserved' AND l.balance_minor <>
          (SELECT coalesce(sum(reserved_minor), 0) FROM bank_order WHERE creditor_account_id = l.account_id) LIMIT 20`,
    )
    await look(
      'nothing paid back exceeds what settled',
      transaction<{ found: string }[]>`
        SELECT end_to_end_id AS found FROM bank_order WHERE refunded_minor + reversed_minor > settled_minor LIMIT 20`,
    )
    const [count] = await transaction<{ entries: bigint }[]>`SELECT count(*) AS entries FROM ledger_entry`
    return { entries: count?.entries ?? 0n, faults }
  })
}
