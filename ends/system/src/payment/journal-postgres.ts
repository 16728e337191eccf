import type { PaymentId } from '#protocol/identifier.ts'
import type { Sql } from '../database.ts'
import { decodePayment } from './codec.ts'
import type { ComplaintQuery, Complaints, Entry, HistoryQuery, Journal } from './journal.ts'
import {
  APPEND,
  BATCH_MAX,
  CREATE,
  type Parameters,
  appendParameters,
  createParameters,
} from './journal-statements.ts'
import type { Payment } from './state.ts'

/** PostgreSQL's code for a unique index that says no. */
const UNIQUE_VIOLATION = '23505'
/** More than this waiting, and the system is overloaded: new work is refused rather than heaped up. */
const QUEUE_MAX = 20_000

/** Longer than any statement may take: a batch without an answer by then has lost its connection. */
const FLUSH_LIMIT_MS = 20_000

/** Rejects after the limit; what became of the statement is then unknown, as after a broken connection. */
async function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  const { promise: limit, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('the journal did not answer')), FLUSH_LIMIT_MS)
  try {
    return await Promise.race([answer, limit])
  } finally {
    clearTimeout(timer)
  }
}

interface Waiting<Input> {
  readonly input: Input
  readonly resolve: (done: boolean) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: while one commit is under way the next gathers, so that many payments share one statement and
 * one flush of the log. Nobody is told "written" before the commit that holds it has returned.
 */
class Batch<Input> {
  #waiting: Waiting<Input>[] = []
  #running = false
  readonly #write: (inputs: readonly Input[]) => Promise<ReadonlySet<string>>
  readonly #idOf: (input: Input) => string

  constructor(
    write: (inputs: readonly Input[]) => Promise<ReadonlySet<string>>,
    idOf: (input: Input) => string,
  ) {
    this.#write = write
    this.#idOf = idOf
  }

  /** True when the row was written, false when the journal had moved on. */
  add(input: Input): Promise<boolean> {
    if (this.#waiting.length >= QUEUE_MAX) return Promise.reject(new Error('the journal is overloaded'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject })
      if (!this.#running) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      const seen = new Set<string>()
      const batch: Waiting<Input>[] = []
      const later: Waiting<Input>[] = []
      for (const waiting of this.#waiting) {
        const id = this.#idOf(waiting.input)
        if (batch.length < BATCH_MAX && !seen.has(id)) batch.push(waiting)
        else later.push(waiting)
        seen.add(id)
      }
      this.#waiting = later
      await this.#flush(batch)
    }
    this.#running = false
  }

  async #flush(batch: readonly Waiting<Input>[]): Promise<void> {
    try {
      const written = await inTime(this.#write(batch.map(({ input }) => input)))
      for (const { input, resolve } of batch) resolve(written.has(this.#idOf(input)))
    } catch (error) {
      const alone = batch.length === 1 || (error as { code?: string }).code !== UNIQUE_VIOLATION
      if (alone) for (const { reject } of batch) reject(error)
      // One row broke a uniqueness that holds for all: each is tried by itself, so that only that one fails.
      else for (const waiting of batch) await this.#flush([waiting])
    }
  }
}

/** The journal on PostgreSQL; see `journal.ts`. Tells every node of a change on the channel `farthing_payment`. */
export class PostgresJournal implements Journal {
  readonly #sql: Sql
  readonly #creating: Batch<Payment>
  readonly #appending: Batch<Entry>

  constructor(sql: Sql) {
    this.#sql = sql
    this.#creating = new Batch(
      (payments) => this.#execute(CREATE, createParameters(payments)),
      (payment) => payment.paymentId,
    )
    this.#appending = new Batch(
      (entries) => this.#execute(APPEND, appendParameters(entries)),
      (entry) => entry.payment.paymentId,
    )
  }

  async #execute(statement: string, parameters: Parameters): Promise<ReadonlySet<string>> {
    const rows = await this.#sql.unsafe<{ payment_id: string }[]>(statement, [...parameters], {
      prepare: true,
    })
    return new Set(rows.map((row) => row.payment_id))
  }

  async create(payment: Payment): Promise<'created' | 'code-used' | 'machine-claimed'> {
    if (await this.#creating.add(payment)) return 'created'
    const used = payment.code && (await this.byCode(payment.code.codeHash))
    return used ? 'code-used' : 'machine-claimed'
  }

  append(entry: Entry): Promise<boolean> {
    return this.#appending.add(entry)
  }

  async read(paymentId: PaymentId): Promise<Payment | undefined> {
    const [row] = await this.#sql<{ body: string }[]>`
      SELECT body::text AS body FROM payment WHERE payment_id = ${paymentId}`
    return row && decodePayment(row.body)
  }

  async due(nowMs: number, limit: number): Promise<readonly PaymentId[]> {
    const rows = await this.#sql<{ payment_id: PaymentId }[]>`
      SELECT payment_id FROM payment WHERE due_at_ms <= ${nowMs} ORDER BY due_at_ms LIMIT ${limit}`
    return rows.map((row) => row.payment_id)
  }

  async byOrder(orderId: string): Promise<PaymentId | undefined> {
    const [row] = await this.#sql<{ payment_id: PaymentId }[]>`
      SELECT payment_id FROM payment_order WHERE order_id = ${orderId}`
    return row?.payment_id
  }

  async byCode(codeHash: string): Promise<PaymentId | undefined> {
    const [row] = await this.#sql<{ payment_id: PaymentId }[]>`
      SELECT payment_id FROM payment WHERE code_hash = ${codeHash}`
    return row?.payment_id
  }

  async history({ deviceId, payerId, beforeMs, limit }: HistoryQuery): Promise<readonly Payment[]> {
    const sql = this.#sql
    const of =
      payerId === undefined
        ? sql`device_id = ${deviceId}`
        : sql`(device_id = ${deviceId} OR payer_id = ${payerId})`
    const before = beforeMs === undefined ? sql`` : sql`AND claimed_at_ms < ${beforeMs}`
    const rows = await sql<{ body: string }[]>`
      SELECT body::text AS body FROM payment WHERE ${of} ${before} ORDER BY claimed_at_ms DESC LIMIT ${limit}`
    return rows.map((row) => decodePayment(row.body))
  }

  async complaintsSince({ deviceId, payerId, machineId, sinceMs }: ComplaintQuery): Promise<Complaints> {
    const [row] = await this.#sql<{ by_payer: number; at_machine: number }[]>`
      SELECT count(*) FILTER (WHERE device_id = ${deviceId} OR payer_id = ${payerId ?? null})::int AS by_payer,
        count(*) FILTER (WHERE machine_id = ${machineId})::int AS at_machine
      FROM payment WHERE complained_at_ms >= ${sinceMs}
        AND (device_id = ${deviceId} OR payer_id = ${payerId ?? null} OR machine_id = ${machineId})`
    return { byPayer: row?.by_payer ?? 0, atMachine: row?.at_machine ?? 0 }
  }

  async openCases(limit: number): Promise<readonly Payment[]> {
    const rows = await this.#sql<{ body: string }[]>`
      SELECT body::text AS body FROM payment WHERE open_case IS NOT NULL ORDER BY claimed_at_ms LIMIT ${limit}`
    return rows.map((row) => decodePayment(row.body))
  }
}
