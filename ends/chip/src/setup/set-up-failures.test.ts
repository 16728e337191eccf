import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { type Bench, begin, enter, HOME, NAME, ORDER, settle, startBench } from './bench.suite.ts'
import { airNetwork } from './radio/air.ts'

let bench: Bench
afterEach(() => bench.close())

describe('each failure is told, and then it can be set up', () => {
  type Spoil = { readonly spoil: (bench: Bench) => void; readonly mend: (bench: Bench) => void }
  const network = (given: object): Spoil => ({
    spoil: ({ air }) => air.put(airNetwork({ ...HOME, ...given })),
    mend: ({ air }) => air.put(airNetwork(HOME)),
  })
  const system = (
    step: 'checkClock' | 'resolveName' | 'reachTls' | 'enrol' | 'connect' | 'heartbeat',
    code: never,
  ): Spoil => ({
    spoil: ({ system }) => void system.fails.set(step, code),
    mend: ({ system }) => system.fails.clear(),
  })
  const both = (one: Spoil, other: Spoil): Spoil => ({
    spoil: (bench) => [one, other].forEach(({ spoil }) => spoil(bench)),
    mend: (bench) => [one, other].forEach(({ mend }) => mend(bench)),
  })
  const cases: [string, string, Spoil][] = [
    ['joined', 'wrong-password', network({ passphrase: 'dirty clothes' })],
    [
      'joined',
      'network-gone',
      { spoil: ({ air }) => air.remove(HOME.ssid), mend: ({ air }) => air.put(airNetwork(HOME)) },
    ],
    ['joined', 'unsupported-security', network({ security: 'wpa-enterprise' })],
    ['address', 'no-address', network({ gives: 'no-address' })],
    ['clock', 'wrong-clock', system('checkClock', 'wrong-clock' as never)],
    ['name', 'name-unknown', system('resolveName', 'name-unknown' as never)],
    ['tls', 'system-unreachable', system('reachTls', 'system-unreachable' as never)],
    ['tls', 'system-untrusted', system('reachTls', 'system-untrusted' as never)],
    ['tls', 'portal', both(network({ gives: 'portal' }), system('reachTls', 'system-untrusted' as never))],
    [
      'name',
      'no-route',
      both(network({ gives: 'no-route' }), system('resolveName', 'name-unknown' as never)),
    ],
    ['enrolled', 'claim-used', system('enrol', 'claim-used' as never)],
    ['enrolled', 'chip-owned', system('enrol', 'chip-owned' as never)],
    ['connected', 'broker-unreachable', system('connect', 'broker-unreachable' as never)],
    ['heartbeat', 'broker-unreachable', system('heartbeat', 'broker-unreachable' as never)],
  ]
  for (const [step, code, { spoil, mend }] of cases) {
    test(`${step}: ${code}`, async () => {
      bench = await startBench()
      const browser = await enter(bench)
      spoil(bench)
      await begin(browser)
      const failed = await settle(bench, browser)
      assert.equal(failed.phase, 'failed')
      assert.deepEqual(failed.failure, { step, code })
      assert.equal(bench.system.asked.at(-1), 'release')
      assert.deepEqual(bench.air.hotspots(), [NAME])
      mend(bench)
      await begin(browser)
      assert.equal((await settle(bench, browser)).phase, 'done')
    })
  }

  test('no cable', async () => {
    bench = await startBench()
    const browser = await enter(bench)
    await begin(browser, { ...ORDER, network: { kind: 'ethernet' } })
    assert.deepEqual((await settle(bench, browser)).failure, { step: 'joined', code: 'no-cable' })
  })

  test('a step that never ends', async () => {
    bench = await startBench()
    const browser = await enter(bench)
    bench.system.hangs.add('heartbeat')
    await begin(browser)
    await bench.until('waiting', () => bench.system.asked.includes('heartbeat'))
    bench.clock.advance(60_000)
    assert.deepEqual((await settle(bench, browser)).failure, {
      step: 'heartbeat',
      code: 'broker-unreachable',
    })
  })

  test('a network that reaches the system and nothing else is good enough', async () => {
    bench = await startBench()
    bench.air.put(airNetwork({ ...HOME, gives: 'no-route' }))
    const browser = await enter(bench)
    await begin(browser)
    assert.equal((await settle(bench, browser)).phase, 'done')
  })
})
