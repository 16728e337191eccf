import { anchorChains } from '#system/audit/anchor.ts'
import type { Sql } from '#system/database.ts'
import { migrate } from '#system/migrations.ts'
import { type Result, fail, ok } from '#protocol/result.ts'
import { Chance } from './chance.ts'
import { makeFleet } from './fleet.ts'
import { livesOf, makePayers } from './payments.ts'
import { PaymentRows, writeFleet, writePayers } from './rows.ts'
import { writeStaff } from './staff.ts'

const BATCH = 2000

export interface SeedOptions {
  readonly payments: number
  readonly seed: number
  /** When the history ends. */
  readonly untilMs: number
  readonly tell: (done: number, seconds: number) => void
}

export interface Seeded {
  readonly payments: number
  readonly events: number
  readonly merchants: number
  readonly machines: number
  readonly anchored: number
  readonly seconds: number
}

/** Fills an empty database with a fleet and its year. The same options give the same rows. */
export async function seedDatabase(sql: Sql, options: SeedOptions): Promise<Result<Seeded, string>> {
  const { payments, seed, untilMs, tell } = options
  const startedAtMs = Date.now()
  const seconds = () => (Date.now() - startedAtMs) / 1000
  await migrate(sql)
  const there = await sql`SELECT 1 FROM merchant LIMIT 1`
  if (there.length > 0) return fail('The database has merchants already; seeding begins with an empty one.')
  const chance = new Chance(`seed ${String(seed)}`)
  const fleet = makeFleet(chance.forked('fleet'), payments)
  const payers = makePayers(chance.forked('payers'), payments)
  const ids = chance.forked('ids')
  await writeFleet(sql, fleet)
  await writePayers(sql, payers, (bytes) => ids.id(bytes))
  await writeStaff(sql, fleet, chance.forked('staff'))
  let done = 0
  let events = 0
  let rows = new PaymentRows()
  let writing: Promise<void> = Promise.resolve()
  for (const life of livesOf(chance.forked('lives'), { count: payments, untilMs, fleet, payers })) {
    rows.add(life)
    events += life.rows.length
    done += 1
    if (done % BATCH !== 0 && done !== payments) continue
    // While the database takes one batch, the next is thought up.
    await writing
    writing = rows.flush(sql)
    rows = new PaymentRows()
    tell(done, seconds())
  }
  await writing
  const anchored = await anchorChains(sql, untilMs)
  await sql`ANALYZE`
  return ok({
    payments,
    events,
    anchored,
    merchants: fleet.merchants.length,
    machines: fleet.machines.length,
    seconds: Math.round(seconds() * 10) / 10,
  })
}
