import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { VirtualClock } from '#machine/simulated/virtual-clock.ts'
import { fail, ok } from '#protocol/result.ts'
import type { JoinFailure, Radio } from '../radio/radio.ts'
import { ConnectionKeeper } from './connection-keeper.ts'
import { NetworkKeeper } from './network-keeper.ts'
import { pauseAfter } from './pause.ts'
import { RenewalKeeper } from './renewal-keeper.ts'
import { CLOCK_TOLERANCE_S, WallClock } from './wall-clock.ts'

const DAY_MS = 86_400_000
const random = (): number => 0

/** Lets time pass in steps, and everything that hangs on it happen. */
async function pass(clock: VirtualClock, forMs: number, stepMs = forMs): Promise<void> {
  for (let passedMs = 0; passedMs < forMs; passedMs += stepMs) {
    clock.advance(stepMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('pauses', () => {
  test('double up to the longest, and differ from chip to chip', () => {
    const pauses = { firstMs: 100, longestMs: 1000 }
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 1000].map((failures) => pauseAfter(failures, pauses, 0)),
      [100, 200, 400, 800, 1000, 1000, 1000],
    )
    assert.equal(pauseAfter(0, pauses, 1), 50)
  })
})

describe('a configured chip in its network', () => {
  const network = { kind: 'wifi', ssid: 'Laundry', hidden: true, passphrase: 'clean clothes' } as const

  function bench(answers: JoinFailure[]) {
    const clock = new VirtualClock()
    const joins: { atMs: number; plan: unknown }[] = []
    const logged: unknown[] = []
    let isLinked = false
    let connectivity: Awaited<ReturnType<Radio['connectivity']>> = 'none'
    const radio: Radio = {
      holdsBoth: false,
      scan: () => assert.fail('no scan is needed'),
      openHotspot: () => assert.fail('never the hotspot by itself'),
      closeHotspot: () => assert.fail('the hotspot is set-up mode alone'),
      join: async (plan) => {
        joins.push({ atMs: clock.monotonicMs(), plan })
        const failure = answers.shift()
        if (failure !== undefined) return fail(failure)
        connectivity = 'full'
        return ok({ address: '192.0.2.1' })
      },
      leave: async () => {},
      connectivity: async () => connectivity,
      ethernet: async () => false,
      close: async () => {},
    }
    const keeper = new NetworkKeeper({
      network,
      radio,
      clock,
      random,
      isLinked: () => isLinked,
      log: (entry) => logged.push(entry),
    })
    return {
      clock,
      joins,
      keeper,
      logged,
      link: (up: boolean) => (isLinked = up),
      goes: (to: typeof connectivity) => (connectivity = to),
    }
  }

  test('tries for ever with growing pauses, and tells a failure once', async () => {
    const { clock, joins, keeper, logged } = bench(Array.from({ length: 20 }, () => 'network-gone'))
    keeper.start()
    await pass(clock, 20 * 60_000, 500)
    assert.ok(joins.length >= 20)
    const gapsMs = joins.slice(1).map(({ atMs }, index) => atMs - (joins[index]?.atMs ?? 0))
    assert.deepEqual(gapsMs.slice(0, 4), [2000, 4000, 8000, 16_000])
    assert.ok(Math.max(...gapsMs) <= 60_500)
    assert.deepEqual(joins[0]?.plan, { ssid: 'Laundry', hidden: true, passphrase: 'clean clothes' })
    assert.deepEqual(logged, [
      { msg: 'network', what: { what: 'network-gone' } },
      { msg: 'network', what: { what: 'joined' } },
    ])
    keeper.stop()
  })

  test('leaves alone a network that it is in, and comes back when it is in none', async () => {
    const { clock, joins, keeper, link, goes } = bench([])
    keeper.start()
    await pass(clock, 60_000, 500)
    assert.equal(joins.length, 1)
    link(true)
    goes('limited')
    await pass(clock, 60_000, 500)
    link(false)
    await pass(clock, 60_000, 500)
    assert.equal(joins.length, 1)
    goes('none')
    await pass(clock, 10_000, 500)
    assert.equal(joins.length, 2)
    keeper.stop()
    goes('none')
    await pass(clock, 60_000, 500)
    assert.equal(joins.length, 2)
  })
})

describe('what the system tells', () => {
  function bench() {
    const clock = new VirtualClock()
    const fetches: number[] = []
    const state: { answer: 'changed' | 'same' | 'failed' } = { answer: 'same' }
    const fetch = async (): Promise<'changed' | 'same' | 'failed'> => {
      fetches.push(clock.monotonicMs())
      return state.answer
    }
    return { clock, fetches, state, keeper: new ConnectionKeeper({ clock, fetch, random }) }
  }

  test('is asked at the start until it is told, then from time to time', async () => {
    const { clock, fetches, keeper, state } = bench()
    state.answer = 'failed'
    keeper.start()
    await pass(clock, 30_000, 500)
    assert.deepEqual(
      fetches.map((atMs) => atMs - (fetches[0] ?? 0)),
      [0, 2500, 6500, 14_500],
    )
    state.answer = 'same'
    await pass(clock, DAY_MS, 60_000)
    assert.ok(fetches.length >= 8 && fetches.length <= 10, String(fetches.length))
    keeper.stop()
  })

  test('is asked again for an unknown key, with growing pauses however often it comes', async () => {
    const { clock, fetches, keeper } = bench()
    keeper.start()
    await pass(clock, 10_000, 500)
    assert.equal(fetches.length, 1)
    for (let second = 0; second < 3600; second += 1) {
      keeper.unknownKey()
      await pass(clock, 1000)
    }
    assert.ok(fetches.length >= 6 && fetches.length <= 16, String(fetches.length))
    keeper.stop()
    keeper.unknownKey()
    await pass(clock, DAY_MS, 3_600_000)
    assert.ok(fetches.length <= 16)
  })

  test('a key that came is no reason to wait longer the next time', async () => {
    const { clock, fetches, keeper, state } = bench()
    state.answer = 'changed'
    keeper.start()
    await pass(clock, 5_000, 500)
    keeper.unknownKey()
    await pass(clock, 5_000, 500)
    keeper.unknownKey()
    await pass(clock, 500)
    assert.equal(fetches.length, 3)
    keeper.stop()
  })
})

describe('the certificate', () => {
  const madeFor = (days: number): string =>
    execFileSync(
      'openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=x -days ${String(days)}`.split(
        ' ',
      ),
      { encoding: 'utf8', stdio: 'pipe' },
    )

  test('is renewed in time, tried again when that fails, and not without end', async () => {
    const startMs = Date.now()
    const clock = new VirtualClock(0)
    const next = madeFor(150)
    let certificatePem = madeFor(90)
    const tries: number[] = []
    const answers = [false, false, true]
    const keeper = new RenewalKeeper({
      clock,
      random,
      wallS: () => Math.floor((startMs + clock.monotonicMs()) / 1000),
      certificatePem: () => certificatePem,
      renew: async () => {
        tries.push(clock.monotonicMs() / DAY_MS)
        const renewed = answers.shift() ?? true
        if (renewed) certificatePem = next
        return renewed
      },
    })
    keeper.start()
    await pass(clock, 59 * DAY_MS, 3_600_000)
    assert.equal(tries.length, 0)
    await pass(clock, 2 * DAY_MS, 30_000)
    assert.equal(tries.length, 3)
    assert.ok((tries[0] ?? 0) >= 59.9 && (tries[2] ?? 0) < 60.1)
    await pass(clock, 30 * DAY_MS, 3_600_000)
    assert.equal(tries.length, 3)
    await pass(clock, 10 * DAY_MS, 600_000)
    assert.ok(tries.length >= 4)
    // The stand-in never moves its dates on: due the moment it is new, it is asked for rarely.
    assert.ok(tries.length < 100)
    keeper.stop()
  })
})

describe('the wall clock', () => {
  test('unset, mended, and right by itself again', () => {
    let hostMs = 0
    const wall = new WallClock(() => hostMs)
    assert.equal(wall.nowS(), undefined)
    const trueS = 1_800_000_000
    assert.ok(wall.differsFrom(trueS))
    wall.mend(trueS)
    assert.ok(wall.isMended() && wall.nowS() === trueS && !wall.differsFrom(trueS))
    hostMs = 5_000
    assert.equal(wall.nowS(), trueS + 5)
    hostMs = trueS * 1000
    assert.ok(wall.differsFrom(trueS))
    wall.mend(trueS)
    assert.ok(!wall.isMended() && wall.nowS() === trueS)
    assert.ok(!wall.differsFrom(trueS + CLOCK_TOLERANCE_S))
    assert.ok(wall.differsFrom(trueS + CLOCK_TOLERANCE_S + 1))
  })
})
