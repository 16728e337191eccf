import { ChipId } from '#protocol/identifier.ts'
import type { Hello } from '#protocol/message/hello.ts'
import type { Sql } from '../database.ts'
import type { MachineRecord } from '../machine/record.ts'
import { type CloneSign, NOTHING_SEEN, type Sightings, sight, takeoverSign } from './clone.ts'
import { quarantineChip } from './quarantine.ts'
import { Turnstile } from './turnstile.ts'

/** Chips whose sightings are in memory; more, and the longest silent are read again from the database. */
const WATCHED_MAX = 50_000
/** What changes at every hello (the counter, the clock) is written so often at most; what tells of clones at once. */
const WRITE_EVERY_MS = 6 * 60 * 60 * 1000
const TAKEOVER_BYTES_MAX = 256

interface Watched {
  readonly series: number
  readonly sightings: Sightings
  readonly writtenAtMs: number
}

export interface CloneWatchPorts {
  readonly sql: Sql
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/** A fleet that says hello at once after an outage is looked at by turns; who finds no room is heard the next time. */
const JUDGING = { atOnce: 2, waitingMax: 50_000 }

/** Looks at every hello for signs of a clone, and holds such a chip back. Judged by `clone.ts`. */
export class CloneWatch {
  readonly #ports: CloneWatchPorts
  readonly #watched = new Map<string, Watched>()
  readonly #turnstile = new Turnstile(JUDGING)
  /** Of one chip one after the other, so that two hellos do not each judge the same sightings. */
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(ports: CloneWatchPorts) {
    this.#ports = ports
  }

  /** Resolves when it was judged; what could not be, for want of a database, the next hello makes good. */
  hear(record: MachineRecord, hello: Hello, heardAtMs: number): Promise<void> {
    const { chipId } = record
    const next = (this.#underWay.get(chipId) ?? Promise.resolve())
      .then(() => this.#turnstile.through(() => this.#judge(record, hello, heardAtMs)))
      .then(() => undefined)
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        this.#ports.warn('a hello could not be looked at for clones', { chipId, why })
      })
      .finally(() => {
        if (this.#underWay.get(chipId) === next) this.#underWay.delete(chipId)
      })
    this.#underWay.set(chipId, next)
    return next
  }

  /** What the broker published; it alone may. */
  async hearTakeover(payload: Uint8Array, atMs: number): Promise<void> {
    const takeover = readTakeover(payload)
    const sign = takeover ? takeoverSign(takeover.count) : null
    if (takeover && sign) await this.#hold(takeover.chipId, sign, atMs)
  }

  async #judge(record: MachineRecord, hello: Hello, heardAtMs: number): Promise<void> {
    if (record.chipRevoked || record.chipQuarantined) return
    const { chipId, sightingSeries: series } = record
    const kept = this.#watched.get(chipId)
    const before = kept?.series === series ? kept : await this.#read(chipId, series)
    const { after, sign } = sight(before.sightings, hello, heardAtMs)
    const write = tellsOfClones(before.sightings, after) || heardAtMs >= before.writtenAtMs + WRITE_EVERY_MS
    if (write) await this.#write(chipId, series, after)
    this.#watched.delete(chipId)
    this.#watched.set(chipId, {
      series,
      sightings: after,
      writtenAtMs: write ? heardAtMs : before.writtenAtMs,
    })
    if (this.#watched.size > WATCHED_MAX) {
      const [longest] = this.#watched.keys()
      if (longest !== undefined) this.#watched.delete(longest)
    }
    if (sign) await this.#hold(chipId, sign, heardAtMs)
  }

  async #hold(chipId: ChipId, sign: CloneSign, atMs: number): Promise<void> {
    if (await quarantineChip(this.#ports.sql, chipId, { sign, atMs })) {
      this.#ports.warn('there may be two of a chip: it is held back', { chipId, sign })
    }
  }

  async #read(chipId: ChipId, series: number): Promise<Watched> {
    const [row] = await this.#ports.sql<{ sightings: Sightings; changed_at: Date }[]>`
      SELECT sightings, changed_at FROM chip_sighting WHERE chip_id = ${chipId} AND series = ${series}`
    return { series, sightings: row?.sightings ?? NOTHING_SEEN, writtenAtMs: row?.changed_at.getTime() ?? 0 }
  }

  async #write(chipId: ChipId, series: number, sightings: Sightings): Promise<void> {
    const { sql } = this.#ports
    await sql`
      INSERT INTO chip_sighting (chip_id, series, sightings) VALUES (${chipId}, ${series}, ${sql.json(sightings as never)})
      ON CONFLICT (chip_id) DO UPDATE SET series = excluded.series, sightings = excluded.sightings, changed_at = now()
      WHERE chip_sighting.series <= excluded.series`
  }
}

/** A new boot, or one that takes its turn. */
function tellsOfClones(before: Sightings, after: Sightings): boolean {
  return before.turn?.boot !== after.turn?.boot || before.alternations !== after.alternations
}

function readTakeover(payload: Uint8Array): { readonly chipId: ChipId; readonly count: number } | null {
  if (payload.length > TAKEOVER_BYTES_MAX) return null
  try {
    const said = JSON.parse(Buffer.from(payload).toString('utf8')) as {
      chipId?: unknown
      count?: unknown
    } | null
    const chipId = ChipId.parse(said?.chipId)
    return chipId !== null && typeof said?.count === 'number' ? { chipId, count: said.count } : null
  } catch {
    return null
  }
}
