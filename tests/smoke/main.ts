import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startHouse, type RunningHouse } from '#hosting/house.ts'
import type { RunningMachine } from '#hosting/house-machine.ts'
import type { Payment, State } from '#system/payment/state.ts'
import type { PaymentView, ViewState } from '#system/payment/view.ts'
import { checkInvariants } from '../invariants/check.ts'
import { gatherEvidence } from '../invariants/evidence.ts'
import { hasOpenCase, isOpen } from '../invariants/money.ts'
import { habitsOf, payerOf } from '../payer/house-payer.ts'
import { NotCharged, type Payer } from '../payer/payer.ts'
import { disabledCausesNothing } from './disabled.ts'
import { smokeFleet } from './fleet.ts'
import { setUpChip } from './installer.ts'
import { purchase } from './purchase.ts'
import { SMOKE_HOUSE } from './settings.ts'
import { type TroubleKind, mend, prepare, strike } from './trouble.ts'

const MACHINES = 12
const PAYERS = 20
const SETTLE_LIMIT_MS = 60_000
const SETTLE_POLL_MS = 250
const FREE_POLL_MS = 20
const TROUBLES: readonly TroubleKind[] = ['jam', 'part', 'plug', 'link']
/** Every third payment meets trouble. */
const TROUBLE_EVERY = 3

interface Outcome {
  readonly ended: readonly PaymentView[]
  readonly refused: readonly string[]
  readonly lost: readonly string[]
}

/** Machines that nobody uses at the moment; who wants one waits for the next. */
class FreeMachines {
  readonly #free: RunningMachine[]
  constructor(machines: Iterable<RunningMachine>) {
    this.#free = [...machines]
  }

  async take(): Promise<RunningMachine> {
    for (;;) {
      const machine = this.#free.shift()
      if (machine) return machine
      await pause(FREE_POLL_MS)
    }
  }

  giveBack(machine: RunningMachine): void {
    this.#free.push(machine)
  }
}

async function payAll(house: RunningHouse, payments: number, say: (line: string) => void): Promise<Outcome> {
  const free = new FreeMachines(house.machines.values())
  const ended: PaymentView[] = []
  const refused: string[] = []
  const lost: string[] = []
  let begun = 0
  const work = async (payer: Payer): Promise<void> => {
    while (begun < payments) {
      const number = begun
      begun += 1
      const trouble =
        number % TROUBLE_EVERY === 0
          ? (TROUBLES[(number / TROUBLE_EVERY) % TROUBLES.length] ?? 'none')
          : 'none'
      const machine = await free.take()
      prepare(machine, trouble, 1 + (number % 2))
      const struck = strike(machine, trouble)
      try {
        ended.push(await purchase(payer, machine))
      } catch (error) {
        if (error instanceof NotCharged) refused.push(error.code)
        else lost.push(error instanceof Error ? error.message : String(error))
      }
      await struck
      mend(machine)
      free.giveBack(machine)
      const done = ended.length + refused.length + lost.length
      if (done % 20 === 0) say(`${String(done)} of ${String(payments)} payments`)
    }
  }
  const payers = house.fleet.customers.map((customer, index) =>
    payerOf(house, customer.username, habitsOf(index)),
  )
  await Promise.all(payers.map(work))
  await Promise.all(payers.map((payer) => payer.close()))
  return { ended, refused, lost }
}

/** Until nothing is under way any more: what is then still open is open for good. */
async function settled(house: RunningHouse) {
  const endMs = Date.now() + SETTLE_LIMIT_MS
  for (;;) {
    const evidence = await gatherEvidence(house)
    if (!evidence.payments.some(isOpen) || Date.now() > endMs) return evidence
    await pause(SETTLE_POLL_MS)
  }
}

interface Plan {
  readonly payments: number
  /** Chips that are set up first, from their boxes; two or more, and only they are paid at. */
  readonly freshChips: number
}

async function setUpAll(house: RunningHouse, say: (line: string) => void): Promise<number> {
  const boxed = [...house.machines.values()].filter(({ box }) => box !== null)
  for (const machine of boxed) {
    await setUpChip(house, machine)
    say(`${machine.plan.name} is set up`)
  }
  return boxed.length
}

async function smoke({ payments, freshChips }: Plan, say: (line: string) => void) {
  const startedMs = Date.now()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-smoke-'))
  const machines = freshChips > 1 ? 0 : MACHINES
  const fleet = smokeFleet({ machines, payers: PAYERS, freshChips })
  const house = await startHouse({
    folder,
    fleet,
    ...SMOKE_HOUSE,
    onStart: (part) => say(`starting ${part}`),
  })
  try {
    const enrolled = await setUpAll(house, say)
    const outcome = await payAll(house, payments, say)
    const evidence = await settled(house)
    const payer = payerOf(house, 'payer0', habitsOf(0))
    const violations = [
      ...checkInvariants(evidence),
      ...forgotten(outcome, evidence.payments),
      ...(await disabledCausesNothing(house, payer)),
    ]
    await payer.close()
    for (const violation of violations) say(`${violation.invariant} ${violation.about}: ${violation.what}`)
    for (const lost of outcome.lost) say(`lost: ${lost}`)
    const count = (state: string) => evidence.payments.filter((payment) => payment.state === state).length
    return {
      payments,
      freshChips: enrolled,
      delivered: count('delivered'),
      refunded: count('refunded'),
      partlyRefunded: count('partlyRefunded'),
      endedUncharged: count('ended'),
      endedBecause: tally(evidence.payments.flatMap((payment) => payment.endReason ?? [])),
      refused: outcome.refused.length,
      refusedBecause: tally(outcome.refused),
      cases: evidence.payments.filter(hasOpenCase).length,
      open: evidence.payments.filter(isOpen).length + outcome.lost.length,
      violations: violations.length,
      seconds: Math.round((Date.now() - startedMs) / 1000),
    }
  } finally {
    await house.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** I9: what a payer was told as the end is in the books, and is still the end. */
function forgotten({ ended }: Outcome, payments: readonly Payment[]) {
  const known = new Map(payments.map((payment) => [String(payment.paymentId), payment]))
  return ended
    .filter(({ paymentId, state }) => {
      const payment = known.get(paymentId)
      return !payment || (state !== 'case' && END_STATE[state] !== payment.state)
    })
    .map(({ paymentId, state }) => ({
      invariant: 'I9',
      about: paymentId,
      what: `was told to its payer as ${state}, and the books say ${known.get(paymentId)?.state ?? 'nothing'}`,
    }))
}

const END_STATE: Partial<Record<ViewState, State>> = {
  delivered: 'delivered',
  refunded: 'refunded',
  'partly-refunded': 'partlyRefunded',
  ended: 'ended',
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const { values } = parseArgs({
  options: {
    payments: { type: 'string', default: '200' },
    'fresh-chips': { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
})

function countOf(name: 'payments' | 'fresh-chips', least: number): number {
  const count = Number(values[name])
  if (Number.isSafeInteger(count) && count >= least && count <= 100_000) return count
  console.error(`--${name} is ${values[name]}; accepted is a whole number from ${String(least)} to 100000.`)
  process.exit(2)
}

const plan = { payments: countOf('payments', 1), freshChips: countOf('fresh-chips', 0) }
const result = await smoke(plan, (line) => console.error(line))
console.log(values.json ? JSON.stringify(result) : result)
if (result.violations > 0 || result.open > 0) process.exitCode = 1
