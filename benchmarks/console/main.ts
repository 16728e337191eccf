import { parseArgs } from 'node:util'
import { benchConsole } from './bench.ts'

const USAGE = `npm run bench:console -- [--payments N] [--folder F] [--repetitions N] [--json]

Asks every query of the console of a fleet of 1000 payments and of a big one (1000000 unless told; or the one that npm run
seed left in a folder), by turns. Exits 1 when the median of any is more than three times as long on the big one.`
const RATIO_MAX = 3
const EXIT_MISUSED = 2

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      payments: { type: 'string', default: '1000000' },
      repetitions: { type: 'string', default: '31' },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const payments = Number(values.payments)
  const repetitions = Number(values.repetitions)
  const good = [payments, repetitions].every((count) => Number.isSafeInteger(count) && count > 0)
  if (!good) {
    process.stderr.write(`${USAGE}\n`)
    return EXIT_MISUSED
  }
  const benched = await benchConsole({
    payments,
    repetitions,
    ...(values.folder === undefined ? {} : { folder: values.folder }),
    tell: (line) => void process.stderr.write(`${line}\n`),
  })
  const slowest = Math.max(...benched.measured.map(({ ratio }) => ratio))
  const last = {
    payments: benched.payments,
    queries: benched.measured.length,
    slowestRatio: Math.round(slowest * 100) / 100,
  }
  if (!values.json)
    for (const of of benched.measured.filter(({ ratio }) => ratio > RATIO_MAX)) console.log(of)
  console.log(JSON.stringify(last))
  return slowest > RATIO_MAX ? 1 : 0
}

process.exitCode = await main()
