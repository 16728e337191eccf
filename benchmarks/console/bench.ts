import path from 'node:path'
import { makeTemporaryFolder } from '#hosting/temporary-folder.ts'
import { migrate } from '#system/migrations.ts'
import { type OpenDatabase, openFolder } from '../seed/database.ts'
import { seedDatabase } from '../seed/seed.ts'
import { type Fleet, type Measured, measure, openFleet } from './measure.ts'
import { QUERIES } from './queries.ts'

const SMALL = 1000
const SEED = 1

export interface BenchOptions {
  readonly payments: number
  readonly repetitions: number
  /** A fleet that `npm run seed` left there; without it one is made, and thrown away. */
  readonly folder?: string
  readonly tell: (line: string) => void
}

export interface Benched {
  readonly payments: number
  readonly measured: readonly Measured[]
}

/** Every query of the console on a fleet of a thousand payments and on a big one, in one run. */
export async function benchConsole(options: BenchOptions): Promise<Benched> {
  const temporary = await makeTemporaryFolder('bench-console')
  const opened: OpenDatabase[] = []
  const fleets: Fleet[] = []
  try {
    const small = await openFolder(path.join(temporary.folder, 'small'), false)
    opened.push(small)
    await fill(small, SMALL, options)
    const big = await openFolder(options.folder ?? path.join(temporary.folder, 'big'), false)
    opened.push(big)
    if (options.folder === undefined) await fill(big, options.payments, options)
    else await migrate(big.sql)
    // Rows settle as they do in a database that lives.
    for (const { sql } of opened) await sql`VACUUM (ANALYZE)`
    const askers = [...new Set(QUERIES.map(({ asker }) => asker))]
    for (const { sql } of opened) fleets.push(await openFleet(sql, askers))
    const [counted] = await big.sql<{ payments: number }[]>`SELECT count(*)::int AS payments FROM payment`
    return { payments: counted?.payments ?? 0, measured: await measureAll(fleets, options) }
  } finally {
    for (const fleet of fleets) await fleet.close()
    for (const database of opened) await database.close()
    await temporary.remove()
  }
}

async function fill({ sql }: OpenDatabase, payments: number, { tell }: BenchOptions): Promise<void> {
  const seeded = await seedDatabase(sql, { payments, seed: SEED, untilMs: Date.now(), tell: () => undefined })
  if (!seeded.ok) throw new Error(seeded.error)
  tell(`${String(payments)} payments seeded in ${String(seeded.value.seconds)} s`)
}

async function measureAll(fleets: readonly Fleet[], { repetitions, tell }: BenchOptions) {
  const [small, big] = fleets
  if (small === undefined || big === undefined) throw new Error('two fleets are compared')
  const measured: Measured[] = []
  for (const query of QUERIES) {
    const result = await measure([small, big], query, repetitions)
    measured.push(result)
    const { asker, name, rows, smallMs, bigMs, ratio } = result
    tell(
      `${ratio.toFixed(2).padStart(7)}  ${smallMs.toFixed(2)} ms, ${bigMs.toFixed(2)} ms  ${asker}: ${name} (${String(rows)} rows)`,
    )
  }
  return measured
}
