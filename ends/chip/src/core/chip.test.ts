import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BootId, type Check, type CheckAnswer, ChipId, RequestId, type Refusal } from '#protocol'
import {
  CHIP,
  checkFor,
  commandFor,
  commandOf,
  idOf,
  nonceOf,
  paymentOf,
  readCode,
  tariffMessage,
  World,
  type WorldOptions,
} from './world.suite.ts'

const A = paymentOf('a')
const B = paymentOf('b')

/** A chip that has prices and shows a code. */
function selling(options: WorldOptions = {}): World {
  const world = new World(options)
  world.boot()
  world.say(tariffMessage(7))
  return world
}

function answerTo(world: World, check: Check): CheckAnswer {
  world.say(check)
  const answer = world.saidOf('check-answer').at(-1)
  assert.ok(answer)
  return answer
}

/** Checked in both rounds. */
function reserved(options: WorldOptions = {}): { world: World; answer: CheckAnswer; check: Check } {
  const world = selling(options)
  const check = checkFor(world.displayedCode(), A)
  assert.equal(answerTo(world, check).verdict, 'ready')
  const answer = answerTo(world, { ...check, round: 2, nonce: nonceOf('second') })
  assert.equal(answer.verdict, 'ready')
  return { world, answer, check }
}

function outcomeOf(world: World, paymentId = A) {
  const outcome = world.saidOf('outcome').findLast((said) => said.paymentId === paymentId)
  assert.ok(outcome, 'an outcome was told')
  const { result, deliveredMin, deliveredMax, ordered, evidence } = outcome
  return { result, deliveredMin, deliveredMax, ordered, evidence }
}

const ALL = { deliveredMin: 3, deliveredMax: 3, ordered: 3, evidence: 'sensor' } as const

describe('codes', () => {
  test('a fresh code is shown, refreshed before it expires, after a claim and after a tariff', () => {
    const world = selling()
    const first = world.displayedCode()
    assert.deepEqual([first.code.amountMinor, first.code.tariffVersion, first.code.goods], [250n, 7, 1])
    world.advance(89_000)
    assert.equal(world.displayedCode().code.counter, first.code.counter)
    world.advance(2_000)
    const second = world.displayedCode()
    assert.equal(second.code.counter, first.code.counter + 1)
    assert.equal(answerTo(world, checkFor(first, A)).verdict, 'ready', 'the one just replaced still serves')
    assert.deepEqual(world.screen(), { kind: 'words', text: 'amber fox' })
    world.say({ name: 'release', chipId: CHIP, paymentId: A, reason: 'cancelled' })
    const third = world.displayedCode()
    world.say(tariffMessage(8))
    assert.equal(world.displayedCode().code.tariffVersion, 8)
    assert.ok(world.displayedCode().code.counter > third.code.counter)
  })

  test('without a wall clock, prices, a link or a ready machine no code is shown', () => {
    const world = new World()
    world.boot()
    assert.equal(world.screen().kind, 'wait')
    world.wallKnown = false
    world.say(tariffMessage(7))
    assert.equal(world.screen().kind, 'wait')
    world.wallKnown = true
    world.advance(61_000)
    assert.equal(world.screen().kind, 'code')
    world.setLink(false)
    assert.equal(world.screen().kind, 'wait')
    world.setLink(true)
    assert.equal(world.screen().kind, 'code')
    world.touch((thing) => thing.breakDown())
    assert.equal(world.screen().kind, 'out-of-service')
    world.touch((thing) => thing.repair())
    assert.equal(world.screen().kind, 'code')
  })

  test('a chosen product is the one whose code is shown', () => {
    const world = selling()
    world.touch((thing) => thing.selectProduct(2))
    assert.equal(world.displayedCode().code.goods, 2)
    world.touch((thing) => thing.selectProduct(9))
    assert.equal(world.displayedCode().code.goods, 2)
  })

  test('a printed code: issued on demand, once per request, and refused with the reason', () => {
    const world = selling({ codes: 'printed' })
    const requestId = RequestId.of(idOf('request').slice(0, 32))
    world.say({ name: 'issue-request', chipId: CHIP, requestId, productId: 2 })
    world.say({ name: 'issue-request', chipId: CHIP, requestId, productId: 2 })
    const [first, again] = world.saidOf('issue-answer')
    assert.ok(first && again)
    assert.equal(first.refusal, 'none')
    assert.deepEqual(again.code, first.code)
    assert.equal(readCode(first.code).amountMinor, 150n)
    const ask = (text: string, productId: number): Refusal | 'none' | undefined => {
      const id = RequestId.of(idOf(text).slice(0, 32))
      world.say({ name: 'issue-request', chipId: CHIP, requestId: id, productId })
      return world.saidOf('issue-answer').at(-1)?.refusal
    }
    assert.equal(ask('unknown', 9), 'unknown-product')
    world.touch((thing) => thing.setStock(0))
    assert.equal(ask('empty', 1), 'empty')
    world.touch((thing) => thing.setStock(null))
    const check = checkFor({ bytes: first.code, code: readCode(first.code) }, A)
    assert.equal(answerTo(world, { ...check, presence: 'button', presenceText: '' }).verdict, 'ready')
    assert.equal(ask('reserved', 1), 'reserved-for-another')
  })

  test('a machine with a display gives no code to whoever does not stand before it', () => {
    const world = selling()
    world.say({
      name: 'issue-request',
      chipId: CHIP,
      requestId: RequestId.of(idOf('remote').slice(0, 32)),
      productId: 1,
    })
    assert.equal(world.saidOf('issue-answer').at(-1)?.refusal, 'not-issued')
  })
})

