import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Clock } from '#machine/machine.ts'
import { connectBoard } from '#machine/simulated/board.ts'
import { Thing } from '#machine/simulated/thing.ts'
import { VirtualClock } from '#machine/simulated/virtual-clock.ts'
import { startWireServer, type WireServer } from '#machine/simulated/wire-server.ts'
import { machineDrivers } from './drivers.ts'

const MACHINE = { driver: 'simulated', wiring: 'wire' }
const hostClock: Clock = {
  monotonicMs: () => performance.now(),
  setTimer: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs)
    return () => clearTimeout(timer)
  },
}

describe('the machine, tried', () => {
  let wire: WireServer
  let thing: Thing
  beforeEach(async () => {
    wire = await startWireServer(0)
    thing = new Thing(
      {
        metered: false,
        evidence: 'sensor',
        resumesByItself: false,
        display: true,
        button: false,
        lamp: false,
        engravedNumber: '',
        unitDurationMs: 50,
        stockUnits: 3,
        coinUnits: 0,
      },
      { clock: hostClock, random: () => 0.5 },
    )
    connectBoard(thing, wire.end)
  })
  afterEach(() => wire.close())

  const tryIt = (clock: Clock = hostClock) =>
    machineDrivers({ host: '127.0.0.1', port: wire.port }, clock).tryOut(MACHINE)

  test('says how it is, and was not set in motion', async () => {
    assert.deepEqual(await tryIt(), { ok: true, value: 'ready' })
    thing.breakDown()
    assert.deepEqual(await tryIt(), { ok: true, value: 'fault' })
    thing.repair()
    thing.setStock(0)
    assert.deepEqual(await tryIt(), { ok: true, value: 'empty' })
    assert.deepEqual(thing.history(), [])
  })

  test('one that does not answer is told within five seconds', async () => {
    thing.losePower()
    const clock = new VirtualClock()
    const tried = tryIt(clock)
    let settled = false
    void tried.finally(() => (settled = true))
    clock.advance(4_900)
    await new Promise(setImmediate)
    assert.equal(settled, false)
    clock.advance(200)
    assert.deepEqual(await tried, { ok: false, error: 'machine-silent' })
  })

  test('what this chip does not know', async () => {
    const drivers = machineDrivers({ host: '127.0.0.1', port: wire.port }, hostClock)
    assert.deepEqual(await drivers.tryOut({ driver: 'steam', wiring: 'wire' }), {
      ok: false,
      error: 'driver-unknown',
    })
    assert.deepEqual(await drivers.tryOut({ driver: 'simulated', wiring: 'rope' }), {
      ok: false,
      error: 'wiring-unknown',
    })
    for (const { id, wiring } of drivers.list()) assert.ok(id !== '' && wiring.length > 0)
  })
})
