import { parseArgs } from 'node:util'
import { decodePayment } from '#system/payment/codec.ts'
import { FAULT_LEVELS, type FaultLevel } from './faults.ts'
import type { Violation } from './invariant/violation.ts'
import type { Observed } from './observed.ts'
import { isOpen, simulate, type Simulated } from './simulate.ts'
import { story } from './story.ts'
import type { WorldSettings } from './world.ts'

const USAGE =
  'usage: npm run simulate -- [--payments N] [--seed N] [--faults none|normal|heavy] [--story PAYMENT] [--json]'
const STORIES_MAX = 3
const PAYMENTS_MAX = 1_000_000

interface Options extends WorldSettings {
  readonly json: boolean
  readonly story: string | undefined
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      payments: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      faults: { type: 'string', default: 'normal' },
      story: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const payments = Number(values.payments)
  const seed = Number(values.seed)
  const faults = FAULT_LEVELS.find((level): level is FaultLevel => level === values.faults)
  const good = Number.isSafeInteger(payments) && payments > 0 && payments <= PAYMENTS_MAX
  if (!good || !Number.isSafeInteger(seed) || faults === undefined) return undefined
  return { payments, seed, faults, json: values.json, story: values.story }
}

function summary(
  options: Options,
  { observed, violations, ...rest }: Simulated,
  startedAtMs: number,
): object {
  const payments = observed.rows.map((row) => decodePayment(row.body))
  const inState = (state: string): number => payments.filter((payment) => payment.state === state).length
  return {
    payments: payments.length,
    seed: options.seed,
    faults: rest.faultsTotal,
    faultLevel: options.faults,
    delivered: inState('delivered'),
    refunded: inState('refunded'),
    partlyRefunded: inState('partlyRefunded'),
    ended: inState('ended'),
    cases: payments.filter((payment) => payment.case !== undefined).length,
    open: payments.filter(isOpen).length,
    violations: violations.length,
    hours: Math.round(rest.hours * 10) / 10,
    seconds: Math.round((Date.now() - startedAtMs) / 100) / 10,
    trace: rest.trace,
  }
}

function casesOf(observed: Observed): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { body } of observed.rows) {
    const reason = decodePayment(body).case?.reason
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return counts
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function tellViolations(options: Options, violations: readonly Violation[], observed: Observed): void {
  for (const { invariant, paymentId, words } of violations) print(`${invariant} ${paymentId}: ${words}`)
  const ids = new Set(violations.map(({ paymentId }) => paymentId).filter((id) => id !== ''))
  for (const paymentId of [...ids].slice(0, STORIES_MAX)) {
    print(`\n${paymentId}`)
    for (const line of story(observed, paymentId)) print(line)
  }
  const { payments, seed, faults } = options
  print(
    `\nreplay: npm run simulate -- --payments ${String(payments)} --seed ${String(seed)} --faults ${faults} --story PAYMENT`,
  )
}

async function main(): Promise<number> {
  const options = readOptions()
  if (!options) {
    process.stderr.write(`${USAGE}\n`)
    return 2
  }
  const startedAtMs = Date.now()
  const simulated = await simulate(options)
  const { observed, violations } = simulated
  if (!options.json) {
    for (const [kind, count] of Object.entries(simulated.faults))
      print(`${String(count).padStart(7)} ${kind}`)
    for (const [reason, count] of Object.entries(simulated.refusals))
      print(`${String(count).padStart(7)} claims refused: ${reason}`)
    for (const [reason, count] of casesOf(observed)) print(`${String(count).padStart(7)} cases: ${reason}`)
  }
  if (options.story !== undefined) for (const line of story(observed, options.story)) print(line)
  if (violations.length > 0) tellViolations(options, violations, observed)
  print(JSON.stringify(summary(options, simulated, startedAtMs)))
  const open = observed.rows.map((row) => decodePayment(row.body)).some(isOpen)
  return violations.length > 0 || open ? 1 : 0
}

process.exitCode = await main()
