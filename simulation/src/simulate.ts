import { decodePayment } from '#system/payment/codec.ts'
import { FINAL_STATES, type Payment } from '#system/payment/state.ts'
import { DEFAULT_TIMES } from '#system/payment/times.ts'
import { INVARIANTS } from './invariant/all.ts'
import type { Violation } from './invariant/violation.ts'
import { clearUp, live } from './life.ts'
import { MACHINE_KINDS } from './fleet.ts'
import { type Observed, observe } from './observed.ts'
import { EPOCH_MS } from './registry.ts'
import { World, type WorldSettings } from './world.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** With the last payment claimed, things go wrong for a little longer: the payments under way meet faults too. */
const STORM_AFTER_LAST_MS = 3 * MINUTE_MS
/** A world that does not make its payments in that time is stuck. */
const MAKING_MAX_MS = 30 * 24 * HOUR_MS
/** For chips' late words, after all is closed. */
const LATE_WORDS_MS = 30 * MINUTE_MS

export interface Simulated {
  readonly observed: Observed
  readonly violations: readonly Violation[]
  readonly faults: Readonly<Record<string, number>>
  readonly faultsTotal: number
  readonly refusals: Readonly<Record<string, number>>
  readonly trace: string
  /** How much time passed in the world. */
  readonly hours: number
}

/** One world from its beginning until long after its last payment, and what the invariants say of it. */
export async function simulate(settings: WorldSettings): Promise<Simulated> {
  const world = new World(settings)
  const { time } = world
  live(world)
  await time.run(MAKING_MAX_MS, () => world.isClosing())
  await time.run(time.nowMs() + STORM_AFTER_LAST_MS)
  clearUp(world)
  const dueMs = time.nowMs() + longestMs()
  await time.run(dueMs)
  const openWhenDue = openPayments(world).map(({ paymentId }) => paymentId)
  await time.run(time.nowMs() + LATE_WORDS_MS)
  // A quiet day, until the last reserve is released: machines are off, and one node is enough.
  for (const site of world.sites) site.switchOff()
  world.nodes[0]?.kill()
  const restMs = DEFAULT_TIMES.refundWindowMs + DEFAULT_TIMES.finalMs / 24
  await time.run(time.nowMs() + restMs)
  const observed = observe(world, { dueAtMs: EPOCH_MS + dueMs, openWhenDue })
  return {
    observed,
    violations: Object.values(INVARIANTS).flatMap((invariant) => invariant(observed)),
    faults: world.weather.counts(),
    faultsTotal: world.weather.total(),
    refusals: Object.fromEntries([...world.refusals].sort(([left], [right]) => (left < right ? -1 : 1))),
    trace: world.trace.digest(),
    hours: time.nowMs() / HOUR_MS,
  }
}

/** The longest way of a payment once nothing goes wrong any more, by the table of times. */
function longestMs(): number {
  const { approvalMs, bankPatienceMs, commandDeadlineMs, silenceRefundMs, bankUnknownCaseMs } = DEFAULT_TIMES
  const longestActionMs = Math.max(
    ...MACHINE_KINDS.flatMap(({ products }) => products.map(({ maxDurationS }) => maxDurationS * 1000)),
  )
  return (
    approvalMs + bankPatienceMs + commandDeadlineMs + longestActionMs + silenceRefundMs + bankUnknownCaseMs
  )
}

export function isOpen(payment: Payment): boolean {
  return !FINAL_STATES.includes(payment.state) && payment.case === undefined
}

function openPayments(world: World): readonly Payment[] {
  return [...world.journal.rows.values()].map((row) => decodePayment(row.body)).filter(isOpen)
}
