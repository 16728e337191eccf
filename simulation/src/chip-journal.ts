import type { JournalRecord } from '#chip/core/journal-record.ts'
import type { Journal } from '#chip/core/ports.ts'

/** Thrown where power goes in the middle of a write; whatever the chip was doing ends there. */
export class PowerCut extends Error {}

/** A chip's flash: keeps what was synced. Before and after every write is a moment at which power may go. */
export class ChipJournal implements Journal {
  #durable: JournalRecord[] = []
  #pending: JournalRecord[] = []
  /** Everything that ever became durable, compactions and all: for those who check afterwards. */
  readonly everDurable: JournalRecord[] = []
  readonly #powerGoes: () => boolean

  constructor(powerGoes: () => boolean) {
    this.#powerGoes = powerGoes
  }

  load(): readonly JournalRecord[] {
    return [...this.#durable]
  }

  append(record: JournalRecord): void {
    this.#moment()
    this.#pending.push(record)
    this.#moment()
  }

  sync(): void {
    this.#moment()
    this.#settle()
    this.#moment()
  }

  rewrite(records: readonly JournalRecord[]): void {
    this.#moment()
    this.everDurable.push(...this.#pending)
    this.#durable = [...records]
    this.#pending = []
    this.#moment()
  }

  /** A killed process leaves what it wrote; a power cut takes what was not synced. */
  reboot(keepsUnsynced: boolean): void {
    if (keepsUnsynced) this.#settle()
    this.#pending = []
  }

  #settle(): void {
    this.#durable.push(...this.#pending)
    this.everDurable.push(...this.#pending)
    this.#pending = []
  }

  #moment(): void {
    if (this.#powerGoes()) throw new PowerCut('power went')
  }
}
