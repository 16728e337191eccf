import type { Sql } from '../database.ts'
import type { Payment } from '../payment/state.ts'

/** More than this waiting, and the database is away: commands go on, and what they were is lost as evidence. */
const WAITING_MAX = 20_000
const BATCH_MAX = 500

/** The system's key that signs commands, as those who verify know it; both in DER. */
export interface CommandKey {
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** Null where the key is known to chips without one. */
  readonly certificate: Uint8Array | null
}

interface SentCommand {
  readonly payment: Payment
  readonly bytes: Uint8Array
  readonly atMs: number
}

/**
 * Keeps the commands as they were signed, beside the journal: no machine waits for it. While one insert is under way
 * the next gathers. What a crash loses of it is sent, and kept, again, unless the chip has started by then.
 */
export class CommandKeeper {
  readonly #sql: Sql
  readonly #key: CommandKey
  readonly #warn: (message: string, details: object) => void
  #waiting: SentCommand[] = []
  #running: Promise<void> | null = null

  constructor(sql: Sql, key: CommandKey, warn: (message: string, details: object) => void) {
    this.#sql = sql
    this.#key = key
    this.#warn = warn
  }

  keep(command: SentCommand): void {
    if (this.#waiting.length >= WAITING_MAX) return
    this.#waiting.push(command)
    this.#running ??= this.#run().finally(() => (this.#running = null))
  }

  /** Resolves when nothing waits any more. */
  async stop(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX)
      try {
        await this.#insert(batch)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        this.#warn('commands were not kept as evidence', { commands: batch.length, why })
      }
    }
  }

  async #insert(batch: readonly SentCommand[]): Promise<void> {
    const { spki, certificate } = this.#key
    const sql = this.#sql
    await sql`
      INSERT INTO payment_evidence (payment_id, merchant_id, kind, at_ms, bytes, spki, certificate)
      SELECT payment_id, merchant_id, 'command', at_ms, decode(bytes, 'base64'), ${Buffer.from(spki)},
        ${certificate === null ? null : Buffer.from(certificate)}::bytea
      FROM unnest(${batch.map(({ payment }) => payment.paymentId)}::text[],
        ${batch.map(({ payment }) => payment.payee.merchantId)}::text[],
        ${batch.map(({ atMs }) => atMs)}::bigint[],
        ${batch.map(({ bytes }) => Buffer.from(bytes).toString('base64'))}::text[])
        AS sent (payment_id, merchant_id, at_ms, bytes)
      ON CONFLICT DO NOTHING`
  }
}
