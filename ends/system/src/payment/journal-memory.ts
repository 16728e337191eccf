import type { PaymentId } from '#protocol/identifier.ts'
import { type Columns, columnsOf } from './columns.ts'
import { decodePayment } from './codec.ts'
import type { ComplaintQuery, Complaints, Entry, HistoryQuery, Journal } from './journal.ts'
import type { Payment } from './state.ts'
import { claimedEntryText } from './chain.ts'
import type { Posting } from './effect.ts'

/** The journal of the simulation: durable as long as the object lives, whatever else is restarted around it. */
export class MemoryJournal implements Journal {
  readonly rows = new Map<string, Columns>()
  readonly entries: { paymentId: string; version: number; eventText: string; hash: string }[] = []
  readonly postings: (Posting & { paymentId: string; currency: string })[] = []
  readonly #orders = new Map<string, PaymentId>()
  readonly #payments = new WeakMap<Columns, Payment>()
  /** Nothing is due before that moment, so that most looks need not look at every row. */
  #nothingDueBeforeMs = Number.POSITIVE_INFINITY

  async create(payment: Payment): Promise<'created' | 'code-used' | 'machine-claimed'> {
    const columns = columnsOf(payment)
    for (const row of this.rows.values()) {
      if (columns.codeHash !== null && row.codeHash === columns.codeHash) return 'code-used'
      if (row.holdsSlot && row.chipId === columns.chipId) return 'machine-claimed'
    }
    this.rows.set(payment.paymentId, columns)
    this.#keep({ payment, eventText: claimedEntryText(payment), postings: [] })
    return 'created'
  }

  async append({ payment, expectedVersion, eventText, postings }: Entry): Promise<boolean> {
    const row = this.rows.get(payment.paymentId)
    if (row?.version !== expectedVersion) return false
    this.rows.set(payment.paymentId, columnsOf(payment))
    this.#keep({ payment, eventText, postings })
    return true
  }

  #keep({ payment, eventText, postings }: Pick<Entry, 'payment' | 'eventText' | 'postings'>): void {
    const { paymentId, version, chainHash, purchase } = payment
    const dueAtMs = this.rows.get(paymentId)?.dueAtMs ?? Number.POSITIVE_INFINITY
    this.#nothingDueBeforeMs = Math.min(this.#nothingDueBeforeMs, dueAtMs)
    this.entries.push({ paymentId, version, eventText, hash: chainHash })
    for (const posting of postings) this.postings.push({ ...posting, paymentId, currency: purchase.currency })
    for (const order of payment.orders) this.#orders.set(order.orderId, paymentId)
  }

  async read(paymentId: PaymentId): Promise<Payment | undefined> {
    const row = this.rows.get(paymentId)
    return row && this.#decoded(row)
  }

  /** The bytes of a row never change and a payment is never altered: they are decoded once. */
  #decoded(row: Columns): Payment {
    const known = this.#payments.get(row)
    if (known) return known
    const payment = decodePayment(row.body)
    this.#payments.set(row, payment)
    return payment
  }

  /** False when nothing can be due at that moment. */
  mayBeDue(nowMs: number): boolean {
    return nowMs >= this.#nothingDueBeforeMs
  }

  async due(nowMs: number, limit: number): Promise<readonly PaymentId[]> {
    if (!this.mayBeDue(nowMs)) return []
    const waiting = [...this.rows.values()].filter((row) => row.dueAtMs !== null)
    this.#nothingDueBeforeMs = waiting.reduce(
      (earliestMs, row) => Math.min(earliestMs, row.dueAtMs ?? earliestMs),
      Number.POSITIVE_INFINITY,
    )
    return waiting
      .filter((row) => row.dueAtMs !== null && row.dueAtMs <= nowMs)
      .sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0))
      .slice(0, limit)
      .map((row) => row.paymentId as PaymentId)
  }

  async byOrder(orderId: string): Promise<PaymentId | undefined> {
    return this.#orders.get(orderId)
  }

  async byCode(codeHash: string): Promise<PaymentId | undefined> {
    for (const row of this.rows.values()) if (row.codeHash === codeHash) return row.paymentId as PaymentId
    return undefined
  }

  async history({ deviceId, payerId, beforeMs, limit }: HistoryQuery): Promise<readonly Payment[]> {
    return [...this.rows.values()]
      .filter((row) => row.deviceId === deviceId || (payerId !== undefined && row.payerId === payerId))
      .filter((row) => beforeMs === undefined || row.claimedAtMs < beforeMs)
      .sort((a, b) => b.claimedAtMs - a.claimedAtMs)
      .slice(0, limit)
      .map((row) => decodePayment(row.body))
  }

  async complaintsSince({ deviceId, payerId, machineId, sinceMs }: ComplaintQuery): Promise<Complaints> {
    const told = [...this.rows.values()].filter(
      (row) => row.complainedAtMs !== null && row.complainedAtMs >= sinceMs,
    )
    return {
      byPayer: told.filter(
        (row) => row.deviceId === deviceId || (payerId !== undefined && row.payerId === payerId),
      ).length,
      atMachine: told.filter((row) => row.machineId === machineId).length,
    }
  }

  async openCases(limit: number): Promise<readonly Payment[]> {
    return [...this.rows.values()]
      .filter((row) => row.openCase !== null)
      .slice(0, limit)
      .map((row) => decodePayment(row.body))
  }
}
