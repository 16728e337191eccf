import type { Transaction } from '../database/connect.ts'

const PARTS = { customer: ['available', 'held'], merchant: ['available', 'reserved'] } as const

/** Opens an account with its parts, and the bank's own cash account of that currency if it is the first. */
export async function openAccount(
  transaction: Transaction,
  wanted: {
    iban: string
    holder: 'customer' | 'merchant'
    customerId: bigint | null
    name: string
    currency: string
  },
): Promise<{ kind: 'opened' | 'known' }> {
  await openCash(transaction, wanted.currency)
  const [row] = await transaction<{ account_id: bigint }[]>`
    INSERT INTO account (iban, holder, customer_id, name, currency)
    VALUES (${wanted.iban}, ${wanted.holder}, ${wanted.customerId}, ${wanted.name}, ${wanted.currency})
    ON CONFLICT (iban) DO NOTHING RETURNING account_id`
  if (row === undefined) return { kind: 'known' }
  for (const role of PARTS[wanted.holder]) {
    await transaction`
      INSERT INTO ledger_account (account_id, role, currency) VALUES (${row.account_id}, ${role}, ${wanted.currency})`
  }
  return { kind: 'opened' }
}

async function openCash(transaction: Transaction, currency: string): Promise<void> {
  const [row] = await transaction<{ account_id: bigint }[]>`
    INSERT INTO account (iban, holder, name, currency)
    VALUES (${`CASH-${currency}`}, 'bank', ${`Cash ${currency}`}, ${currency})
    ON CONFLICT (iban) DO NOTHING RETURNING account_id`
  if (row === undefined) return
  await transaction`
    INSERT INTO ledger_account (account_id, role, currency, minimum_minor)
    VALUES (${row.account_id}, 'cash', ${currency}, NULL)`
}
