import type { BootId, PaymentId, RetirementId } from '#protocol'
import type { JournalRecord, OutcomeRecord, StartedRecord } from './journal-record.ts'
import type { Journal } from './ports.ts'

/** So many counters are reserved with one synced write. */
const COUNTER_BLOCK = 64
const COUNTER_MAX = 0xffff_ffff
/** Acknowledged outcomes that are still answered when asked again; older ones are forgotten. */
const MAX_ACKNOWLEDGED_KEPT = 1024
/** Tariffs kept: the one in force and some that are still to come. */
const MAX_TARIFFS = 4
/** The journal is rewritten after so many records beyond those that are needed. */
const COMPACT_AFTER_RECORDS = 4096

/** A run that was started and has no outcome yet. */
export interface OpenRun {
  readonly started: StartedRecord
  deliveredUnits: number
}

/**
 * What the chip knows for certain: the fold of its journal. The only place that writes to the journal; a fact is in
 * memory only after it was appended, and durable after `keep`.
 */
export class Memory {
  private readonly journal: Journal
  private bootId: BootId | undefined
  private counter = 0
  private countersUpTo = 0
  private readonly tariffMessages: string[] = []
  private readonly open = new Map<PaymentId, OpenRun>()
  private readonly outcomes = new Map<PaymentId, OutcomeRecord>()
  private readonly unacknowledged = new Map<number, OutcomeRecord>()
  private sequence = 0
  private retiring: RetirementId | undefined
  private left = false
  private recordsSinceRewrite = 0

  constructor(journal: Journal) {
    this.journal = journal
    for (const record of journal.load()) this.apply(record)
    this.counter = this.countersUpTo
  }

  /** Makes a fact durable: when this returns it survives a power cut. */
  keep(record: JournalRecord): void {
    this.journal.append(record)
    this.journal.sync()
    this.apply(record)
    this.compactIfLong()
  }

  /** Appends a fact whose loss would do no harm. */
  note(record: JournalRecord): void {
    this.journal.append(record)
    this.apply(record)
    this.compactIfLong()
  }

  boot(): BootId {
    if (this.bootId === undefined) throw new Error('a chip has a boot id once it was started')
    return this.bootId
  }

  /** The newest counter used, or skipped by a reboot. */
  lastCounter(): number {
    return this.counter
  }

  /** Never the same twice, power cuts included: a block is reserved in the journal before its first use. */
  nextCounter(): number {
    if (this.counter >= COUNTER_MAX) throw new Error('the counter of payment codes is used up')
    if (this.counter >= this.countersUpTo) {
      this.keep({ kind: 'counters', upTo: Math.min(this.counter + COUNTER_BLOCK, COUNTER_MAX) })
    }
    this.counter += 1
    return this.counter
  }

  /** Signed tariff messages in hex, oldest first. */
  tariffs(): readonly string[] {
    return this.tariffMessages
  }

  openRuns(): readonly OpenRun[] {
    return [...this.open.values()]
  }

  openRun(paymentId: PaymentId): OpenRun | undefined {
    return this.open.get(paymentId)
  }

  outcomeOf(paymentId: PaymentId): OutcomeRecord | undefined {
    return this.outcomes.get(paymentId)
  }

  nextSequence(): number {
    return this.sequence + 1
  }

  /** Oldest first. */
  unacknowledgedOutcomes(): readonly OutcomeRecord[] {
    return [...this.unacknowledged.values()]
  }

  /** The release under way, if the chip is leaving its owner. */
  retirement(): RetirementId | undefined {
    return this.retiring
  }

  /** The last word was taken: nothing hinders the wipe any more. */
  hasLeft(): boolean {
    return this.left
  }

  private apply(record: JournalRecord): void {
    this.recordsSinceRewrite += 1
    switch (record.kind) {
      case 'boot':
        this.bootId = record.boot
        return
      case 'counters':
        this.countersUpTo = Math.max(this.countersUpTo, record.upTo)
        return
      case 'tariff':
        this.tariffMessages.push(record.message)
        if (this.tariffMessages.length > MAX_TARIFFS) this.tariffMessages.shift()
        return
      case 'started':
        this.open.set(record.paymentId, { started: record, deliveredUnits: 0 })
        return
      case 'progress': {
        const run = this.open.get(record.paymentId)
        if (run !== undefined) run.deliveredUnits = Math.max(run.deliveredUnits, record.deliveredUnits)
        return
      }
      case 'outcome':
        return this.applyOutcome(record)
      case 'acknowledged':
        this.unacknowledged.delete(record.sequence)
        return
      case 'retiring':
        this.retiring = record.retirementId
        return
      case 'left':
        this.left = true
        return
    }
  }

  private applyOutcome(record: OutcomeRecord): void {
    this.open.delete(record.paymentId)
    this.outcomes.set(record.paymentId, record)
    this.unacknowledged.set(record.sequence, record)
    this.sequence = Math.max(this.sequence, record.sequence)
    if (this.outcomes.size <= MAX_ACKNOWLEDGED_KEPT + this.unacknowledged.size) return
    for (const [paymentId, { sequence }] of this.outcomes) {
      if (this.unacknowledged.has(sequence)) continue
      this.outcomes.delete(paymentId)
      return
    }
  }

  private compactIfLong(): void {
    if (this.recordsSinceRewrite < COMPACT_AFTER_RECORDS + this.outcomes.size * 2) return
    const records = this.records()
    this.journal.rewrite(records)
    this.recordsSinceRewrite = records.length
  }

  /** The fewest records whose fold is this memory. */
  private records(): JournalRecord[] {
    const records: JournalRecord[] = [{ kind: 'boot', boot: this.boot() }]
    records.push({ kind: 'counters', upTo: this.countersUpTo })
    for (const message of this.tariffMessages) records.push({ kind: 'tariff', message })
    for (const outcome of this.outcomes.values()) {
      records.push(outcome)
      if (!this.unacknowledged.has(outcome.sequence)) {
        records.push({ kind: 'acknowledged', sequence: outcome.sequence })
      }
    }
    for (const { started, deliveredUnits } of this.open.values()) {
      records.push(started, { kind: 'progress', paymentId: started.paymentId, deliveredUnits })
    }
    if (this.retiring !== undefined) records.push({ kind: 'retiring', retirementId: this.retiring })
    if (this.left) records.push({ kind: 'left' })
    return records
  }
}
