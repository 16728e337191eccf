/** Messages lost, doubled and out of order, reboots, coins, power: whatever comes in whichever order, the same holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Check, Command, DownMessage, PaymentId } from '#protocol'
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

const PAYMENTS: readonly PaymentId[] = ['one', 'two', 'three'].map(paymentOf)
const RUNS = 120
const ACTIONS_MAX = 60

type Action =
  | {
      readonly kind: 'pay' | 'claim' | 'recheck' | 'command' | 'query' | 'stop' | 'release' | 'ack'
      readonly payment: number
    }
  /** Any message ever sent comes (again). */
  | { readonly kind: 'replay'; readonly pick: number }
  | { readonly kind: 'pass'; readonly forMs: number }
  | { readonly kind: 'cut'; readonly keepsUnsynced: boolean; readonly inMoments: number }
  | { readonly kind: 'reboot' | 'powerOff' | 'powerOn' | 'coin' | 'jam' | 'repair' | 'tariff' }
  | { readonly kind: 'link'; readonly up: boolean }

const payment = fc.nat(PAYMENTS.length - 1)
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'pay' as const,
        'pay' as const,
        'claim' as const,
        'recheck' as const,
        'command' as const,
      ),
      payment,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('query' as const, 'stop' as const, 'release' as const, 'ack' as const),
      payment,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('replay' as const), pick: fc.nat(1000) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), forMs: fc.integer({ min: 1, max: 12_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      keepsUnsynced: fc.boolean(),
      inMoments: fc.nat(8),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'reboot' as const,
        'reboot' as const,
        'powerOff' as const,
        'powerOn' as const,
        'coin' as const,
        'jam' as const,
        'repair' as const,
        'tariff' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('link' as const), up: fc.boolean() }) },
)

/** The other side: knows what it sent, and what it was told. */
class Story {
  readonly world: World
  readonly sent: DownMessage[] = []
  readonly commands = new Map<PaymentId, Command[]>()
  private readonly checks = new Map<PaymentId, Check>()
  private nonces = 0
  private tariffVersion = 7

  constructor(thing: ConstructorParameters<typeof World>[0]) {
    this.world = new World(thing)
    this.world.boot()
    this.send(tariffMessage(this.tariffVersion))
  }

  act(action: Action): void {
    const { world } = this
    if (!world.isAlive() && action.kind !== 'powerOff') world.boot()
    switch (action.kind) {
      case 'claim':
        return this.claim(PAYMENTS[action.payment] ?? PAYMENTS[0]!)
      case 'pay':
        this.putThingsRight()
        this.claim(PAYMENTS[action.payment]!)
        return this.command(PAYMENTS[action.payment]!)
      case 'recheck': {
        const check = this.checks.get(PAYMENTS[action.payment]!)
        if (check !== undefined) this.send({ ...check, round: 2, nonce: this.nonce() })
        return
      }
      case 'command':
        return this.command(PAYMENTS[action.payment]!)
      case 'query':
      case 'stop': {
        const paymentId = PAYMENTS[action.payment]!
        return this.send({ name: action.kind, chipId: CHIP, commandId: commandOf(paymentId), paymentId })
      }
      case 'release':
        return this.send({ name: 'release', chipId: CHIP, paymentId: PAYMENTS[action.payment]!, reason: 'x' })
      case 'ack': {
        const outcome = world
          .saidOf('outcome')
          .findLast((said) => said.paymentId === PAYMENTS[action.payment])
        if (outcome === undefined) return
        const { commandId, sequence } = outcome
        return this.send({ name: 'outcome-ack', chipId: CHIP, commandId, sequence })
      }
      case 'replay': {
        const message = this.sent[action.pick % this.sent.length]
        if (message !== undefined) world.say(message)
        return
      }
      case 'pass':
      case 'cut':
      case 'reboot':
      case 'link':
      case 'powerOff':
      case 'powerOn':
      case 'coin':
      case 'jam':
      case 'repair':
      case 'tariff':
        return this.happen(action)
    }
  }

  private happen(
    action: Exclude<
      Action,
      { readonly payment: number } | { readonly pick: number } | { readonly kind: 'tariff' }
    >,
  ): void {
    const { world } = this
    switch (action.kind) {
      case 'pass':
        world.advance(action.forMs)
        return
      case 'cut':
        world.keepsUnsynced = action.keepsUnsynced
        world.journal.cutIn = action.inMoments
        return
      case 'reboot':
        world.kill(world.keepsUnsynced)
        world.boot()
        return
      case 'link':
        world.setLink(action.up)
        return
      case 'tariff':
        this.tariffVersion += 1
        return this.send(tariffMessage(this.tariffVersion))
      case 'powerOff':
      case 'powerOn':
      case 'coin':
      case 'jam':
      case 'repair':
        world.touch(HAPPENINGS[action.kind])
        return
    }
  }

  /** Someone comes by when the machine stands ready: otherwise most stories would end before a payment. */
  private putThingsRight(): void {
    this.world.setLink(true)
    this.world.touch((thing) => thing.restorePower())
    this.world.touch((thing) => thing.repair())
    if (this.world.screen().kind !== 'running') this.world.advance(25_000)
  }

