import type { ChipId } from '#protocol/identifier.ts'
import type { Sql } from '../database.ts'
import { chipsInUse } from './load.ts'
import type { MachineRecord } from './record.ts'
import type { MachineRegistry } from './registry.ts'

/** Many rows change with one fleet file: one round serves them all. */
const GATHER_MS = 200

export interface TariffPorts {
  readonly sql: Sql
  readonly machines: MachineRegistry
  /** The version that a chip last said it sells at; undefined when it was not heard. */
  readonly versionAt: (chipId: ChipId) => number | undefined
  readonly send: (record: MachineRecord) => Promise<void>
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/**
 * Sends new prices to the chips that are there, as soon as they are in the registry. Whoever misses it gets them at the
 * next hello. Returns the way to stop.
 */
export function publishTariffs({ sql, machines, versionAt, send, warn }: TariffPorts): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const publish = async () => {
    for (const chipId of await chipsInUse(sql)) {
      const version = versionAt(chipId)
      if (version === undefined) continue
      const record = await machines.machineByChip(chipId)
      if (record?.tariff && record.tariff.tariffVersion !== version) await send(record)
    }
  }
  const unsubscribe = machines.onChange(() => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      publish().catch((error: unknown) => {
        warn('new tariffs were not sent', { why: error instanceof Error ? error.message : 'error' })
      })
    }, GATHER_MS)
  })
  return () => {
    clearTimeout(timer)
    unsubscribe()
  }
}
