import { fail, ok, type Result } from '#protocol/result.ts'
import {
  SETUP_STEPS,
  type SetupFailure,
  type SetupPhase,
  type SetupStep,
  type SetupStepView,
  type SetupView,
} from './setup-view.ts'

/** Wrong proofs until set-up mode closes. */
export const PROOF_TRIES = 5

export interface SetupState {
  readonly phase: Exclude<SetupPhase, 'locked'>
  readonly triesLeft: number
  readonly closesAtMs: number
  readonly steps: readonly SetupStepView[]
  readonly failure?: NonNullable<SetupView['failure']>
  readonly given?: NonNullable<SetupView['given']>
}

export type SetupEvent =
  | { readonly kind: 'opened'; readonly nowMs: number; readonly openMs: number }
  | { readonly kind: 'proof'; readonly right: boolean }
  | { readonly kind: 'begun'; readonly given: NonNullable<SetupView['given']>; readonly nowMs: number }
  | { readonly kind: 'step-begun'; readonly step: SetupStep }
  | { readonly kind: 'step-done'; readonly step: SetupStep }
  | {
      readonly kind: 'step-failed'
      readonly step: SetupStep
      readonly code: SetupFailure
      readonly nowMs: number
    }
  | { readonly kind: 'shown' }
  | { readonly kind: 'time'; readonly nowMs: number }

export type SetupRefusal = 'closed' | 'already-open' | 'busy' | 'done' | 'out-of-order'

const WAITING: readonly SetupStepView[] = Object.freeze(
  SETUP_STEPS.map((step) => Object.freeze({ step, status: 'waiting' } as const)),
)
const LAST_STEP = SETUP_STEPS[SETUP_STEPS.length - 1]

/** Out of the box, or configured and left alone. */
export const CLOSED: SetupState = Object.freeze({
  phase: 'closed',
  triesLeft: 0,
  closesAtMs: 0,
  steps: WAITING,
})

/**
 * Set-up mode. One function changes its state; it has no clock and does nothing: time comes in with the events.
 *
 * | from         | on                                      | to      | and                                         |
 * | ------------ | --------------------------------------- | ------- | ------------------------------------------- |
 * | closed       | opened                                  | open    | tries and time anew; nothing of before left |
 * | open, failed | proof wrong, tries left                 | same    | one try less                                |
 * | open, failed | proof wrong, the last try               | closed  |                                             |
 * | open, failed | time is over                            | closed  | what failed stays told                      |
 * | open, failed | begun                                   | working | every step waits                            |
 * | working      | step begun, step done                   | working | in their order, one at a time               |
 * | working      | the last step done                      | done    |                                             |
 * | working      | step failed                             | failed  |                                             |
 * | working      | step failed, time over or no tries left | closed  | what failed stays told                      |
 * | working      | proof wrong                             | working | one try less: what is under way goes on     |
 * | working      | time is over                            | working | it may still succeed                        |
 * | done         | shown                                   | closed  |                                             |
 * | done         | proof wrong                             | done    | one try less                                |
 *
 * Everything else is refused and changes nothing; a right proof changes nothing either.
 */
export function transition(state: SetupState, event: SetupEvent): Result<SetupState, SetupRefusal> {
  switch (event.kind) {
    case 'opened':
      if (state.phase !== 'closed') return fail('already-open')
      return ok({
        phase: 'open',
        triesLeft: PROOF_TRIES,
        closesAtMs: event.nowMs + event.openMs,
        steps: WAITING,
      })
    case 'proof':
      return proof(state, event.right)
    case 'begun':
      return begin(state, event)
    case 'step-begun':
    case 'step-done':
      return step(state, event)
    case 'step-failed':
      return failed(state, event)
    case 'shown':
      return state.phase === 'done' ? ok({ ...state, phase: 'closed' }) : fail('out-of-order')
    case 'time':
      return ok(isOpen(state) && isOver(state, event.nowMs) ? { ...state, phase: 'closed' } : state)
  }
}

function isOpen({ phase }: SetupState): boolean {
  return phase === 'open' || phase === 'failed'
}

function isOver({ closesAtMs, triesLeft }: SetupState, nowMs: number): boolean {
  return triesLeft === 0 || nowMs >= closesAtMs
}

function proof(state: SetupState, right: boolean): Result<SetupState, SetupRefusal> {
  if (state.phase === 'closed' || state.triesLeft === 0) return fail('closed')
  if (right) return ok(state)
  const triesLeft = state.triesLeft - 1
  return ok({ ...state, triesLeft, phase: triesLeft === 0 && isOpen(state) ? 'closed' : state.phase })
}

function begin(
  state: SetupState,
  event: Extract<SetupEvent, { kind: 'begun' }>,
): Result<SetupState, SetupRefusal> {
  if (state.phase === 'working') return fail('busy')
  if (state.phase === 'done') return fail('done')
  if (state.phase === 'closed' || isOver(state, event.nowMs)) return fail('closed')
  const { triesLeft, closesAtMs } = state
  return ok({ phase: 'working', triesLeft, closesAtMs, steps: WAITING, given: event.given })
}

function step(
  state: SetupState,
  event: Extract<SetupEvent, { kind: 'step-begun' | 'step-done' }>,
): Result<SetupState, SetupRefusal> {
  const next = state.steps.find(({ status }) => status !== 'done')
  const expected = event.kind === 'step-begun' ? 'waiting' : 'working'
  if (state.phase !== 'working' || next?.step !== event.step || next.status !== expected)
    return fail('out-of-order')
  const steps = withStatus(state.steps, event.step, event.kind === 'step-begun' ? 'working' : 'done')
  const isEnd = event.kind === 'step-done' && event.step === LAST_STEP
  return ok({ ...state, steps, phase: isEnd ? 'done' : 'working' })
}

function failed(
  state: SetupState,
  event: Extract<SetupEvent, { kind: 'step-failed' }>,
): Result<SetupState, SetupRefusal> {
  const working = state.steps.find(({ status }) => status === 'working')
  if (state.phase !== 'working' || working?.step !== event.step) return fail('out-of-order')
  return ok({
    ...state,
    phase: isOver(state, event.nowMs) ? 'closed' : 'failed',
    steps: withStatus(state.steps, event.step, 'failed'),
    failure: { step: event.step, code: event.code },
  })
}

function withStatus(
  steps: readonly SetupStepView[],
  which: SetupStep,
  status: SetupStepView['status'],
): readonly SetupStepView[] {
  return steps.map((one) => (one.step === which ? { step: which, status } : one))
}
