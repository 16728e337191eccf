import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import {
  ask,
  type Bench,
  begin,
  Browser,
  enter,
  HOME,
  LABEL_PASSPHRASE,
  NAME,
  OPEN_MS,
  ORDER,
  PROOF,
  settle,
  startBench,
} from './bench.suite.ts'
import type { Radio } from './radio/radio.ts'
import { SETUP_STEPS, type SetupView } from './setup-view.ts'

const ALL_ASKED = ['checkClock', 'resolveName', 'reachTls', 'enrol', 'connect', 'heartbeat', 'release']
const HANDED_OVER = {
  network: ORDER.network,
  address: { host: 'pay.example.org', port: 8443 },
  claimCode: '7K2QF-9XM4D',
  machine: ORDER.machine,
}

let bench: Bench
afterEach(() => bench.close())

/** A radio whose methods can be replaced one by one. */
const plain = (radio: Radio): Radio => ({
  holdsBoth: radio.holdsBoth,
  scan: () => radio.scan(),
  openHotspot: (plan) => radio.openHotspot(plan),
  closeHotspot: () => radio.closeHotspot(),
  join: (plan) => radio.join(plan),
  leave: () => radio.leave(),
  connectivity: () => radio.connectivity(),
  ethernet: () => radio.ethernet(),
  close: () => radio.close(),
})

const done = ({ steps }: SetupView): string[] =>
  steps.filter(({ status }) => status === 'done').map(({ step }) => step)

describe('a chip out of the box', () => {
  test('opens its hotspot, and is set up through it', async () => {
    bench = await startBench()
    const browser = await enter(bench)
    const networks = await browser.get('/api/networks')
    assert.deepEqual(JSON.parse(networks.text), {
      networks: [{ ssid: 'Laundry', strengthPercent: 70, security: 'wpa-personal' }],
    })
    const tried = await browser.post('/api/machine-try', ORDER.machine)
    assert.deepEqual(JSON.parse(tried.text), { ok: true, state: 'ready' })
    await begin(browser)
    const state = await settle(bench, browser)
    assert.equal(state.phase, 'done')
    assert.deepEqual(done(state), [...SETUP_STEPS])
    assert.deepEqual(bench.system.asked, ALL_ASKED)
    assert.deepEqual(bench.system.orders[0], HANDED_OVER)
    assert.deepEqual(bench.air.joined(), ['Laundry'])
    await bench.until('ended', () => bench.events.includes('done'))
    assert.deepEqual(bench.events, ['opened', 'done'])
    assert.deepEqual(bench.air.hotspots(), [])
    assert.deepEqual(bench.air.joined(), ['Laundry'])
  })

  test('tells live how far it got', async () => {
    bench = await startBench()
    const browser = await enter(bench)
    bench.system.hangs.add('enrol')
    await begin(browser)
    await bench.until('enrolling', async () => (await browser.state()).steps[5]?.status === 'working')
    const state = await browser.state()
    assert.deepEqual(done(state), ['joined', 'address', 'clock', 'name', 'tls'])
    assert.deepEqual(state.given, {
      ssid: 'Laundry',
      hidden: false,
      systemAddress: 'pay.example.org:8443',
      driver: 'simulated',
    })
  })

  test('through a cable, without any hotspot', async () => {
    bench = await startBench()
    bench.air.plugCable('internet')
    const browser = new Browser(bench.setUp.port)
    await browser.prove()
    assert.equal((await browser.state()).ethernet, true)
    await begin(browser, { ...ORDER, network: { kind: 'ethernet' } })
    assert.equal((await settle(bench, browser)).phase, 'done')
    assert.deepEqual(bench.air.joined(), [])
  })

  test('a hotspot that does not come up at first is tried again; the terminal’s way is open meanwhile', async () => {
    let fails = 2
    bench = await startBench({
      around: (radio) => ({
        ...plain(radio),
        openHotspot: async (plan) => {
          fails -= 1
          return fails >= 0 ? { ok: false, error: 'radio-failed' } : radio.openHotspot(plan)
        },
      }),
    })
    assert.equal((await new Browser(bench.setUp.port).state()).phase, 'locked')
    await bench.until('hotspot', () => bench.air.hotspots().length === 1)
    assert.equal(fails, -1)
  })

  test('goes on with what a power cut interrupted', async () => {
    bench = await startBench({ pending: HANDED_OVER })
    await bench.until('ended', () => bench.events.includes('done'), 1_000)
    assert.deepEqual(bench.system.orders[0], HANDED_OVER)
  })
})

