import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { VirtualClock } from '#machine/simulated/virtual-clock.ts'
import { fail, ok } from '#protocol/result.ts'
import { type ScriptedStep, ScriptedSystem } from './bench.suite.ts'
import { SetUpMode } from './mode.ts'
import type { JoinFailure, Radio } from './radio/radio.ts'
import { SET_UP_TIMES } from './set-up-parts.ts'

/**
 * Set-up mode under whatever order of things a field can bring: a radio in memory that fails as it is told, a system by
 * script, time by hand.
 */
const PROOF = '12345678'
const ORDER = {
  network: { kind: 'wifi', ssid: 'Laundry', hidden: false, passphrase: 'clean clothes' },
  address: { host: 'pay.example.org', port: 443 },
  claimCode: '7K2QF-9XM4D',
  machine: { driver: 'simulated', wiring: 'wire' },
} as const
const DRAINED_TURNS = 40
const RUNS = 60

class World {
  readonly clock = new VirtualClock()
  readonly system = new ScriptedSystem()
  readonly calls: string[] = []
  hotspot = false
  joined = false
  joinFails: JoinFailure | undefined
  hotspotFails = false
  paying = false
  readonly mode: SetUpMode

  constructor(holdsBoth: boolean) {
    this.mode = new SetUpMode({
      chip: { chipId: '00000000000000c1', name: 'Farthing 7F3A' },
      label: { hotspotPassphrase: 'label', proofHash: createHash('sha256').update(PROOF).digest('hex') },
      listen: { host: '127.0.0.1', port: 0, publicUrl: 'http://10.41.0.1', dnsPort: 0 },
      radio: this.radio(holdsBoth),
      joining: this.system,
      drivers: { list: () => [], tryOut: async () => ok('ready') },
      host: {
        mayOpen: () => !this.paying,
        opened: async () => void this.calls.push('opened'),
        ended: (how) => void this.calls.push(how),
      },
      doors: {
        open: async () => {
          if (!this.hotspotFails) this.hotspot = true
          if (!holdsBoth && this.hotspot) this.joined = false
          return this.hotspot
        },
        close: async () => {
          this.hotspot = false
        },
        cut: () => {},
      },
      clock: this.clock,
      log: () => {},
      openAtStart: true,
      times: SET_UP_TIMES,
    })
  }

  /** Everything that can go on without time passing has gone on. */
  async drain(): Promise<void> {
    for (let turn = 0; turn < DRAINED_TURNS; turn += 1) await new Promise(setImmediate)
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms)
    await this.drain()
  }

  private radio(holdsBoth: boolean): Radio {
    return {
      holdsBoth,
      scan: async () => ok([]),
      openHotspot: async () => ok({ address: '10.41.0.1' }),
      closeHotspot: async () => {},
      join: async () => {
        if (this.joinFails !== undefined) return fail(this.joinFails)
        if (!holdsBoth) this.hotspot = false
        this.joined = true
        return ok({ address: '192.0.2.17' })
      },
      leave: async () => {
        this.joined = false
      },
      connectivity: async () => (this.joined ? 'full' : 'none'),
      ethernet: async () => false,
      close: async () => {},
    }
  }
}

type Happening = (world: World) => void | Promise<void>

const STEPS: readonly ScriptedStep[] = [
  'checkClock',
  'resolveName',
  'reachTls',
  'enrol',
  'connect',
  'heartbeat',
]
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Happening>(({ mode }) => void mode.begin(ORDER)) },
  { weight: 2, arbitrary: fc.constant<Happening>(({ mode }) => mode.open()) },
  fc.constant<Happening>(({ mode }) => void mode.prove('wrong')),
  fc.constant<Happening>(({ mode }) => void mode.prove(PROOF)),
  fc.constant<Happening>(({ mode }) => mode.told()),
  fc.constant<Happening>(async ({ mode }) => void (await mode.networks())),
  fc.constant<Happening>(async ({ mode }) => void (await mode.tryMachine(ORDER.machine))),
  fc.integer({ min: 1, max: 700_000 }).map(
    (ms): Happening =>
      (world) =>
        world.pass(ms),
  ),
  fc.integer({ min: 1, max: 3_000 }).map(
    (ms): Happening =>
      (world) =>
        world.pass(ms),
  ),
  fc.constant<Happening>((world) => world.drain()),
  fc.boolean().map(
    (paying): Happening =>
      (world) =>
        void (world.paying = paying),
  ),
  fc.boolean().map(
    (fails): Happening =>
      (world) =>
        void (world.hotspotFails = fails),
  ),
  fc.constantFrom<(JoinFailure | undefined)[]>('wrong-password', 'no-address', undefined).map(
    (how): Happening =>
      (world) =>
        void (world.joinFails = how),
  ),
  fc.constantFrom(...STEPS).map(
    (step): Happening =>
      ({ system }) =>
        void system.fails.set(step, 'claim-used'),
  ),
  fc.constantFrom(...STEPS).map(
    (step): Happening =>
      ({ system }) =>
        void system.hangs.add(step),
  ),
  fc.constant<Happening>(({ system }) => {
    system.fails.clear()
    system.hangs.clear()
  }),
)

