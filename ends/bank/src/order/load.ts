import { currencyOf } from '#protocol/money.ts'
import type { Transaction } from '../database/connect.ts'
import { type Account, Book, type LedgerAccount, type MandateTerms } from './book.ts'
import type { Instruction } from './order.ts'
import { type OrderRow, rowToOrder } from './row.ts'

/** Loads into memory what these instructions touch; the caller holds the ledger's lock. */
export async function loadBook(
  transaction: Transaction,
  instructions: readonly Instruction[],
  clock: { now: Date; day: string },
): Promise<Book> {
  const names = namesOf(instructions)
  const [entryRows, orderRows, mandates] = await Promise.all([
    transaction<{ last: bigint }[]>`SELECT coalesce(max(entry_id), 0) AS last FROM ledger_entry`,
    loadOrders(transaction, names.orderIds),
    loadMandates(transaction, names.mandateIds, clock.now),
  ])
  const orders = orderRows.map(rowToOrder)
  const accountIds = [
    ...mandates.map((mandate) => mandate.accountId),
    ...orders.flatMap((order) => [order.debtorAccountId, order.creditorAccountId]),
  ].filter((id) => id !== null)
  const dayRows = orders.flatMap((order) =>
    order.mandateId === null ? [] : [{ mandateId: order.mandateId, day: order.day }],
  )
  const uses = [...mandates.map(({ mandateId }) => ({ mandateId, day: clock.day })), ...dayRows]
  const [parts, mandateDays] = await Promise.all([
    loadAccounts(transaction, { accountIds, ibans: names.ibans, cashCurrencies: names.cashCurrencies }),
    uses.length === 0
      ? []
      : transaction<{ mandateId: string; day: string; usedMinor: bigint }[]>`
        SELECT mandate_id AS "mandateId", day::text AS day, used_minor AS "usedMinor" FROM mandate_day
        WHERE mandate_id = ANY (${[...new Set(uses.map((use) => use.mandateId))]})
          AND day = ANY (${[...new Set(uses.map((use) => use.day))]}::date[])`,
  ])
  return new Book({ lastEntryId: entryRows[0]?.last ?? 0n, orders, mandates, mandateDays, ...parts })
}

interface Names {
  orderIds: string[]
  mandateIds: string[]
  ibans: string[]
  cashCurrencies: string[]
}

function namesOf(instructions: readonly Instruction[]): Names {
  const names: Names = { orderIds: [], mandateIds: [], ibans: [], cashCurrencies: [] }
  for (const instruction of instructions) {
    switch (instruction.kind) {
      case 'transfer':
      case 'hold':
        names.orderIds.push(instruction.endToEndId)
        names.mandateIds.push(instruction.mandateId)
        names.ibans.push(instruction.creditorIban)
        break
      case 'capture':
      case 'release':
        names.orderIds.push(instruction.endToEndId, instruction.holdEndToEndId)
        break
      case 'refund':
      case 'reserve-release':
        names.orderIds.push(instruction.endToEndId, instruction.originalEndToEndId)
        break
      case 'hold-expiry':
        names.orderIds.push(instruction.holdEndToEndId)
        break
      case 'reversal':
        names.orderIds.push(instruction.originalEndToEndId)
        break
      case 'deposit':
      case 'withdrawal':
        names.ibans.push(instruction.iban)
        names.cashCurrencies.push(instruction.money.currency)
        break
    }
  }
  return names
}

async function loadOrders(transaction: Transaction, ids: string[]): Promise<OrderRow[]> {
  if (ids.length === 0) return []
  // With a hold comes the capture that closed it: a refund may name either.
  return transaction<OrderRow[]>`
    SELECT *, day::text AS day FROM bank_order
    WHERE end_to_end_id = ANY (
      SELECT unnest(${ids}::text[])
      UNION
      SELECT closed_by_end_to_end_id FROM bank_order
      WHERE end_to_end_id = ANY (${ids}::text[]) AND closed_by_end_to_end_id IS NOT NULL)`
}

/** FOR SHARE: a revocation under way is waited for, and one that comes now waits for this batch. */
async function loadMandates(transaction: Transaction, ids: string[], now: Date): Promise<MandateTerms[]> {
  if (ids.length === 0) return []
  return transaction<MandateTerms[]>`
    SELECT mandate_id AS "mandateId", status = 'valid' AND valid_until > ${now} AS live, scope,
      account_id AS "accountId", currency, creditor_name AS "creditorName",
      offered_once_end_to_end_id AS "onceEndToEndId", offered_once_minor AS "onceMinor",
      per_payment_minor AS "perPaymentMinor", per_day_minor AS "perDayMinor"
    FROM mandate WHERE mandate_id = ANY (${ids}::text[]) ORDER BY mandate_id FOR SHARE`
}

interface PartRow {
  accountId: bigint
  iban: string
  holder: Account['holder']
  currency: string
  closed: boolean
  ledgerAccountId: bigint
  role: LedgerAccount['role']
  balanceMinor: bigint
}

async function loadAccounts(
  transaction: Transaction,
  wanted: { accountIds: bigint[]; ibans: string[]; cashCurrencies: string[] },
): Promise<{ accounts: Account[]; ledgerAccounts: LedgerAccount[] }> {
  const rows = await transaction<PartRow[]>`
    SELECT a.account_id AS "accountId", a.iban, a.holder, a.currency, a.closed_at IS NOT NULL AS closed,
      l.ledger_account_id AS "ledgerAccountId", l.role, l.balance_minor AS "balanceMinor"
    FROM account AS a JOIN ledger_account AS l USING (account_id)
    WHERE a.account_id = ANY (${[...new Set(wanted.accountIds)].map(String)}::bigint[])
      OR a.iban = ANY (${[...new Set(wanted.ibans)]}::text[])
      OR (a.holder = 'bank' AND a.currency = ANY (${wanted.cashCurrencies}::text[]))`
  const accounts = new Map<bigint, Account>()
  for (const row of rows) {
    const { accountId, iban, holder, closed } = row
    accounts.set(accountId, { accountId, iban, holder, currency: currencyOf(row.currency), closed })
  }
  return { accounts: [...accounts.values()], ledgerAccounts: rows }
}