describe('a radio that holds one network at a time', () => {
  test('the hotspot goes, and comes back to tell that it is done', async () => {
    bench = await startBench({ holdsBoth: false })
    const browser = await enter(bench)
    assert.equal((await browser.state()).holdsBoth, false)
    const { promise, resolve } = Promise.withResolvers<void>()
    bench.system.holds.set('connect', promise)
    await begin(browser)
    await bench.until('connecting', () => bench.system.asked.includes('connect'))
    assert.deepEqual(bench.air.hotspots(), [])
    await assert.rejects(browser.state())
    resolve()
    await bench.until('back', () => bench.phone.network() === NAME)
    assert.equal((await browser.state()).phase, 'done')
    await bench.until('ended', () => bench.events.includes('done'))
    assert.deepEqual(bench.air.hotspots(), [])
  })

  test('done, and nobody came back to look: it goes on all the same', async () => {
    bench = await startBench({ holdsBoth: false })
    const browser = await enter(bench)
    await begin(browser)
    bench.phone.leave()
    await bench.until('ended', () => bench.events.includes('done'), 1_000)
  })

  test('the hotspot comes back to tell that the password was wrong', async () => {
    bench = await startBench({ holdsBoth: false })
    const browser = await enter(bench)
    await begin(browser, { ...ORDER, network: { ...ORDER.network, passphrase: 'dirty clothes' } })
    await bench.until(
      'failed',
      async () => (await browser.state().catch(() => undefined))?.phase === 'failed',
    )
    assert.deepEqual((await browser.state()).failure, { step: 'joined', code: 'wrong-password' })
  })

  test('and that the system failed after the network was joined', async () => {
    bench = await startBench({ holdsBoth: false })
    bench.system.fails.set('enrol', 'claim-expired')
    const browser = await enter(bench)
    await begin(browser)
    await bench.until(
      'failed',
      async () => (await browser.state().catch(() => undefined))?.phase === 'failed',
    )
    assert.deepEqual((await browser.state()).failure, { step: 'enrolled', code: 'claim-expired' })
    assert.deepEqual(bench.air.joined(), [])
  })
})

describe('set-up mode closes', () => {
  test('after five wrong proofs, for everybody, and opens again by the button', async () => {
    bench = await startBench()
    const browser = await enter(bench)
    const guesser = new Browser(bench.phone.port)
    for (const triesLeft of [4, 3, 2, 1, 0]) {
      const answer = await guesser.post('/api/proof', { proof: 'AAAA-AAAA' })
      assert.equal(answer.status, 403)
      const { code, triesLeft: told } = JSON.parse(answer.text)
      assert.deepEqual([code, told], ['proof-wrong', triesLeft])
    }
    const after = await guesser.post('/api/proof', { proof: PROOF })
    assert.equal(after.status, 423)
    assert.match(after.text, /button/)
    assert.equal((await browser.state()).phase, 'closed')
    assert.equal((await browser.post('/api/set-up', ORDER)).status, 423)
    await bench.until('closed', () => bench.events.includes('closed'))
    assert.deepEqual(bench.air.hotspots(), [])
    bench.setUp.buttonHeld()
    await bench.until('open', () => bench.phone.network() === NAME)
    assert.equal((await browser.state()).phase, 'locked', 'the proof has to be given again')
    await browser.prove()
    await begin(browser)
    assert.equal((await settle(bench, browser)).phase, 'done')
  })

  test('after ten minutes without success', async () => {
    bench = await startBench()
    const browser = await enter(bench)
    assert.ok((await browser.state()).closesInS > 590)
    bench.clock.advance(OPEN_MS)
    assert.equal((await browser.state()).phase, 'closed')
    await bench.until('closed', () => bench.events.includes('closed'))
  })

  test('not while a set-up is under way; when that fails, then', async () => {
    bench = await startBench()
    const browser = await enter(bench)
    bench.system.hangs.add('enrol')
    await begin(browser)
    await bench.until('enrolling', () => bench.system.asked.includes('enrol'))
    bench.clock.advance(30_000)
    assert.equal((await browser.state()).phase, 'working')
    bench.clock.advance(OPEN_MS)
    await bench.until('closed', () => bench.events.includes('closed'))
  })
})