async function live(world: World, happenings: readonly Happening[]): Promise<void> {
  world.mode.open()
  for (const happen of happenings) await happen(world)
  await world.drain()
}

/** All faults are over, and long time passes. */
async function mend(world: World): Promise<void> {
  world.system.fails.clear()
  world.system.hangs.clear()
  world.joinFails = undefined
  world.hotspotFails = false
  world.paying = false
  for (let minute = 0; minute < 25; minute += 1) await world.pass(60_000)
}

const everyWorld = fc.tuple(fc.boolean(), fc.array(happening, { maxLength: 25 }))

describe('set-up mode, whatever happens around it', () => {
  test('opens and ends in turns, and is closed in the end, its hotspot down', async () => {
    await fc.assert(
      fc.asyncProperty(everyWorld, async ([holdsBoth, happenings]) => {
        const world = new World(holdsBoth)
        await live(world, happenings)
        await mend(world)
        assert.equal(world.mode.view(true).phase, 'closed')
        assert.equal(world.hotspot, false)
        for (const [index, call] of world.calls.entries())
          assert.equal(call === 'opened', index % 2 === 0, world.calls.join(' '))
        assert.equal(world.calls.length % 2, 0)
        await world.mode.end()
      }),
      { numRuns: RUNS },
    )
  })

  test('after whatever happened the button opens it, the hotspot is up, and it can be set up', async () => {
    await fc.assert(
      fc.asyncProperty(everyWorld, async ([holdsBoth, happenings]) => {
        const world = new World(holdsBoth)
        await live(world, happenings)
        await mend(world)
        world.mode.open()
        await world.drain()
        assert.equal(world.mode.view(true).phase, 'open')
        assert.equal(world.hotspot, true)
        assert.ok(world.mode.prove(PROOF).ok)
        assert.ok(world.mode.begin(ORDER).ok)
        await world.drain()
        await world.pass(2_000)
        assert.equal(world.mode.view(true).phase, 'done')
        await mend(world)
        assert.equal(world.calls.at(-1), 'done')
        await world.mode.end()
      }),
      { numRuns: RUNS },
    )
  })

  test('a failed set-up leaves the hotspot up, or trying to be', async () => {
    await fc.assert(
      fc.asyncProperty(everyWorld, async ([holdsBoth, happenings]) => {
        const world = new World(holdsBoth)
        await live(world, happenings)
        world.hotspotFails = false
        await world.pass(6_000)
        if (world.mode.view(true).phase === 'failed') assert.equal(world.hotspot, true)
        await world.mode.end()
      }),
      { numRuns: RUNS },
    )
  })

  test('the end of the process ends it wherever it is', async () => {
    await fc.assert(
      fc.asyncProperty(everyWorld, async ([holdsBoth, happenings]) => {
        const world = new World(holdsBoth)
        await live(world, happenings)
        await world.mode.end()
        assert.equal(world.hotspot, false)
        const calls = world.calls.length
        await world.pass(3_600_000)
        assert.equal(world.calls.length, calls)
        assert.equal(world.hotspot, false)
      }),
      { numRuns: RUNS },
    )
  })
})

test('a phone that is told the end at once, before the rest of it is over, is not waited for', async () => {
  const world = new World(true)
  world.mode.open()
  await world.drain()
  world.mode.prove(PROOF)
  const forget = world.mode.watch(() => {
    if (world.mode.view(true).phase !== 'done') return
    world.mode.told()
    forget()
  })
  world.mode.begin(ORDER)
  await world.pass(0)
  assert.equal(world.mode.view(true).phase, 'done')
  await world.pass(SET_UP_TIMES.resultSeenMs)
  await world.pass(SET_UP_TIMES.hotspotGoesAfterMs)
  assert.equal(world.calls.at(-1), 'done')
  await world.mode.end()
})
