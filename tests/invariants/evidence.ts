import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import postgres from 'postgres'
import { readJournal } from '#chip/journal-file.ts'
import type { JournalRecord } from '#chip/core/journal-record.ts'
import type { RunningHouse } from '#hosting/house.ts'
import type { PhysicalRun } from '#machine/simulated/thing.ts'
import { decodePayment } from '#system/payment/codec.ts'
import type { Payment } from '#system/payment/state.ts'

/** What is there to judge by, gathered from outside: two databases, the chips' journals, the machines themselves. */
export interface Evidence {
  readonly payments: readonly Payment[]
  readonly events: ReadonlyMap<string, readonly EventRow[]>
  readonly systemOrders: readonly SystemOrder[]
  readonly systemPostings: readonly SystemPosting[]
  readonly bankOrders: ReadonlyMap<string, BankOrderRow>
  readonly bankPostings: readonly BankPosting[]
  readonly freeStarts: ReadonlySet<string>
  readonly nonces: ReadonlyMap<string, string>
  readonly chips: readonly ChipEvidence[]
}

export interface EventRow {
  readonly version: number
  readonly atMs: number
  readonly eventText: string
  readonly prevHash: string
  readonly hash: string
}

export interface SystemOrder {
  readonly orderId: string
  readonly paymentId: string
  readonly kind: string
  readonly refundReason: string
  readonly amountMinor: bigint
}

export interface SystemPosting {
  readonly paymentId: string
  readonly version: number
  readonly account: string
  readonly currency: string
  readonly debitMinor: bigint
  readonly creditMinor: bigint
}

export interface BankOrderRow {
  readonly endToEndId: string
  readonly kind: string
  readonly status: string
  readonly original: string | null
  readonly currency: string
  readonly amountMinor: bigint
  readonly settledMinor: bigint
  readonly refundedMinor: bigint
  readonly reversedMinor: bigint
  readonly creditorIban: string | null
  readonly receivedAtMs: number
}

export interface BankPosting {
  readonly entryId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly endToEndId: string | null
}

export interface ChipEvidence {
  readonly key: string
  readonly chipId: string
  readonly records: readonly JournalRecord[]
  readonly runs: readonly Readonly<PhysicalRun>[]
}

type Address = RunningHouse['wiring']['systemDatabase']

function open(address: Address): postgres.Sql {
  const { host, port, user, passwordFile, database } = address
  return postgres({ host, port, user, database, password: readFileSync(passwordFile, 'utf8').trim(), max: 2 })
}

export async function gatherEvidence(house: RunningHouse): Promise<Evidence> {
  const system = open(house.wiring.systemDatabase)
  const bank = open(house.wiring.bankDatabase)
  try {
    return { ...(await fromSystem(system)), ...(await fromBank(bank)), chips: fromChips(house) }
  } finally {
    await Promise.all([system.end(), bank.end()])
  }
}

async function fromSystem(sql: postgres.Sql) {
  const bodies = await sql<{ body: string }[]>`SELECT body::text AS body FROM payment`
  const events = new Map<string, EventRow[]>()
  const rows = await sql`
    SELECT payment_id, version, at_ms::text, event_text, prev_hash, hash FROM payment_event ORDER BY payment_id, version`
  for (const row of rows) {
    const {
      payment_id: paymentId,
      version,
      at_ms: atMs,
      event_text: eventText,
      prev_hash: prevHash,
      hash,
    } = row
    const list = events.get(paymentId) ?? []
    list.push({ version, atMs: Number(atMs), eventText, prevHash, hash })
    events.set(paymentId, list)
  }
  const orders =
    await sql`SELECT order_id, payment_id, kind, refund_reason, amount_minor::text FROM payment_order`
  const postings = await sql`
    SELECT payment_id, version, account, currency, debit_minor::text, credit_minor::text FROM ledger_posting`
  const freeStarts = await sql<{ start_id: string }[]>`SELECT start_id FROM free_start`
  const nonces = await sql<
    { payment_id: string; nonce: string }[]
  >`SELECT payment_id, nonce FROM verification`
  return {
    payments: bodies.map(({ body }) => decodePayment(body)),
    events,
    systemOrders: orders.map((row) => ({
      orderId: row['order_id'],
      paymentId: row['payment_id'],
      kind: row['kind'],
      refundReason: row['refund_reason'],
      amountMinor: BigInt(row['amount_minor']),
    })),
    systemPostings: postings.map((row) => ({
      paymentId: row['payment_id'],
      version: row['version'],
      account: row['account'],
      currency: row['currency'],
      debitMinor: BigInt(row['debit_minor']),
      creditMinor: BigInt(row['credit_minor']),
    })),
    freeStarts: new Set(freeStarts.map((row) => row.start_id)),
    nonces: new Map(nonces.map((row) => [row.payment_id, row.nonce])),
  }
}

async function fromBank(sql: postgres.Sql) {
  const orders = await sql`
    SELECT o.end_to_end_id, o.kind, o.status, o.original_end_to_end_id, o.currency, o.amount_minor::text,
      o.settled_minor::text, o.refunded_minor::text, o.reversed_minor::text, a.iban,
      (extract(epoch FROM o.received_at) * 1000)::float8 AS received_at_ms
    FROM bank_order o LEFT JOIN account a ON a.account_id = o.creditor_account_id`
  const postings = await sql`
    SELECT p.entry_id::text, p.currency, p.amount_minor::text, e.end_to_end_id
    FROM ledger_posting p LEFT JOIN ledger_entry e USING (entry_id)`
  const rows = orders.map((row): [string, BankOrderRow] => [
    row['end_to_end_id'],
    {
      endToEndId: row['end_to_end_id'],
      kind: row['kind'],
      status: row['status'],
      original: row['original_end_to_end_id'],
      currency: row['currency'],
      amountMinor: BigInt(row['amount_minor']),
      settledMinor: BigInt(row['settled_minor']),
      refundedMinor: BigInt(row['refunded_minor']),
      reversedMinor: BigInt(row['reversed_minor']),
      creditorIban: row['iban'],
      receivedAtMs: row['received_at_ms'],
    },
  ])
  return {
    bankOrders: new Map(rows),
    bankPostings: postings.map((row) => ({
      entryId: row['entry_id'],
      currency: row['currency'],
      amountMinor: BigInt(row['amount_minor']),
      endToEndId: row['end_to_end_id'],
    })),
  }
}

function fromChips(house: RunningHouse): ChipEvidence[] {
  return [...house.machines.values()].map((machine) => {
    const folder = machine.journalFolder
    // A chip that is still in its box has done nothing yet.
    if (!existsSync(folder)) return { key: machine.plan.key, chipId: machine.chipId, records: [], runs: [] }
    const records = readdirSync(folder)
      .filter((file) => !file.endsWith('.tmp') && !file.includes('.lock'))
      .flatMap((file) => readJournal(new Uint8Array(readFileSync(path.join(folder, file)))).records)
    return { key: machine.plan.key, chipId: machine.chipId, records, runs: machine.thing.history() }
  })
}
