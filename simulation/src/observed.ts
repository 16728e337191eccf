import type { ChipId } from '#protocol/identifier.ts'
import type { DownMessage, UpMessage } from '#protocol/message/registry.ts'
import type { Evidence } from '#machine/machine.ts'
import type { PhysicalRun } from '#machine/simulated/thing.ts'
import type { JournalRecord } from '#chip/core/journal-record.ts'
import type { Columns } from '#system/payment/columns.ts'
import type { MemoryJournal } from '#system/payment/journal-memory.ts'
import { DEFAULT_TIMES, type Times } from '#system/payment/times.ts'
import type { BankRecord, Booking } from './bank-books.ts'
import { EPOCH_MS, type RecordChange } from './registry.ts'
import type { Acknowledged } from './system-journal.ts'
import type { Agreed } from './verification.ts'
import type { Said } from './witness.ts'
import type { World } from './world.ts'

/** One run as it physically happened; times in epoch ms. */
export interface ObservedRun extends Readonly<PhysicalRun> {
  readonly chipId: ChipId
  readonly evidence: Evidence
}

export interface ObservedChip {
  readonly chipId: ChipId
  /** Everything that its journal ever held durably. */
  readonly journal: readonly JournalRecord[]
}

/**
 * All that can be seen of a world from outside of the system: its journal as stored, the bank's ledger, the chips'
 * journals, what the machines physically did, what was said on the link, what payers agreed to. Plain data: a test
 * alters it and sees the violation found.
 */
export interface Observed {
  readonly times: Times
  readonly clearedAtMs: number
  /** When everything had to be closed, at the latest; the journal was looked at then too. */
  readonly dueAtMs: number
  readonly openWhenDue: readonly string[]
  readonly rows: readonly Columns[]
  readonly entries: MemoryJournal['entries']
  readonly postings: MemoryJournal['postings']
  readonly acknowledged: readonly Acknowledged[]
  readonly bankRecords: readonly Readonly<BankRecord>[]
  readonly bookings: readonly Booking[]
  readonly conflicts: readonly { readonly orderId: string; readonly bytes: string }[]
  readonly runs: readonly ObservedRun[]
  readonly chips: readonly ObservedChip[]
  readonly ups: readonly Said<UpMessage>[]
  readonly downs: readonly Said<DownMessage>[]
  readonly agreed: readonly Agreed[]
  readonly registry: ReadonlyMap<ChipId, readonly RecordChange[]>
}

export function observe(
  world: World,
  closing: { readonly dueAtMs: number; readonly openWhenDue: readonly string[] },
): Observed {
  const { journal, bank, sites, witness } = world
  const clearedAtMs = EPOCH_MS + (world.weather.clearedAtMs ?? 0)
  return {
    times: DEFAULT_TIMES,
    clearedAtMs,
    ...closing,
    rows: [...journal.rows.values()],
    entries: journal.entries,
    postings: journal.postings,
    acknowledged: world.acknowledged,
    bankRecords: [...bank.books.records.values()],
    bookings: bank.books.bookings,
    conflicts: bank.books.conflicts,
    runs: sites.flatMap((site) =>
      site.thing
        .history()
        .filter((run) => run.source === 'chip')
        .map((run) => ({
          ...run,
          startedAtMs: EPOCH_MS + site.worldMs(run.startedAtMs),
          endedAtMs: run.endedAtMs === null ? null : EPOCH_MS + site.worldMs(run.endedAtMs),
          chipId: site.chipId,
          evidence: site.settings.kind.thing.evidence,
        })),
    ),
    chips: sites.map(({ chipId, journal }) => ({ chipId, journal: journal.everDurable })),
    ups: witness.ups,
    downs: witness.downs,
    agreed: world.verifications.agreed,
    registry: world.registry.history(),
  }
}
