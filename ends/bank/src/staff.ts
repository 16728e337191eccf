import { parseArgs } from 'node:util'
import { formatDecimal, isCurrency, type Money, parseDecimalMoney } from '#protocol/money.ts'
import { openAccount } from './account/open.ts'
import { connect, readSecret, type Sql } from './database/connect.ts'
import { migrate } from './database/migrate.ts'
import { verifyLedger } from './ledger/verify.ts'
import { bookBatch } from './order/batch.ts'
import { findOrder } from './order/find.ts'
import type { OwnInstruction } from './order/order.ts'
import { orderStatus } from './order/view.ts'
import { openCustomer } from './seed.ts'
import { readSettings, type Settings } from './settings.ts'

const USAGE = `usage: staff.ts --settings FILE.json COMMAND
  ledger verify                      look at the whole ledger; exit 1 if anything is wrong
  order E2E                          show an order
  reverse E2E [AMOUNT]               give a settled payment, or a part of it, back to the payer
  deposit IBAN AMOUNT                put money into an account
  withdraw IBAN AMOUNT               take available money out of an account
  open-account merchant IBAN CURRENCY NAME
  open-account customer IBAN CURRENCY NAME USERNAME PASSWORDFILE
  close-account IBAN                 refuse all further payments from and to it
AMOUNT is a decimal of the account's currency, such as 2.50. The answer is one line of JSON.`

/** What a command says; `ok: false` ends with exit code 1. */
interface Answer {
  readonly ok: boolean
  readonly [name: string]: unknown
}

interface Desk {
  readonly sql: Sql
  readonly settings: Settings
}

type Command = (desk: Desk, words: readonly string[]) => Promise<Answer | null>

/** Null: not called as documented. */
const COMMANDS: Readonly<Record<string, Command>> = {
  async ledger({ sql }, [what]) {
    if (what !== 'verify') return null
    const { entries, faults } = await verifyLedger(sql)
    return { ok: faults.length === 0, entries: String(entries), faults }
  },
  async order({ sql }, [endToEndId]) {
    if (endToEndId === undefined) return null
    const order = await findOrder(sql, endToEndId)
    return order === null ? refused('no order has this end-to-end id') : { ok: true, ...orderStatus(order) }
  },
  async reverse(desk, [originalEndToEndId, amount]) {
    if (originalEndToEndId === undefined) return null
    const order = await findOrder(desk.sql, originalEndToEndId)
    if (order === null) return refused('no order has this end-to-end id')
    if (amount === undefined) return book(desk, { kind: 'reversal', originalEndToEndId, amountMinor: null })
    const money = parseDecimalMoney({ amount, currency: order.currency })
    if (!money.ok) return refused(`${amount} is not an amount of ${order.currency}`)
    const { amountMinor } = money.value
    return book(desk, { kind: 'reversal', originalEndToEndId, amountMinor })
  },
  deposit: (desk, words) => moveCash(desk, 'deposit', words),
  withdraw: (desk, words) => moveCash(desk, 'withdrawal', words),
  'open-account': open,
  async 'close-account'({ sql }, [iban]) {
    if (iban === undefined) return null
    const rows = await sql`
      UPDATE account SET closed_at = now() WHERE iban = ${iban} AND closed_at IS NULL AND holder <> 'bank' RETURNING 1`
    return rows.length === 1 ? { ok: true, iban } : refused('no open account has this IBAN')
  },
}

function refused(why: string): Answer {
  return { ok: false, why }
}

async function moveCash(
  desk: Desk,
  kind: 'deposit' | 'withdrawal',
  [iban, amount]: readonly string[],
): Promise<Answer | null> {
  if (iban === undefined || amount === undefined) return null
  const [account] = await desk.sql<{ currency: string }[]>`SELECT currency FROM account WHERE iban = ${iban}`
  if (account === undefined) return refused('no account has this IBAN')
  const money = parseDecimalMoney({ amount, currency: account.currency })
  if (!money.ok) return refused(`${amount} is not an amount of ${account.currency}`)
  return book(desk, { kind, iban, money: money.value }, money.value)
}

async function book(desk: Desk, instruction: OwnInstruction, money?: Money): Promise<Answer> {
  const [outcome] = await bookBatch(desk.sql, [instruction], desk.settings.timeZone)
  if (outcome?.kind === 'refused') return refused(outcome.why)
  if (outcome?.kind !== 'booked') throw new Error('an instruction of the bank was answered as an order')
  const { bankReference, amountMinor } = outcome
  return {
    ok: true,
    bankReference,
    amountMinor: String(amountMinor),
    ...(money === undefined ? {} : { amount: formatDecimal(money), currency: money.currency }),
  }
}

async function open({ sql }: Desk, words: readonly string[]): Promise<Answer | null> {
  const [holder, iban, currency, name, username, passwordFile] = words
  if (iban === undefined || name === undefined || !isCurrency(currency)) return null
  if (!/^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/.test(iban)) return refused('this is not an IBAN')
  if (holder === 'merchant') {
    const opened = await sql.begin((transaction) =>
      openAccount(transaction, { iban, holder, customerId: null, name, currency }),
    )
    return { ok: opened.kind === 'opened', iban, account: opened.kind }
  }
  if (holder !== 'customer' || username === undefined || passwordFile === undefined) return null
  const customerId = await openCustomer(sql, { username, name, password: () => readSecret(passwordFile) })
  const opened = await sql.begin((transaction) =>
    openAccount(transaction, { iban, holder, customerId, name, currency }),
  )
  return { ok: opened.kind === 'opened', iban, account: opened.kind }
}

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { settings: { type: 'string' } },
    allowPositionals: true,
  })
  const [name = '', ...words] = positionals
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (values.settings === undefined || command === undefined) {
    process.stderr.write(`${USAGE}\n`)
    return 2
  }
  const settings = readSettings(values.settings)
  const sql = connect(settings.database, { name: 'staff', connectionsMax: 1, pinned: true })
  try {
    await migrate(sql)
    const answer = await command({ sql, settings }, words)
    if (answer === null) {
      process.stderr.write(`${USAGE}\n`)
      return 2
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
    return answer.ok ? 0 : 1
  } finally {
    await sql.end({ timeout: 5 })
  }
}

try {
  process.exitCode = await run()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`)
  process.exitCode = 1
}
