import { SLOT_STATES, type Payment, type State } from '#system/payment/state.ts'
import type { Observed } from '../observed.ts'
import { replays } from '../replay.ts'
import { Findings, type Violation } from './violation.ts'

/** From and until which place in the journal: its order decides, not the clocks of the nodes that wrote to it. */
interface Hold {
  readonly paymentId: string
  readonly from: number
  readonly until: number
}

const WAITS_FOR_BANK: readonly State[] = ['paying', 'abandoned']

/**
 * I6: one code has at most one claim, one machine slot at most one reservation at any moment; after S6 a payment is let
 * go only on the bank's final answer.
 */
export function oneClaimEach(observed: Observed): readonly Violation[] {
  const findings = new Findings('I6')
  const codes = new Map<string, string>()
  const slots = new Map<string, Hold[]>()
  const places = placesOf(observed)
  for (const [paymentId, { steps }] of replays(observed)) {
    const last = steps.at(-1)?.after
    const hash = last?.code?.codeHash
    if (hash !== undefined) {
      findings.expect(!codes.has(hash), paymentId, `its code was claimed by ${codes.get(hash) ?? ''} too`)
      codes.set(hash, paymentId)
    }
    if (last) {
      const held = slots.get(last.chipId) ?? []
      held.push(holdOf(steps, { paymentId, places: places.get(paymentId) ?? [] }))
      slots.set(last.chipId, held)
    }
    for (const { before, after } of steps)
      if (before && WAITS_FOR_BANK.includes(before.state) && !WAITS_FOR_BANK.includes(after.state))
        findings.expect(isFinal(after), paymentId, `left ${before.state} while the bank was not final`)
  }
  for (const held of slots.values()) {
    const inOrder = held.toSorted((left, right) => left.from - right.from)
    for (const [index, { paymentId, from }] of inOrder.entries()) {
      const before = inOrder[index - 1]
      findings.expect(
        before === undefined || before.until <= from,
        paymentId,
        `its machine was still claimed by ${before?.paymentId ?? ''}`,
      )
    }
  }
  return findings.found
}

function isFinal(payment: Payment): boolean {
  const first = payment.orders[0]
  return first !== undefined && first.status !== 'unknown'
}

function holdOf(
  steps: readonly { readonly after: Payment }[],
  { paymentId, places }: { readonly paymentId: string; readonly places: readonly number[] },
): Hold {
  const left = steps.findIndex(({ after }) => !SLOT_STATES.includes(after.state))
  return { paymentId, from: places[0] ?? 0, until: places[left] ?? Number.POSITIVE_INFINITY }
}

/** Where in the whole journal each payment's entries stand. */
function placesOf({ entries }: Observed): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>()
  for (const [place, { paymentId }] of entries.entries()) {
    const own = places.get(paymentId)
    if (own) own.push(place)
    else places.set(paymentId, [place])
  }
  return places
}
