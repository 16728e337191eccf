import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SetupPhase, type SetupView, SETUP_STEPS } from '#chip/setup/setup-view.ts'
import { EMPTY_DRAFT } from './draft.ts'
import { type Model, labelNumber, placesOf, screenOf, secondsLeft } from './model.ts'
import { progressWords } from './progress-words.ts'
import { isViewOf } from './setup.ts'
import { LANGUAGES, speechIn } from './words/speak.ts'

const viewOf = (phase: SetupPhase, change: Partial<SetupView> = {}): SetupView => ({
  chip: { chipId: '7f3a00112233445d', name: 'Farthing 7F3A' },
  phase,
  owned: false,
  triesLeft: 5,
  closesInS: 600,
  holdsBoth: true,
  ethernet: false,
  steps: SETUP_STEPS.map((step) => ({ step, status: 'waiting' })),
  drivers: [],
  ...change,
})

const MODEL: Model = {
  speech: speechIn(LANGUAGES.en),
  view: viewOf('open'),
  heardAtMs: 0,
  isLost: false,
  lostAtMs: 0,
  isBusy: false,
  isUnsure: false,
  draft: EMPTY_DRAFT,
  faults: {},
  note: null,
  networks: { state: 'none', seen: [], isAllShown: false },
  tried: null,
  editing: null,
}
const screen = (change: Partial<Model>, nowMs = 1_000) => screenOf({ ...MODEL, ...change }, nowMs)

test('each phase has its screen', () => {
  assert.deepEqual(
    (['locked', 'open', 'working', 'failed', 'done', 'closed'] as const).map((phase) =>
      screen({ view: viewOf(phase) }),
    ),
    ['proof', 'form', 'progress', 'failed', 'done', 'closed'],
  )
  assert.equal(screen({ view: null }), 'proof')
})

test('after a failure the form stands again once it is wanted', () => {
  assert.equal(screen({ view: viewOf('failed'), editing: { field: null } }), 'form')
})

test('a set-up whose answer got lost counts as going on until the chip says otherwise', () => {
  assert.equal(screen({ isUnsure: true }), 'progress')
})

test('a hotspot that went when set-up mode ran out is closed, one that went before is waited for', () => {
  assert.equal(screen({ isLost: true }), 'form')
  assert.equal(screen({ isLost: true }, 600_001), 'closed')
  assert.equal(screen({ isLost: true, view: viewOf('locked') }, 600_001), 'closed')
  assert.equal(screen({ isLost: true, view: viewOf('working') }, 600_001), 'progress')
  assert.equal(secondsLeft(MODEL, 60_000), 540)
})

test('the number stands as on the label', () => {
  assert.equal(labelNumber('7f3a00112233445d'), '7F3A\u00a00011\u00a02233\u00a0445D')
})

test('names go into sentences as text, whatever they look like', () => {
  const view = viewOf('working', { given: { ssid: '{host} </p>\u202e', systemAddress: 'pay.example.org' } })
  const { speech } = MODEL
  const places = placesOf({ ...MODEL, view })
  assert.equal(
    speech.failure('portal', places).what,
    '“\u2068{host} </p>□\u2069” wants a sign-in on a web page first',
  )
})

test('progress is told by the last step that was reached', () => {
  const steps: SetupView['steps'] = [
    { step: 'joined', status: 'done' },
    { step: 'address', status: 'working' },
    { step: 'clock', status: 'waiting' },
  ]
  const words = (view: SetupView) => progressWords({ ...MODEL, view })
  assert.equal(words(viewOf('working', { steps })), 'Get an address there: now')
  const cabled = viewOf('working', { steps: steps.slice(0, 1), given: { driver: 'relay' } })
  assert.equal(words(cabled), 'Use the network cable: done')
  assert.equal(words(viewOf('working')), '')
})

test('only this very chip is listened to', () => {
  const view = viewOf('open')
  assert.ok(isViewOf(null, view) && isViewOf(view.chip.chipId, view))
  assert.ok(!isViewOf('0000000000000000', view))
  for (const other of [null, 'x', {}, { phase: 'open' }, { phase: 'open', steps: [], chip: {} }, []])
    assert.ok(!isViewOf(null, other))
})
