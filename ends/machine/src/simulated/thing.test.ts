import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Thing, type ThingSettings } from './thing.ts'
import { VirtualClock } from './virtual-clock.ts'

const SETTINGS: ThingSettings = {
  metered: false,
  evidence: 'sensor',
  resumesByItself: false,
  display: true,
  button: true,
  lamp: true,
  engravedNumber: '0417',
  unitDurationMs: 1_000,
  stockUnits: null,
  coinUnits: 2,
}
const ORDER = { runId: 'run', productId: 1, units: 3 }

function thingOf(changes: Partial<ThingSettings> = {}) {
  const clock = new VirtualClock()
  const world = { clock, random: () => 0.5 }
  const thing = new Thing({ ...SETTINGS, ...changes }, world)
  const last = () => {
    const run = thing.history().at(-1)
    return [run?.end, run?.deliveredUnits, run?.claimedUnits, run?.reason]
  }
  return { clock, thing, last, world }
}

describe('a simulated thing', () => {
  test('takes its time for each unit, told twice it runs twice', () => {
    const { clock, thing, last } = thingOf()
    assert.equal(thing.start(ORDER), 'ready')
    assert.equal(thing.start(ORDER), 'busy')
    clock.advance(2_999)
    assert.deepEqual(last(), ['running', 2, 2, ''])
    clock.advance(1)
    assert.deepEqual(last(), ['completed', 3, 3, ''])
    assert.equal(thing.start(ORDER), 'ready')
    assert.equal(thing.history().length, 2)
  })

  test('jams at a unit and stays so until repaired', () => {
    const { clock, thing, last } = thingOf()
    thing.jam(2)
    assert.equal(thing.state(), 'ready', 'nobody sees it before')
    thing.start(ORDER)
    clock.advance(10_000)
    assert.deepEqual(last(), ['failed', 2, 2, 'jammed'])
    assert.equal(thing.state(), 'fault')
    assert.equal(thing.start(ORDER), 'fault')
    thing.repair()
    assert.equal(thing.start(ORDER), 'ready')
    clock.advance(1_500)
    thing.jam()
    assert.deepEqual(last(), ['failed', 1, 1, 'jammed'])
  })

  test('delivers part, once', () => {
    const { clock, thing, last } = thingOf()
    thing.deliverOnly(1)
    thing.start(ORDER)
    clock.advance(10_000)
    assert.deepEqual(last(), ['failed', 1, 1, 'delivered in part'])
    thing.start(ORDER)
    clock.advance(10_000)
    assert.deepEqual(last(), ['completed', 3, 3, ''])
  })

  test('runs out, in mid-run too', () => {
    const { clock, thing, last } = thingOf({ stockUnits: 4 })
    thing.start(ORDER)
    clock.advance(10_000)
    thing.start(ORDER)
    clock.advance(10_000)
    assert.deepEqual(last(), ['failed', 1, 1, 'ran out'])
    assert.deepEqual([thing.state(), thing.stock()], ['empty', 0])
    thing.setStock(9)
    assert.equal(thing.state(), 'ready')
  })

  test('lies once', () => {
    const { clock, thing, last } = thingOf()
    thing.lieOnce()
    thing.start(ORDER)
    clock.advance(10_000)
    assert.deepEqual(last(), ['completed', 0, 3, ''])
  })

  test('loses power: stands still, goes dark, and resumes only if it is made so', () => {
    for (const resumesByItself of [false, true]) {
      const { clock, thing, last } = thingOf({ resumesByItself })
      thing.start(ORDER)
      thing.panel.show({ kind: 'running', text: '' })
      clock.advance(1_500)
      thing.losePower()
      assert.equal(thing.panel.view().screen.kind, 'blank')
      clock.advance(60_000)
      assert.deepEqual([thing.state(), ...last()], ['unpowered', 'running', 1, 1, ''])
      thing.restorePower()
      clock.advance(10_000)
      const end = resumesByItself ? ['completed', 3, 3, ''] : ['interrupted', 1, 1, 'power was lost']
      assert.deepEqual(last(), end)
    }
  })

  test('takes coins unless they are kept out', () => {
    const { clock, thing, last } = thingOf()
    thing.inhibitCoins(true)
    assert.equal(thing.insertCoin(), false)
    thing.inhibitCoins(false)
    assert.equal(thing.insertCoin(), true)
    assert.equal(thing.state(), 'in-use')
    assert.equal(thing.insertCoin(), false)
    clock.advance(10_000)
    assert.deepEqual(last(), ['completed', 2, 2, ''])
  })

  test('a panel shows what it has, and tells its watchers', () => {
    const { thing } = thingOf({ lamp: false })
    const seen: string[] = []
    const unwatch = thing.panel.watch(({ screen }) => seen.push(screen.kind))
    thing.panel.show({ kind: 'words', text: 'amber fox' })
    thing.panel.blink('314')
    unwatch()
    thing.panel.goDark()
    assert.deepEqual(seen, ['words'])
    assert.deepEqual(thing.panel.view(), {
      screen: { kind: 'blank', text: '' },
      blinking: '',
      engravedNumber: '0417',
    })
  })

  test('is the same thing after its host came back', () => {
    const { clock, thing, world } = thingOf({ stockUnits: 9 })
    thing.start(ORDER)
    clock.advance(1_500)
    const kept = JSON.parse(JSON.stringify(thing.snapshot()))
    const again = new Thing({ ...SETTINGS, stockUnits: 9 }, world, kept)
    assert.deepEqual(
      again.history().map(({ runId, end, deliveredUnits }) => [runId, end, deliveredUnits]),
      [['run', 'interrupted', 1]],
    )
    assert.deepEqual([again.stock(), again.state()], [8, 'ready'])
  })
})
