import type { PaymentId } from '#protocol/identifier.ts'
import type { SignedWord } from '../evidence/signed.ts'
import type { Posting } from './effect.ts'
import type { Event } from './event.ts'
import type { Order, Payment } from './state.ts'

/**
 * Where payments are kept: the only place that writes them. What it has acknowledged survives any single
 * fault (I9). `journal.suite.ts` holds every implementation to this.
 */
export interface Journal {
  /**
   * A new payment at version 1. Its code may never have been claimed, and its machine slot must be free (I6):
   * both are decided by the storage itself, so that two nodes cannot both say yes.
   */
  create(payment: Payment): Promise<'created' | 'code-used' | 'machine-claimed'>
  /** The next version with the event that led to it; false when the journal has moved on (a stale writer). */
  append(entry: Entry): Promise<boolean>
  read(paymentId: PaymentId): Promise<Payment | undefined>
  /** Ids of payments for which time matters by `nowMs`, the longest waiting first. */
  due(nowMs: number, limit: number): Promise<readonly PaymentId[]>
  byOrder(orderId: string): Promise<PaymentId | undefined>
  byCode(codeHash: string): Promise<PaymentId | undefined>
  /** Payments of a device or of its signed-in payer, newest first, older than the cursor. */
  history(of: HistoryQuery): Promise<readonly Payment[]>
  /** How many complaints came from this payer (or device), and about this machine. */
  complaintsSince(about: ComplaintQuery): Promise<Complaints>
  openCases(limit: number): Promise<readonly Payment[]>
}

export interface ComplaintQuery {
  readonly deviceId: string
  readonly payerId?: string
  readonly machineId: string
  readonly sinceMs: number
}

export interface Complaints {
  readonly byPayer: number
  readonly atMachine: number
}

export interface HistoryQuery {
  readonly deviceId: string
  readonly payerId?: string
  readonly beforeMs?: number
  readonly limit: number
}

export interface Entry {
  readonly payment: Payment
  readonly expectedVersion: number
  /** As it was hashed into the chain (I11), to the byte. */
  readonly eventText: string
  readonly event: Event
  readonly previousHash: string
  /** Orders that this entry makes; at most one per payment and kind, one refund per reason (I12). */
  readonly newOrders: readonly Order[]
  readonly postings: readonly Posting[]
  /** What the event was read from, where a chip signed it. */
  readonly signed?: SignedWord
}
