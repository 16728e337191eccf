import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BootId } from '#protocol'
import {
  CHIP,
  checkFor,
  commandFor,
  commandOf,
  tariffMessage,
  World,
  selling,
  answerTo,
  reserved,
  outcomeOf,
  ALL,
  paymentOf,
  PAYMENT,
} from './world.suite.ts'

const A = PAYMENT
const B = paymentOf('b')

describe('commands', () => {
  test('a paid command runs the machine once, however often it comes', () => {
    const { world, answer } = reserved()
    const command = commandFor(answer, A)
    for (let times = 0; times < 3; times += 1) world.say(command)
    assert.equal(world.screen().kind, 'running')
    world.advance(1_500)
    world.say(command)
    world.advance(5_000)
    world.say(command)
    assert.equal(world.physicalRuns(A).length, 1)
    assert.deepEqual(outcomeOf(world), { result: 'delivered', ...ALL })
    assert.equal(new Set(world.saidOf('outcome').map(({ sequence }) => sequence)).size, 1)
    assert.ok(world.saidOf('progress').length > 0)
    assert.ok(world.saidOf('started').length >= 4)
    assert.deepEqual(
      world.logs.flatMap(({ step }) => step ?? []).filter((step, index, all) => all.indexOf(step) === index),
      ['S1', 'S3', 'S8', 'S9', 'S10'],
    )
  })

  const voids: Record<string, (world: World, command: ReturnType<typeof commandFor>) => typeof command> = {
    'after its deadline': (world, command) => {
      world.advance(10_001)
      return command
    },
    'for another boot': (_, command) => ({ ...command, boot: BootId.of('0000000000000000') }),
    'for a payment that holds nothing': (_, command) => ({ ...command, paymentId: B }),
    'for other units': (_, command) => ({ ...command, units: 2 }),
    'for another product': (_, command) => ({ ...command, productId: 2 }),
    'with a deadline days ahead': (_, command) => ({
      ...command,
      deadlineMs: command.deadlineMs + 86_400_000,
    }),
    'for a machine that broke down meanwhile': (world, command) => {
      world.touch((thing) => thing.breakDown())
      return command
    },
    'after a release': (world, command) => {
      world.say({ name: 'release', chipId: CHIP, paymentId: A, reason: 'x' })
      return command
    },
    'after a query': (world, command) => {
      world.say({ name: 'query', chipId: CHIP, commandId: command.commandId, paymentId: A })
      return command
    },
    'after a reboot': (world, command) => {
      world.kill(true)
      world.boot()
      return command
    },
  }
  for (const [name, change] of Object.entries(voids)) {
    test(`a command ${name} starts nothing, is void, and stays so`, () => {
      const { world, answer } = reserved()
      const command = change(world, commandFor(answer, A))
      world.say(command)
      world.say(command)
      world.advance(30_000)
      const said = outcomeOf(world, command.paymentId)
      assert.equal(said.result, 'void')
      assert.equal(said.deliveredMax, 0)
      assert.equal(world.thing.history().length, 0)
      assert.equal(new Set(world.saidOf('outcome').map(({ sequence }) => sequence)).size, 1)
    })
  }

  test('a deadline that passes while STARTED is written starts nothing', () => {
    const { world, answer } = reserved()
    const command = commandFor(answer, A)
    const slowSync = world.journal.sync.bind(world.journal)
    world.journal.sync = () => {
      slowSync()
      world.journal.sync = slowSync
      // Not advance(): that would fire timers inside a write.
      Object.assign(world.clock, { nowMs: command.deadlineMs + 1 })
    }
    world.say(command)
    world.advance(10_000)
    assert.equal(world.thing.history().length, 0)
    assert.equal(outcomeOf(world).result, 'void')
  })

  test('a free start needs no reservation, and yields to a payment', () => {
    const world = selling()
    const hello = world.saidOf('hello').at(-1)
    assert.ok(hello)
    const free = { ...commandFor(hello, B), grant: 'free' } as const
    world.say(free)
    world.advance(5_000)
    assert.deepEqual(outcomeOf(world, B), { result: 'delivered', ...ALL })
    const other = reserved()
    other.world.say({ ...commandFor(other.answer, B), grant: 'free' })
    assert.equal(outcomeOf(other.world, B).result, 'void')
  })

  test('a jam after one unit: failed, 1 of 3, and the display says so', () => {
    const { world, answer } = reserved()
    world.thing.jam(1)
    world.say(commandFor(answer, A))
    world.advance(1_500)
    assert.deepEqual(outcomeOf(world), { result: 'failed', ...ALL, deliveredMin: 1, deliveredMax: 1 })
    assert.equal(world.screen().kind, 'failed')
    world.advance(6_000)
    assert.equal(world.screen().kind, 'out-of-service')
  })

  test('a metered machine stops on demand, and what its meter says is delivered', () => {
    const world = new World({ thing: { metered: true } })
    world.boot()
    world.say(tariffMessage(7, { mode: 'hold' }))
    assert.equal(world.displayedCode().code.amountMinor, 750n)
    const answer = answerTo(world, checkFor(world.displayedCode(), A))
    const command = commandFor(answer, A)
    world.say(command)
    world.advance(2_500)
    world.say({ name: 'stop', chipId: CHIP, commandId: commandOf('stop'), paymentId: A })
    world.advance(10)
    assert.deepEqual(outcomeOf(world), { result: 'delivered', ...ALL, deliveredMin: 2, deliveredMax: 2 })
  })

  test('an outcome is told with growing pauses until it is acknowledged, over reboots too', () => {
    const { world, answer } = reserved()
    world.say(commandFor(answer, A))
    world.advance(4_000)
    world.advance(120_000)
    const told = world.saidOf('outcome').length
    assert.ok(told >= 5 && told <= 8, String(told))
    world.kill(false)
    world.boot()
    assert.ok(world.saidOf('outcome').length > told)
    const outcome = world.saidOf('outcome').at(-1)
    assert.ok(outcome)
    world.say({
      name: 'outcome-ack',
      chipId: CHIP,
      commandId: commandOf('other'),
      sequence: outcome.sequence,
    })
    world.say({ name: 'outcome-ack', chipId: CHIP, commandId: outcome.commandId, sequence: outcome.sequence })
    const before = world.saidOf('outcome').length
    world.advance(1_000_000)
    assert.equal(world.saidOf('outcome').length, before)
    assert.equal(world.saidOf('hello').at(-1)?.unacknowledged, 0)
    world.say(commandFor(answer, A))
    assert.deepEqual(outcomeOf(world), { result: 'delivered', ...ALL })
    assert.equal(world.physicalRuns(A).length, 1)
  })
})

