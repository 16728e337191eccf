import { SLOT_STATES, type Payment, type State } from '#system/payment/state.ts'
import type { Observed } from '../observed.ts'
import { replays } from '../replay.ts'
import { Findings, type Violation } from './violation.ts'

interface Hold {
  readonly paymentId: string
  readonly fromMs: number
  readonly untilMs: number
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
  for (const [paymentId, { steps }] of replays(observed)) {
    const last = steps.at(-1)?.after
    const hash = last?.code?.codeHash
    if (hash !== undefined) {
      findings.expect(!codes.has(hash), paymentId, `its code was claimed by ${codes.get(hash) ?? ''} too`)
      codes.set(hash, paymentId)
    }
    if (last) {
      const held = slots.get(last.chipId) ?? []
      held.push(holdOf(paymentId, steps))
      slots.set(last.chipId, held)
    }
    for (const { before, after } of steps)
      if (before && WAITS_FOR_BANK.includes(before.state) && !WAITS_FOR_BANK.includes(after.state))
        findings.expect(isFinal(after), paymentId, `left ${before.state} while the bank was not final`)
  }
  for (const held of slots.values()) {
    const inOrder = held.toSorted((left, right) => left.fromMs - right.fromMs)
    for (const [index, { paymentId, fromMs }] of inOrder.entries()) {
      const before = inOrder[index - 1]
      findings.expect(
        before === undefined || before.untilMs <= fromMs,
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

function holdOf(paymentId: string, steps: readonly { readonly after: Payment }[]): Hold {
  const fromMs = steps[0]?.after.claimedAtMs ?? 0
  const left = steps.find(({ after }) => !SLOT_STATES.includes(after.state))
  return { paymentId, fromMs, untilMs: left?.after.stateSinceMs ?? Number.POSITIVE_INFINITY }
}