  private claim(paymentId: PaymentId): void {
    if (this.world.screen().kind !== 'code' || !this.world.isAlive()) return
    const check = { ...checkFor(this.world.displayedCode(), paymentId), nonce: this.nonce() }
    this.checks.set(paymentId, check)
    this.send(check)
  }

  private command(paymentId: PaymentId): void {
    const answer = this.world
      .saidOf('check-answer')
      .findLast((said) => said.paymentId === paymentId && said.verdict === 'ready')
    if (answer === undefined) return
    const command = commandFor(answer, paymentId)
    this.commands.set(paymentId, [...(this.commands.get(paymentId) ?? []), command])
    this.send(command)
  }

  private send(message: DownMessage): void {
    this.sent.push(message)
    this.world.say(message)
  }

  private nonce() {
    this.nonces += 1
    return nonceOf(String(this.nonces))
  }
}

const HAPPENINGS: Record<
  'powerOff' | 'powerOn' | 'coin' | 'jam' | 'repair',
  (thing: World['thing']) => void
> = {
  powerOff: (thing) => thing.losePower(),
  powerOn: (thing) => thing.restorePower(),
  coin: (thing) => void thing.insertCoin(),
  jam: (thing) => thing.jam(1),
  repair: (thing) => thing.repair(),
}

/** Faults have stopped: every payment that was ever commanded gets its outcome. */
function settle(story: Story): void {
  const { world } = story
  world.thing.restorePower()
  if (!world.isAlive()) world.boot()
  world.journal.cutIn = Number.POSITIVE_INFINITY
  world.setLink(true)
  for (let round = 0; round < 3; round += 1) {
    world.advance(200_000)
    for (const paymentId of story.commands.keys()) {
      world.say({ name: 'query', chipId: CHIP, commandId: commandOf(paymentId), paymentId })
    }
  }
}

function mustHold(story: Story): void {
  const { world } = story
  for (const paymentId of PAYMENTS) {
    const runs = world.physicalRuns(paymentId)
    assert.ok(runs.length <= 1, 'started at most once')
    const commands = story.commands.get(paymentId) ?? []
    const [run] = runs
    if (run !== undefined) {
      assert.ok(
        commands.some(({ deadlineMs }) => run.startedAtMs <= deadlineMs),
        'never after the deadline, never without a command',
      )
      assert.ok(run.deliveredUnits <= 3, 'never more than bought')
    }
    const outcomes = world.saidOf('outcome').filter((said) => said.paymentId === paymentId)
    const [outcome] = outcomes
    for (const other of outcomes) assert.deepEqual(other, outcome, 'always told the same')
    if (commands.length > 0) assert.ok(outcome, 'every command gets its outcome')
    if (outcome === undefined) continue
    const delivered = run?.deliveredUnits ?? 0
    // A relay cannot see a jam, and says so by its grade of evidence.
    const unseen = outcome.evidence === 'command-only' && run?.reason === 'jammed'
    assert.ok(unseen || outcome.deliveredMin <= delivered, 'k is not more than the truth')
    assert.ok(delivered <= outcome.deliveredMax, 'm is not less than the truth')
    if (outcome.result === 'void') assert.equal(runs.length, 0, 'void never moves')
  }
  const counters = world.codes.map(({ counter }) => counter)
  for (const [index, counter] of counters.entries()) {
    assert.ok(index === 0 || counter >= (counters[index - 1] ?? 0), 'counters never go back')
  }
  const readyAtOnce = world.saidOf('check-answer').filter(({ verdict }) => verdict === 'ready')
  for (const answer of readyAtOnce) assert.ok(['reserved'].includes(answer.machineState))
  const sequences = new Map(world.saidOf('outcome').map((said) => [said.sequence, said.paymentId]))
  for (const said of world.saidOf('outcome')) assert.equal(sequences.get(said.sequence), said.paymentId)
}

for (const evidence of ['sensor', 'acknowledged', 'command-only'] as const) {
  for (const resumesByItself of [false, true]) {
    test(`${evidence}${resumesByItself ? ', resumes by itself' : ''}: any interleaving`, () => {
      let started = 0
      fc.assert(
        fc.property(fc.array(action, { minLength: 5, maxLength: ACTIONS_MAX }), (actions) => {
          const story = new Story({ thing: { evidence, resumesByItself }, random: countingRandom() })
          for (const each of actions) story.act(each)
          settle(story)
          mustHold(story)
          started += story.world.thing.history().filter(({ source }) => source === 'chip').length
        }),
        { numRuns: RUNS, seed: 20_261_124 },
      )
      assert.ok(started > RUNS / 20, `only ${String(started)} runs were started`)
    })
  }
}

/** The same numbers for the same story, so that a failure replays. */
function countingRandom(): (lengthBytes: number) => Uint8Array {
  let state = 1
  return (lengthBytes) =>
    Uint8Array.from({ length: lengthBytes }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state >>> 24
    })
}