describe('power cuts in mid-run', () => {
  const cases = [
    { thing: { evidence: 'sensor', resumesByItself: false }, end: ['interrupted', 1, 1, 'sensor'] },
    { thing: { evidence: 'sensor', resumesByItself: true }, end: ['delivered', 3, 3, 'sensor'] },
    {
      thing: { evidence: 'acknowledged', resumesByItself: false },
      end: ['interrupted', 1, 3, 'command-only'],
    },
    { thing: { evidence: 'acknowledged', resumesByItself: true }, end: ['delivered', 3, 3, 'acknowledged'] },
    {
      thing: { evidence: 'command-only', resumesByItself: false },
      end: ['interrupted', 0, 3, 'command-only'],
    },
  ] as const
  for (const { thing, end } of cases) {
    const resumes = thing.resumesByItself ? 'resumes' : 'stands still'
    test(`${thing.evidence}, ${resumes}: ${end[0]} ${String(end[1])}..${String(end[2])}`, () => {
      const { world, answer } = reserved({ thing })
      world.say(commandFor(answer, A))
      world.advance(1_500)
      world.kill(false)
      world.thing.losePower()
      world.journal.durable.push(...(thing.evidence === 'acknowledged' ? lastProgress() : []))
      world.clock.advance(5_000)
      world.thing.restorePower()
      world.boot()
      world.advance(10_000)
      const { result, deliveredMin, deliveredMax, evidence } = outcomeOf(world)
      assert.deepEqual([result, deliveredMin, deliveredMax, evidence], end)
      assert.equal(world.physicalRuns(A).length, 1)
    })
  }
  function lastProgress() {
    return [{ kind: 'progress', paymentId: A, deliveredUnits: 1 }] as const
  }

  test('a chip killed alone follows the machine that goes on', () => {
    const { world, answer } = reserved()
    world.say(commandFor(answer, A))
    world.advance(1_500)
    world.kill(true)
    world.boot()
    world.advance(10)
    assert.equal(world.screen().kind, 'running')
    world.advance(3_000)
    assert.deepEqual(outcomeOf(world), { result: 'delivered', ...ALL })
  })

  test('a machine that never answers again: interrupted, nothing to everything', () => {
    const { world, answer } = reserved()
    world.say(commandFor(answer, A))
    world.advance(500)
    world.kill(false)
    world.thing.losePower()
    world.boot()
    world.advance(125_000)
    const { result, deliveredMin, deliveredMax, evidence } = outcomeOf(world)
    assert.deepEqual([result, deliveredMin, deliveredMax, evidence], ['interrupted', 0, 3, 'command-only'])
  })
})
