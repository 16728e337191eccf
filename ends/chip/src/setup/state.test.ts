import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SETUP_STEPS } from './setup-view.ts'
import {
  CLOSED,
  PROOF_TRIES,
  type SetupEvent,
  type SetupRefusal,
  type SetupState,
  transition,
} from './state.ts'

const OPEN_MS = 600_000
const LATE_MS = OPEN_MS + 1
const OPENED: SetupEvent = { kind: 'opened', nowMs: 0, openMs: OPEN_MS }
const BEGUN: SetupEvent = { kind: 'begun', given: { ssid: 'Laundry' }, nowMs: 1 }
const WRONG: SetupEvent = { kind: 'proof', right: false }
const RIGHT: SetupEvent = { kind: 'proof', right: true }
const JOINING: SetupEvent = { kind: 'step-begun', step: 'joined' }
const JOINED: SetupEvent = { kind: 'step-done', step: 'joined' }
const LATE: SetupEvent = { kind: 'time', nowMs: LATE_MS }
const SHOWN: SetupEvent = { kind: 'shown' }
const failedAt = (nowMs: number): SetupEvent => ({
  kind: 'step-failed',
  step: 'joined',
  code: 'wrong-password',
  nowMs,
})
const EVERY_STEP: readonly SetupEvent[] = SETUP_STEPS.flatMap((step): SetupEvent[] => [
  { kind: 'step-begun', step },
  { kind: 'step-done', step },
])
const times = (count: number, event: SetupEvent): SetupEvent[] => Array.from({ length: count }, () => event)

const OPEN = [OPENED]
const WORKING = [OPENED, BEGUN, JOINING]
const FAILED = [...WORKING, failedAt(2)]
const DONE = [OPENED, BEGUN, ...EVERY_STEP]

function after(events: readonly SetupEvent[]): SetupState {
  let state = CLOSED
  for (const event of events) {
    const next = transition(state, event)
    assert.ok(next.ok, `${event.kind} refused in ${state.phase}`)
    state = next.value
  }
  return state
}

const MOVES: readonly [string, readonly SetupEvent[], SetupState['phase'], number?][] = [
  ['closed: opened', OPEN, 'open', PROOF_TRIES],
  ['open: wrong proof', [...OPEN, WRONG], 'open', PROOF_TRIES - 1],
  ['open: right proof', [...OPEN, RIGHT], 'open', PROOF_TRIES],
  ['open: wrong, right, wrong: a right one gives no new tries', [...OPEN, WRONG, RIGHT, WRONG], 'open', 3],
  ['open: the last try', [...OPEN, ...times(PROOF_TRIES, WRONG)], 'closed', 0],
  ['open: time is over', [...OPEN, LATE], 'closed'],
  ['open: time passes', [...OPEN, { kind: 'time', nowMs: OPEN_MS - 1 }], 'open'],
  ['open: begun', [...OPEN, BEGUN], 'working'],
  ['working: a step', [...WORKING, JOINED], 'working'],
  ['working: time is over', [...WORKING, LATE], 'working'],
  ['working: wrong proofs do not end it', [...WORKING, ...times(PROOF_TRIES, WRONG)], 'working', 0],
  ['working: failed', FAILED, 'failed'],
  ['working: failed when time is over', [...WORKING, failedAt(LATE_MS)], 'closed'],
  ['working: failed with no tries left', [...WORKING, ...times(PROOF_TRIES, WRONG), failedAt(2)], 'closed'],
  ['working: the last step', DONE, 'done'],
  ['failed: begun again', [...FAILED, BEGUN], 'working'],
  ['failed: the last try', [...FAILED, ...times(PROOF_TRIES, WRONG)], 'closed'],
  ['failed: time is over', [...FAILED, LATE], 'closed'],
  ['done: shown', [...DONE, SHOWN], 'closed'],
  ['done: time passes', [...DONE, LATE], 'done'],
  ['done: wrong proofs', [...DONE, ...times(PROOF_TRIES, WRONG)], 'done', 0],
  ['closed by tries: opened again', [...OPEN, ...times(PROOF_TRIES, WRONG), OPENED], 'open', PROOF_TRIES],
  ['closed by time: opened again', [...FAILED, LATE, OPENED], 'open', PROOF_TRIES],
]

const REFUSED: readonly [string, readonly SetupEvent[], SetupEvent, SetupRefusal][] = [
  ['closed: proof', [], RIGHT, 'closed'],
  ['closed: begun', [], BEGUN, 'closed'],
  ['closed: a step', [], JOINING, 'out-of-order'],
  ['closed: shown', [], SHOWN, 'out-of-order'],
  ['open: opened', OPEN, OPENED, 'already-open'],
  ['open: begun when time is over', OPEN, { ...BEGUN, nowMs: LATE_MS }, 'closed'],
  ['open: a step', OPEN, JOINING, 'out-of-order'],
  ['open: failed', OPEN, failedAt(1), 'out-of-order'],
  ['working: begun', WORKING, BEGUN, 'busy'],
  ['working: opened', WORKING, OPENED, 'already-open'],
  ['working: a step begun twice', WORKING, JOINING, 'out-of-order'],
  ['working: a later step', WORKING, { kind: 'step-begun', step: 'clock' }, 'out-of-order'],
  ['working: a step done that did not begin', [...OPEN, BEGUN], JOINED, 'out-of-order'],
  ['working: shown', WORKING, SHOWN, 'out-of-order'],
  ['done: begun', DONE, BEGUN, 'done'],
  ['tries used up while it works: right proof', [...WORKING, ...times(PROOF_TRIES, WRONG)], RIGHT, 'closed'],
]