describe('checks', () => {
  const refusals: Record<string, { change: (world: World, check: Check) => Check; verdict: Refusal }> = {
    'a code it did not issue': {
      change: (_, check) => ({ ...check, counter: check.counter + 1000 }),
      verdict: 'not-issued',
    },
    'another code under a known counter': {
      change: (_, check) => ({
        ...check,
        codeHash: checkFor({ ...dummy(), code: dummy().code }, A).codeHash,
      }),
      verdict: 'not-issued',
    },
    'another amount': {
      change: (_, check) => ({ ...check, amountMinor: 251n }),
      verdict: 'amount-differs',
    },
    'other units': { change: (_, check) => ({ ...check, units: 4 }), verdict: 'amount-differs' },
    'another tariff': { change: (_, check) => ({ ...check, tariffVersion: 6 }), verdict: 'tariff-differs' },
    'a tariff no longer in force': {
      change: (world, check) => {
        world.say(tariffMessage(8))
        return check
      },
      verdict: 'tariff-differs',
    },
    'an expired code': {
      change: (world, check) => {
        world.advance(121_000)
        return check
      },
      verdict: 'expired',
    },
    'a second round without a first': {
      change: (_, check) => ({ ...check, round: 2 }),
      verdict: 'reservation-lost',
    },
    'a machine out of order': {
      change: (world, check) => {
        world.touch((thing) => thing.breakDown())
        return check
      },
      verdict: 'machine-fault',
    },
    'a machine without power': {
      change: (world, check) => {
        world.touch((thing) => thing.losePower())
        return check
      },
      verdict: 'machine-fault',
    },
    'an empty machine': {
      change: (world, check) => {
        world.touch((thing) => thing.setStock(0))
        return check
      },
      verdict: 'empty',
    },
    'a machine that runs on coins': {
      change: (world, check) => {
        world.touch((thing) => assert.ok(thing.insertCoin()))
        return check
      },
      verdict: 'in-use',
    },
    'a lost wall clock': {
      change: (world, check) => {
        world.wallKnown = false
        return check
      },
      verdict: 'clock-unset',
    },
    'a released payment': {
      change: (world, check) => {
        world.say({ name: 'release', chipId: CHIP, paymentId: A, reason: 'cancelled' })
        return check
      },
      verdict: 'reservation-lost',
    },
  }
  function dummy() {
    const world = selling()
    return world.displayedCode()
  }

  for (const [name, { change, verdict }] of Object.entries(refusals)) {
    test(`${name}: ${verdict}`, () => {
      const world = selling()
      const check = checkFor(world.displayedCode(), A)
      const changed = change(world, check)
      const answer = answerTo(world, changed)
      assert.equal(answer.verdict, verdict)
      assert.equal(answer.nonce, changed.nonce)
      world.thing.repair()
      assert.equal(world.thing.history().length, verdict === 'in-use' ? 1 : 0)
    })
  }

  test('a ready machine is reserved: coins stay out, another payment is told so, until it expires', () => {
    const world = selling()
    const code = world.displayedCode()
    const answer = answerTo(world, checkFor(code, A))
    assert.deepEqual([answer.verdict, answer.machineState, answer.tariffVersion], ['ready', 'reserved', 7])
    world.advance(1)
    assert.equal(world.thing.insertCoin(), false)
    assert.equal(answerTo(world, checkFor(code, B)).verdict, 'already-used')
    world.advance(20_001)
    assert.equal(world.screen().kind, 'code')
    assert.equal(
      answerTo(world, { ...checkFor(code, A), round: 2, nonce: nonceOf('x') }).verdict,
      'reservation-lost',
    )
    world.touch((thing) => assert.ok(thing.insertCoin()))
  })

  test('another code while it is reserved: reserved-for-another', () => {
    const world = selling()
    const first = world.displayedCode()
    world.advance(91_000)
    const second = world.displayedCode()
    assert.equal(answerTo(world, checkFor(first, A)).verdict, 'ready')
    assert.equal(answerTo(world, checkFor(second, B)).verdict, 'reserved-for-another')
  })

  test('the same question gets the same answer, byte for byte, and does not prolong', () => {
    const world = selling()
    const check = checkFor(world.displayedCode(), A)
    const first = answerTo(world, check)
    world.advance(15_000)
    assert.deepEqual(answerTo(world, check), first)
    world.advance(6_000)
    assert.equal(world.screen().kind, 'code')
  })

  test('a later round prolongs beyond the life of the code', () => {
    const { world, check } = reserved()
    for (let round = 0; round < 10; round += 1) {
      world.advance(19_000)
      const nonce = nonceOf(`round ${String(round)}`)
      assert.equal(answerTo(world, { ...check, round: 2, nonce }).verdict, 'ready')
    }
  })

  test('what is not signed by the system for this chip is not heard', () => {
    const world = selling()
    const check = checkFor(world.displayedCode(), A)
    const said = world.said.length
    world.say({ ...check, chipId: ChipId.of('00000000000000c2') })
    world.sayBytes(Uint8Array.of(1, 2, 3))
    world.sayBytes(new Uint8Array(0))
    world.sayBytes(world.displayedCode().bytes)
    assert.equal(world.said.length, said)
    assert.equal(world.logs.filter(({ msg }) => msg === 'message refused').length, 4)
  })
})

