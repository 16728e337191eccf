import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RequestId, type Refusal } from '#protocol'
import { CHIP_TIMES } from './settings.ts'
import {
  CHIP,
  checkFor,
  idOf,
  readCode,
  tariffMessage,
  World,
  selling,
  answerTo,
  PAYMENT,
  WALL_START_S,
} from './world.suite.ts'

const A = PAYMENT

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

describe('tariffs', () => {
  test('only newer ones are taken, they survive power cuts, and come into force in their time', () => {
    const world = selling()
    world.say(tariffMessage(6))
    assert.equal(world.saidOf('hello').at(-1)?.tariffVersion, 7)
    world.say(tariffMessage(9, { validFromS: WALL_START_S + 600 }))
    assert.equal(world.displayedCode().code.tariffVersion, 7)
    world.kill(false)
    world.boot()
    assert.equal(world.displayedCode().code.tariffVersion, 7)
    world.advance(601_000)
    assert.equal(world.displayedCode().code.tariffVersion, 9)
    assert.equal(world.saidOf('hello').at(-1)?.tariffVersion, 9)
  })

  test('a chip without one asks again, soon and then less often, until it has one', () => {
    const world = new World()
    world.boot()
    world.advance(7_500)
    assert.equal(world.saidOf('hello').length, 4, 'at 0, 1, 3 and 7 seconds')
    world.say(tariffMessage(7))
    const told = world.saidOf('hello').length
    world.advance(CHIP_TIMES.helloIntervalMs - 1_000)
    assert.equal(world.saidOf('hello').length, told)
  })
})
