import { parseArgs } from 'node:util'
import { type OpenDatabase, openFolder, openNamed } from './database.ts'
import { seedDatabase } from './seed.ts'

const USAGE = `npm run seed -- [--payments N] [--seed N] [--until DATE] [--folder F | --database-url-file F] [--json]

Fills an empty database with a fleet and its year of payments. Without a database named, a PostgreSQL of its own keeps it
in a folder (.farthing/seeded-fleet by default). The same seed, number and end give the same rows; the end is the last full hour
unless told.`
const PAYMENTS_MAX = 10_000_000
const HOUR_MS = 3_600_000
const EXIT_MISUSED = 2

interface Options {
  readonly payments: number
  readonly seed: number
  readonly untilMs: number
  readonly folder: string
  readonly urlFile: string | undefined
  readonly json: boolean
}

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      payments: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      until: { type: 'string' },
      folder: { type: 'string' },
      'database-url-file': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const payments = Number(values.payments)
  const seed = Number(values.seed)
  const lastHourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
  const untilMs = values.until === undefined ? lastHourMs : Date.parse(values.until)
  const { folder, json } = values
  const urlFile = values['database-url-file']
  const both = folder !== undefined && urlFile !== undefined
  const counted = Number.isSafeInteger(payments) && payments > 0 && payments <= PAYMENTS_MAX
  if (both || !counted || !Number.isSafeInteger(seed) || Number.isNaN(untilMs)) return null
  return { payments, seed, untilMs, folder: folder ?? '.farthing/seeded-fleet', urlFile, json }
}

function progress(payments: number): (done: number, seconds: number) => void {
  let toldAt = 0
  return (done, seconds) => {
    if (seconds - toldAt < 5 && done < payments) return
    toldAt = seconds
    const left = Math.round((seconds / done) * (payments - done))
    process.stderr.write(`${String(done)} of ${String(payments)} payments, about ${String(left)} s left\n`)
  }
}

async function fill(database: OpenDatabase, options: Options): Promise<number> {
  const { payments, seed, untilMs, json } = options
  const seeded = await seedDatabase(database.sql, { payments, seed, untilMs, tell: progress(payments) })
  if (!seeded.ok) {
    process.stderr.write(`${seeded.error}\n`)
    return 1
  }
  const { merchants, machines, events, seconds } = seeded.value
  const words = `${String(payments)} payments (${String(events)} events) of ${String(machines)} machines and ${String(merchants)} merchants in ${String(seconds)} s, in ${database.where}`
  console.log(json ? JSON.stringify(seeded.value) : words)
  return 0
}

async function main(): Promise<number> {
  const options = readOptions()
  if (options === null) {
    process.stderr.write(`${USAGE}\n`)
    return EXIT_MISUSED
  }
  const { urlFile, folder } = options
  const database = urlFile === undefined ? await openFolder(folder, true) : await openNamed(urlFile)
  try {
    return await fill(database, options)
  } finally {
    await database.close()
  }
}

process.exitCode = await main()