describe('presence', () => {
  test('a press is told while the machine is reserved with that method, and told again', () => {
    const world = selling()
    world.touch((thing) => thing.pressButton())
    assert.equal(world.saidOf('presence').length, 0)
    const check = checkFor(world.displayedCode(), A)
    answerTo(world, { ...check, presence: 'button', presenceText: '' })
    world.touch((thing) => thing.pressButton())
    const [press] = world.saidOf('presence')
    assert.equal(press?.paymentId, A)
    world.setLink(false)
    world.setLink(true)
    world.advance(60_000)
    const told = world.saidOf('presence').length
    assert.ok(told >= 2 && told <= 7)
    world.touch((thing) => thing.pressButton())
    assert.equal(world.saidOf('presence').length, told, 'nobody has the machine any more')
  })

  test('a number is blinked until the payment ends', () => {
    const world = selling({ codes: 'printed' })
    world.say({
      name: 'issue-request',
      chipId: CHIP,
      requestId: RequestId.of(idOf('r').slice(0, 32)),
      productId: 1,
    })
    const bytes = world.saidOf('issue-answer').at(-1)?.code
    assert.ok(bytes)
    const check = checkFor({ bytes, code: readCode(bytes) }, A)
    answerTo(world, { ...check, presence: 'blink', presenceText: '314' })
    assert.equal(world.blinking, '314')
    world.advance(20_001)
    assert.equal(world.blinking, '')
  })
})

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

describe('tariffs', () => {
  test('only newer ones are taken, they survive power cuts, and come into force in their time', () => {
    const world = selling()
    world.say(tariffMessage(6))
    assert.equal(world.saidOf('hello').at(-1)?.tariffVersion, 7)
    world.say(tariffMessage(9, { validFromS: 1_800_000_000 + 600 }))
    assert.equal(world.displayedCode().code.tariffVersion, 7)
    world.kill(false)
    world.boot()
    assert.equal(world.displayedCode().code.tariffVersion, 7)
    world.advance(601_000)
    assert.equal(world.displayedCode().code.tariffVersion, 9)
    assert.equal(world.saidOf('hello').at(-1)?.tariffVersion, 9)
  })
})
