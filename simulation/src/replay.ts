import { decodeEvent } from '#system/payment/codec.ts'
import { CHAIN_START, chainHash, claimedEntryText } from '#system/payment/chain.ts'
import type { Event } from '#system/payment/event.ts'
import type { Payment } from '#system/payment/state.ts'
import { transition } from '#system/payment/transition.ts'
import type { Observed } from './observed.ts'

export interface ReplayedStep {
  /** Absent for the claim. */
  readonly event?: Event
  readonly before?: Payment
  readonly after: Payment
}

export interface Replay {
  readonly paymentId: string
  readonly steps: readonly ReplayedStep[]
  /** Where the entries stopped making sense, if they did. */
  readonly broken?: string
}

type Entries = Observed['entries']
const known = new WeakMap<Entries, ReadonlyMap<string, Replay>>()

/** Every payment's life, told again from the journal's bytes by the production transition. */
export function replays(observed: Observed): ReadonlyMap<string, Replay> {
  const before = known.get(observed.entries)
  if (before) return before
  const byPayment = Map.groupBy(observed.entries, (entry) => entry.paymentId)
  const all = new Map([...byPayment].map(([paymentId, entries]) => [paymentId, replay(paymentId, entries)]))
  known.set(observed.entries, all)
  return all
}

/** As `replays`, with the last state of each. */
export function lastStates(observed: Observed): ReadonlyMap<string, Payment> {
  const last = new Map<string, Payment>()
  for (const [paymentId, { steps }] of replays(observed)) {
    const step = steps.at(-1)
    if (step) last.set(paymentId, step.after)
  }
  return last
}

/** Goes on behind a break as far as it can: what comes after is looked at all the same. */
function replay(paymentId: string, entries: Entries): Replay {
  const steps: ReplayedStep[] = []
  let broken: string | undefined
  try {
    for (const [index, entry] of entries.entries()) {
      const version = index + 1
      if (entry.version !== version) broken ??= `version ${String(version)} is missing`
      const before = steps.at(-1)?.after
      const step = before === undefined ? claimed(entry.eventText) : next(before, entry.eventText)
      const hash = chainHash(before?.chainHash ?? CHAIN_START, version, entry.eventText)
      if (hash !== entry.hash) broken ??= `the chain breaks at version ${String(version)}`
      steps.push({ ...step, after: { ...step.after, version, chainHash: hash } })
    }
  } catch (error) {
    broken ??= error instanceof Error ? error.message : String(error)
  }
  return broken === undefined ? { paymentId, steps } : { paymentId, steps, broken }
}

function claimed(text: string): ReplayedStep {
  const { payment } = decodeEvent(text) as unknown as { payment: Payment }
  if (claimedEntryText(payment) !== text) throw new Error('the claim does not read as it was written')
  return { after: payment }
}

function next(before: Payment, text: string): ReplayedStep {
  const event = decodeEvent(text)
  const after = transition(before, event).payment
  return { event, before, after }
}