describe('a configured chip', () => {
  test('opens by its button alone', async () => {
    bench = await startBench({ openAtStart: false })
    const browser = new Browser(bench.setUp.port)
    assert.equal((await browser.state()).phase, 'closed')
    assert.equal((await browser.post('/api/proof', { proof: PROOF })).status, 423)
    assert.deepEqual(bench.air.hotspots(), [])
    bench.setUp.buttonHeld()
    await bench.until('open', () => bench.phone.join(NAME, LABEL_PASSPHRASE) === 'joined')
    bench.setUp.buttonHeld()
    assert.deepEqual(bench.events, ['opened'])
  })

  test('never during a payment', async () => {
    bench = await startBench({ openAtStart: false })
    bench.paying = true
    bench.setUp.buttonHeld()
    assert.equal((await new Browser(bench.setUp.port).state()).phase, 'closed')
    bench.paying = false
    bench.setUp.buttonHeld()
    const browser = await enter(bench)
    bench.paying = true
    const answer = await browser.post('/api/set-up', ORDER)
    assert.deepEqual([answer.status, JSON.parse(answer.text).code], [409, 'payment-on'])
  })

  test('keeps its owner, and gets another network without a claim code', async () => {
    bench = await startBench({ openAtStart: false })
    bench.system.address = { host: 'pay.example.org', port: 443 }
    bench.setUp.buttonHeld()
    const browser = await enter(bench)
    assert.equal((await browser.state()).owned, true)
    await begin(browser, { network: ORDER.network, machine: ORDER.machine })
    assert.equal((await settle(bench, browser)).phase, 'done')
    assert.deepEqual(bench.system.orders[0], {
      network: ORDER.network,
      address: { host: 'pay.example.org', port: 443 },
      machine: ORDER.machine,
    })
  })
})

describe('one at a time', () => {
  test('a set-up while another runs is refused, and so is what needs the radio', async () => {
    bench = await startBench()
    const browser = await enter(bench)
    bench.system.hangs.add('checkClock')
    await begin(browser)
    for (const answer of [await browser.post('/api/set-up', ORDER), await browser.get('/api/networks')]) {
      assert.deepEqual([answer.status, JSON.parse(answer.text).code], [409, 'busy'])
    }
    const tried = await browser.post('/api/machine-try', ORDER.machine)
    assert.deepEqual(JSON.parse(tried.text), { ok: false, code: 'busy' })
  })

  test('no password, proof or claim code is in any answer or log', async () => {
    bench = await startBench()
    const browser = await enter(bench)
    const answers: string[] = []
    bench.system.fails.set('enrol', 'claim-used')
    for (const path of ['/api/proof', '/api/set-up', '/api/machine-try']) {
      for (const body of [
        { proof: PROOF },
        ORDER,
        { ...ORDER, network: { ...ORDER.network, ssid: 'x'.repeat(33) } },
      ]) {
        const { text, headers } = await browser.post(path, body)
        answers.push(text, JSON.stringify(headers))
      }
    }
    await settle(bench, browser)
    for (const path of ['/api/state', '/api/networks', '/']) answers.push((await browser.get(path)).text)
    const all = JSON.stringify([answers, bench.logged])
    assert.ok(bench.logged.length > 2)
    for (const secret of [HOME.passphrase, PROOF, ORDER.system.claimCode, LABEL_PASSPHRASE]) {
      assert.ok(!all.includes(secret), secret)
    }
  })

  test('a phone without the proof learns nothing of what goes on', async () => {
    bench = await startBench()
    const browser = await enter(bench)
    bench.system.fails.set('enrol', 'claim-used')
    await begin(browser)
    await settle(bench, browser)
    const stranger = new Browser(bench.phone.port)
    const { phase, given, failure, steps } = await stranger.state()
    assert.deepEqual([phase, given, failure], ['locked', undefined, undefined])
    assert.ok(steps.every(({ status }) => status === 'waiting'))
    for (const path of ['/api/networks']) assert.equal((await stranger.get(path)).status, 401)
    for (const path of ['/api/set-up', '/api/machine-try'])
      assert.equal((await stranger.post(path, ORDER)).status, 401)
    assert.equal((await ask(bench.phone.port, '/api/state')).status, 200)
  })
})
