/** Power goes at every single write of the journal, one after the other: what must hold holds each time. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PaymentCode } from '#protocol'
import {
  CHIP,
  checkFor,
  commandFor,
  commandOf,
  nonceOf,
  paymentOf,
  tariffMessage,
  World,
} from './world.suite.ts'

const PAYMENT = paymentOf('killed')
const MAX_MOMENTS = 500
/** What the system does about a payment that it commanded: it repeats, and in the end asks. */
const SYSTEM_TRIES = 6

interface Kill {
  readonly name: string
  readonly keepsUnsynced: boolean
  readonly machineLosesPower: boolean
  readonly evidence: 'sensor' | 'acknowledged' | 'command-only'
  readonly resumesByItself: boolean
}

const nameOf = (kill: Omit<Kill, 'name'>): string =>
  [
    kill.evidence,
    kill.keepsUnsynced ? 'process killed' : 'power cut',
    kill.machineLosesPower ? 'machine too' : 'machine not',
    kill.resumesByItself ? 'which resumes by itself' : 'which stands still',
  ].join(', ')

const KILLS: readonly Kill[] = (['sensor', 'acknowledged', 'command-only'] as const)
  .flatMap((evidence) => [
    { evidence, keepsUnsynced: true, machineLosesPower: false, resumesByItself: false },
    { evidence, keepsUnsynced: false, machineLosesPower: true, resumesByItself: false },
    { evidence, keepsUnsynced: false, machineLosesPower: true, resumesByItself: true },
  ])
  .map((kill) => ({ ...kill, name: nameOf(kill) }))

/** Lives one payment through, with power going at the given moment; false when the story ended before that. */
function live(kill: Kill, moment: number): { world: World; cut: boolean; commanded: boolean } {
  const { evidence, resumesByItself } = kill
  const world = new World({ thing: { evidence, resumesByItself } })
  world.keepsUnsynced = kill.keepsUnsynced
  let cut = false
  world.journal.cutIn = moment
  const lived = (alive: boolean): boolean => {
    if (!alive) {
      cut = true
      if (kill.machineLosesPower) world.thing.losePower()
      world.clock.advance(700)
      world.thing.restorePower()
      world.boot()
    }
    return alive
  }
  let commanded = false
  const pay = (): void => {
    if (world.screen().kind !== 'code') return
    const check = checkFor(world.displayedCode(), PAYMENT)
    if (!lived(world.say(check))) return
    if (!lived(world.say({ ...check, round: 2, nonce: nonceOf('second') }))) return
    const answer = world.saidOf('check-answer').at(-1)
    if (answer?.verdict !== 'ready') return
    const command = commandFor(answer, PAYMENT)
    commanded = true
    for (let tries = 0; tries < SYSTEM_TRIES; tries += 1) {
      lived(world.say(command))
      lived(world.advance(900))
    }
  }
  lived(world.boot())
  lived(world.say(tariffMessage(7)))
  pay()
  const commandId = commandOf(PAYMENT)
  for (let tries = 0; tries < SYSTEM_TRIES; tries += 1) {
    lived(world.say({ name: 'query', chipId: CHIP, commandId, paymentId: PAYMENT }))
    lived(world.advance(30_000))
  }
  const outcome = world.saidOf('outcome').at(-1)
  if (outcome !== undefined) {
    lived(world.say({ name: 'outcome-ack', chipId: CHIP, commandId, sequence: outcome.sequence }))
  }
  lived(world.advance(1_000))
  return { world, cut, commanded }
}

function mustHold(world: World, commanded: boolean): void {
  const runs = world.physicalRuns(PAYMENT)
  assert.ok(runs.length <= 1, 'started at most once')
  if (!commanded) assert.equal(runs.length, 0)
  const outcomes = world.saidOf('outcome').filter(({ paymentId }) => paymentId === PAYMENT)
  const [outcome] = outcomes
  assert.ok(outcome, 'what became of it is always told')
  for (const other of outcomes) assert.deepEqual(other, outcome, 'and always the same')
  const delivered = runs[0]?.deliveredUnits ?? 0
  assert.ok(outcome.deliveredMin <= delivered && delivered <= outcome.deliveredMax, 'k to m holds the truth')
  if (outcome.result === 'void') assert.equal(runs.length, 0, 'void never moved')
  const counters = distinct(world.codes).map(({ counter }) => counter)
  assert.deepEqual(
    counters,
    [...new Set(counters)].sort((one, other) => one - other),
    'counters only grow',
  )
  const boots = new Set(world.saidOf('hello').map(({ boot }) => boot))
  assert.ok(boots.size >= 1)
}

/** The display may show the same code again. */
function distinct(codes: readonly PaymentCode[]): PaymentCode[] {
  return codes.filter(
    (code, index) => code.counter !== codes[index - 1]?.counter || code.boot !== codes[index - 1]?.boot,
  )
}

describe('killed at every moment of a payment', () => {
  for (const kill of KILLS) {
    test(kill.name, () => {
      const results = new Set<string>()
      for (let moment = 0; ; moment += 1) {
        assert.ok(moment < MAX_MOMENTS)
        const { world, cut, commanded } = live(kill, moment)
        mustHold(world, commanded)
        results.add(world.saidOf('outcome').at(-1)?.result ?? 'none')
        if (cut) continue
        assert.ok(moment > 20, 'the story passes many moments')
        break
      }
      assert.ok(results.has('delivered') && results.size > 1, [...results].join())
    })
  }
})
