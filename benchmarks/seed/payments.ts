import { SLOT_STATES } from '#system/payment/state.ts'
import { moments } from './calendar.ts'
import type { Chance } from './chance.ts'
import type { SeededFleet, SeededMachine } from './fleet.ts'
import { Life } from './life.ts'
import { type Story, STORIES, drawStory } from './stories.ts'

const PAYMENTS_PER_PAYER = 5
const RECENT_PART = 2000
const RECENT_MIN = 6
const RECENT_MAX = 400
/** Not more machines than one in so many are in use at the end. */
const MACHINES_PER_RECENT = 4
const DRAWS_MAX = 2000

export interface SeededPayer {
  readonly payerId: string
  readonly deviceId: string
}

export function makePayers(chance: Chance, payments: number): readonly SeededPayer[] {
  const count = Math.max(1, Math.round(payments / PAYMENTS_PER_PAYER))
  return Array.from({ length: count }, () => ({ payerId: chance.id(16), deviceId: chance.id(16) }))
}

/** One life after the other, by the time of their claims. Every story is told at least once where there is room. */
export function* livesOf(
  chance: Chance,
  of: {
    readonly count: number
    readonly untilMs: number
    readonly fleet: SeededFleet
    readonly payers: readonly SeededPayer[]
  },
): Generator<Life> {
  const { count, untilMs, fleet, payers } = of
  const wanted = Math.min(RECENT_MAX, Math.max(RECENT_MIN, Math.round(count / RECENT_PART)))
  const recent = Math.min(count, wanted, Math.floor(fleet.machines.length / MACHINES_PER_RECENT))
  const claimedAt = moments(chance, { count, recent, untilMs })
  const stride = Math.floor(count / STORIES.length)
  const busy = new Set<string>()
  for (const [index, claimedAtMs] of claimedAt.entries()) {
    const fixed = stride > 0 && index % stride === 0 ? STORIES[index / stride] : undefined
    const story = fixed ?? drawStory(chance)
    const { payerId, deviceId } = chance.pick(payers)
    const machine = machineFor(chance, { fleet, story, busy })
    const life = new Life(chance, { machine, payerId, deviceId, claimedAtMs, untilMs })
    story.live(life, chance)
    life.finish()
    // A slot has one reservation (I6): whoever is still under way keeps others from this machine.
    if (SLOT_STATES.includes(life.payment.state)) busy.add(machine.record.chipId)
    yield life
  }
}

function machineFor(
  chance: Chance,
  of: { readonly fleet: SeededFleet; readonly story: Story; readonly busy: ReadonlySet<string> },
): SeededMachine {
  const { fleet, story, busy } = of
  for (let draws = 0; draws < DRAWS_MAX; draws += 1) {
    const machine = fleet.draw(chance)
    if (suits(machine, story) && !busy.has(machine.record.chipId)) return machine
  }
  const left = fleet.machines.find((machine) => suits(machine, story) && !busy.has(machine.record.chipId))
  if (left === undefined) throw new Error(`No machine is left for a payment of the kind ${story.name}.`)
  return left
}

function suits({ record }: SeededMachine, { needs }: Story): boolean {
  const product = record.tariff?.products[0]
  if (needs === undefined) return true
  if (needs === 'parts') return product?.mode === 'sale' && product.units > 1
  if (needs === 'presence') return record.presence !== 'words' && record.presence !== 'none'
  return product?.mode === needs
}