describe('set-up mode, by its table', () => {
  for (const [name, events, phase, triesLeft] of MOVES) {
    test(`${name} → ${phase}`, () => {
      const state = after(events)
      assert.equal(state.phase, phase)
      if (triesLeft !== undefined) assert.equal(state.triesLeft, triesLeft)
    })
  }
  for (const [name, events, event, refusal] of REFUSED) {
    test(`${name}: refused`, () => {
      assert.deepEqual(transition(after(events), event), { ok: false, error: refusal })
    })
  }
  test('what failed is told until the next try, in closed mode too', () => {
    const failure = { step: 'joined', code: 'wrong-password' }
    assert.deepEqual(after(FAILED).failure, failure)
    assert.deepEqual(after([...FAILED, LATE]).failure, failure)
    assert.equal(after([...FAILED, BEGUN]).failure, undefined)
    assert.equal(after([...FAILED, LATE, OPENED]).failure, undefined)
  })
})

const nowMs = fc.integer({ min: 0, max: 2 * OPEN_MS })
const step = fc.constantFrom(...SETUP_STEPS)
const anyEvent: fc.Arbitrary<SetupEvent> = fc.oneof(
  nowMs.map((now) => ({ kind: 'opened', nowMs: now, openMs: OPEN_MS }) as const),
  fc.boolean().map((right) => ({ kind: 'proof', right }) as const),
  nowMs.map((now) => ({ kind: 'begun', given: {}, nowMs: now }) as const),
  step.map((one) => ({ kind: 'step-begun', step: one }) as const),
  step.map((one) => ({ kind: 'step-done', step: one }) as const),
  fc
    .tuple(step, nowMs)
    .map(([one, now]) => ({ kind: 'step-failed', step: one, code: 'radio-failed', nowMs: now }) as const),
  fc.constant(SHOWN),
  nowMs.map((now) => ({ kind: 'time', nowMs: now }) as const),
)

/** Chance alone would hardly find its way through eight steps in order. */
const story = fc
  .array(
    fc.oneof(
      anyEvent.map((one) => [one]),
      fc.nat(EVERY_STEP.length).map((end) => [BEGUN, ...EVERY_STEP.slice(0, end)]),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.flat())

function walk(
  events: readonly SetupEvent[],
  look: (state: SetupState, before: SetupState) => void,
): SetupState {
  let state = CLOSED
  for (const event of events) {
    const next = transition(state, event)
    if (!next.ok) continue
    look(next.value, state)
    state = next.value
  }
  return state
}

describe('set-up mode, whatever happens', () => {
  test('steps go in order, at most one is under way, and only while it works', () => {
    fc.assert(
      fc.property(story, (events) => {
        walk(events, ({ phase, steps, failure }) => {
          const statuses = steps.map(({ status }) => status).join(' ')
          assert.match(statuses, /^(done ?)*((working|failed) ?)?(waiting ?)*$/)
          assert.equal(statuses.includes('failed'), failure !== undefined)
          if (statuses.includes('working')) assert.equal(phase, 'working')
          if (phase === 'failed') assert.ok(failure)
          if (phase === 'done') assert.doesNotMatch(statuses, /waiting|working|failed/)
        })
      }),
    )
  })

  test('tries are never negative, never more than five, and only opening anew gives new ones', () => {
    fc.assert(
      fc.property(story, (events) => {
        walk(events, (state, before) => {
          assert.ok(state.triesLeft >= 0 && state.triesLeft <= PROOF_TRIES)
          if (state.triesLeft > before.triesLeft) assert.equal(before.phase, 'closed')
        })
      }),
    )
  })

  test('set-up mode is never open without tries', () => {
    fc.assert(
      fc.property(story, (events) => {
        walk(events, ({ phase, triesLeft }) => {
          if (phase === 'open' || phase === 'failed') assert.ok(triesLeft > 0)
        })
      }),
    )
  })

  test('wherever it is, it can be brought to be set up: at most by what the label tells', () => {
    fc.assert(
      fc.property(story, (events) => {
        let state = walk(events, () => {})
        const go = (event: SetupEvent): void => {
          const next = transition(state, event)
          assert.ok(next.ok, `${event.kind} in ${state.phase}`)
          state = next.value
        }
        if (state.phase === 'working') {
          const waiting = state.steps.find(({ status }) => status !== 'done')
          assert.ok(waiting)
          if (waiting.status === 'waiting') go({ kind: 'step-begun', step: waiting.step })
          go({ kind: 'step-failed', step: waiting.step, code: 'radio-failed', nowMs: 0 })
        }
        if (state.phase === 'done') go(SHOWN)
        if (state.phase === 'closed') go({ ...OPENED, nowMs: 0 })
        go({ ...BEGUN, nowMs: 0 })
        for (const event of EVERY_STEP) go(event)
        assert.equal(state.phase, 'done')
      }),
    )
  })

  test('once time is over nothing keeps it open but the set-up under way', () => {
    fc.assert(
      fc.property(story, (events) => {
        const state = walk([...events, { kind: 'time', nowMs: 10 * OPEN_MS }], () => {})
        assert.ok(['closed', 'working', 'done'].includes(state.phase))
      }),
    )
  })
})
