import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RetirementId, seal } from '#protocol'
import { generateNodeKeys, nodeSigner } from '#protocol/node-keys.ts'
import {
  answerTo,
  CHIP,
  checkFor,
  commandFor,
  idOf,
  PAYMENT,
  paymentOf,
  reserved,
  selling,
  tariffMessage,
  type World,
} from './world.suite.ts'

const RETIREMENT = RetirementId.of(idOf('retirement').slice(0, 32))
const RETIRE = { name: 'retire', chipId: CHIP, retirementId: RETIREMENT } as const
/** Longer than all tellings of the last word. */
const TOLD_MS = 10_000

function acknowledgeAll(world: World): void {
  const told = world.saidOf('outcome').at(-1)
  assert.ok(told)
  world.say({ name: 'outcome-ack', chipId: CHIP, commandId: told.commandId, sequence: told.sequence })
}

/** Told to leave while somebody holds the machine, and then without a link. */
function reservedAndLinkless(): World {
  const { world } = reserved()
  world.say(RETIRE)
  world.setLink(false)
  return world
}

describe('leaving the owner', () => {
  test('with nothing left to tell it says so at once, and only then leaves', () => {
    const world = selling()
    world.say(RETIRE)
    assert.equal(world.saidOf('retired').length, 1)
    assert.equal(world.retirements, 0)
    world.advance(TOLD_MS)
    assert.deepEqual(
      world.saidOf('retired').map(({ retirementId }) => retirementId),
      [RETIREMENT, RETIREMENT, RETIREMENT],
    )
    assert.equal(world.retirements, 1)
  })

  test('sells nothing more: no code, no check, no free start', () => {
    const world = selling()
    const code = world.displayedCode()
    world.setLink(false)
    world.setLink(true)
    world.say(RETIRE)
    assert.equal(world.screen().kind, 'out-of-service')
    assert.equal(answerTo(world, checkFor(code, paymentOf('late'))).verdict, 'busy')
    const boot = world.saidOf('hello').at(-1)
    assert.ok(boot)
    world.say({ ...commandFor(boot, paymentOf('free')), grant: 'free' })
    assert.equal(world.physicalRuns(paymentOf('free')).length, 0)
    assert.equal(world.saidOf('outcome').at(-1)?.result, 'void')
  })

  test('what was paid for is delivered first, and told until acknowledged', () => {
    const { world, answer } = reserved()
    world.say(RETIRE)
    assert.equal(world.saidOf('retired').length, 0)
    world.say(commandFor(answer, PAYMENT))
    world.advance(60_000)
    assert.equal(world.saidOf('outcome').at(-1)?.result, 'delivered')
    assert.equal(world.saidOf('retired').length, 0)
    acknowledgeAll(world)
    world.advance(TOLD_MS)
    assert.equal(world.retirements, 1)
  })

  test('a reservation that is not paid for ends, and then it leaves', () => {
    const { world } = reserved()
    world.say(RETIRE)
    world.advance(60_000)
    assert.equal(world.retirements, 1)
  })

  test('a power cut while it drains does not bring it back to selling', () => {
    const { world, answer } = reserved()
    world.say(commandFor(answer, PAYMENT))
    world.say(RETIRE)
    world.kill(false)
    world.boot()
    world.advance(60_000)
    assert.equal(world.saidOf('retired').length, 0)
    assert.equal(world.screen().kind, 'out-of-service')
    acknowledgeAll(world)
    world.advance(TOLD_MS)
    assert.equal(world.retirements, 1)
  })

  test('the owner closes the door as soon as it has heard: the chip leaves all the same', () => {
    const world = selling()
    world.say(RETIRE)
    assert.equal(world.saidOf('retired').length, 1)
    world.setLink(false)
    world.advance(TOLD_MS)
    assert.equal(world.retirements, 1)
  })

  test('power goes between its last word and the wipe, and the door is closed: it leaves at the next boot', () => {
    const world = selling()
    world.say(RETIRE)
    world.setLink(false)
    world.kill(false)
    world.boot()
    world.advance(1)
    assert.equal(world.retirements, 1)
  })

  test('without a link it waits with its last word', () => {
    const world = reservedAndLinkless()
    world.advance(60_000)
    assert.equal(world.retirements, 0)
    world.setLink(true)
    world.advance(TOLD_MS)
    assert.equal(world.retirements, 1)
  })

  test('asked again after it left, because its word was lost, it answers again', () => {
    const world = selling()
    world.say(RETIRE)
    world.advance(TOLD_MS)
    const said = world.saidOf('retired').length
    world.say(RETIRE)
    assert.equal(world.saidOf('retired').length, said + 1)
  })
})

describe('a message signed by a key that the chip does not know', () => {
  test('is refused, and the port is told which key it was', () => {
    const world = selling()
    const { kid, privateKeyPem } = generateNodeKeys('ES256')
    const stranger = nodeSigner(privateKeyPem, { withKid: true })
    world.sayBytes(seal(tariffMessage(9), stranger))
    assert.deepEqual(world.unknownKids, [kid])
    assert.equal(world.saidOf('hello').at(-1)?.tariffVersion, 7)
    world.say(tariffMessage(8))
    assert.deepEqual(world.unknownKids, [kid])
  })
})
