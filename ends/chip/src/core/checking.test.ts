import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Check, ChipId, RequestId, type Refusal } from '#protocol'
import {
  CHIP,
  checkFor,
  idOf,
  nonceOf,
  readCode,
  tariffMessage,
  World,
  selling,
  answerTo,
  reserved,
  paymentOf,
  PAYMENT,
} from './world.suite.ts'

const A = PAYMENT
const B = paymentOf('b')

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
