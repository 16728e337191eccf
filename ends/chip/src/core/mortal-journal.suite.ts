/** A journal in memory, for tests, that dies at a chosen write. */
import type { JournalRecord } from './journal-record.ts'
import type { Journal } from './ports.ts'

/** Thrown by a journal at the chosen moment; whatever the chip was doing ends there. */
export class PowerCut extends Error {}

/** Every write passes moments before and after; at the chosen one power goes. */
export class MortalJournal implements Journal {
  durable: JournalRecord[] = []
  pending: JournalRecord[] = []
  /** Moments left until power goes. */
  cutIn = Number.POSITIVE_INFINITY
  moments = 0

  load(): readonly JournalRecord[] {
    return [...this.durable]
  }

  append(record: JournalRecord): void {
    this.moment()
    this.pending.push(record)
    this.moment()
  }

  sync(): void {
    this.moment()
    this.durable.push(...this.pending)
    this.pending = []
    this.moment()
  }

  rewrite(records: readonly JournalRecord[]): void {
    this.moment()
    this.durable = [...records]
    this.pending = []
    this.moment()
  }

  /** A killed process leaves what it wrote; a power cut takes what was not synced. */
  reboot(keepsUnsynced: boolean): void {
    if (keepsUnsynced) this.durable.push(...this.pending)
    this.pending = []
    this.cutIn = Number.POSITIVE_INFINITY
  }

  private moment(): void {
    this.moments += 1
    this.cutIn -= 1
    if (this.cutIn < 0) {
      this.cutIn = Number.POSITIVE_INFINITY
      throw new PowerCut('power went')
    }
  }
}
