import { ChipId } from '#protocol/identifier.ts'
import type { Sql } from '../database.ts'
import type { Notifications } from '../notifications.ts'
import { isChipEnabled, loadMachine } from './load.ts'
import type { MachineRecord } from './record.ts'

export const REGISTRY_CHANNEL = 'farthing_registry'
const RECORDS_MAX = 20_000
/** Only for the moment in which the listening connection is lost and not yet back. */
const AGE_MAX_MS = 5000

export interface MachineRegistry {
  /** From memory when it is fresh. Null for a chip that nobody registered. */
  machineByChip(chipId: ChipId): Promise<MachineRecord | null>
  /** Straight from the database, past every memory: for the moments before money is spent or a machine moves. */
  isEnabledNow(chipId: ChipId): Promise<boolean>
  /** Called after anything in the registry changed. Returns the way to unsubscribe. */
  onChange(listener: () => void): () => void
  /** Hears nothing any more. */
  close(): void
}

interface Kept {
  readonly record: MachineRecord
  readonly loadedAtMs: number
}

/** Listens for changes first, then serves: what is in memory is never older than the last change that was told. */
export async function openMachineRegistry(
  sql: Sql,
  notifications: Notifications,
  nowMs: () => number,
): Promise<MachineRegistry> {
  const kept = new Map<ChipId, Kept>()
  const listeners = new Set<() => void>()
  let generation = 0
  let closed = false
  const forget = () => {
    if (closed) return
    generation += 1
    kept.clear()
    for (const listener of listeners) listener()
  }
  /** A notice without a chip is about everything; one with a chip is about its keys alone, and moves nobody else. */
  const hear = (payload: string) => {
    const chipId = ChipId.parse(payload)
    if (chipId === null || closed) return forget()
    generation += 1
    kept.delete(chipId)
  }
  // At each connection too: what was told meanwhile is lost, so all is forgotten.
  await notifications.subscribe(REGISTRY_CHANNEL, { onNotice: hear, onConnected: forget })

  async function machineByChip(chipId: ChipId): Promise<MachineRecord | null> {
    const found = kept.get(chipId)
    if (found !== undefined && nowMs() - found.loadedAtMs <= AGE_MAX_MS) return found.record
    const asked = generation
    const record = await loadMachine(sql, chipId)
    if (record !== null && asked === generation) keep(kept, { record, loadedAtMs: nowMs() })
    return record
  }

  return {
    machineByChip,
    isEnabledNow: (chipId) => isChipEnabled(sql, chipId),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      closed = true
      listeners.clear()
    },
  }
}

function keep(kept: Map<ChipId, Kept>, entry: Kept): void {
  kept.delete(entry.record.chipId)
  kept.set(entry.record.chipId, entry)
  if (kept.size <= RECORDS_MAX) return
  for (const oldest of kept.keys()) {
    kept.delete(oldest)
    return
  }
}
