/**
 * What every radio must keep. Run it with a bench that puts the radio into an environment and can change that as life
 * does.
 */
import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import type { Radio, SeenNetwork, WifiPlan } from './radio.ts'

export interface BenchNetwork {
  readonly ssid: string
  /** Left out: open. */
  readonly passphrase?: string
  readonly strengthPercent?: number
  readonly hidden?: boolean
  readonly security?: SeenNetwork['security']
  readonly gives?: 'internet' | 'portal' | 'no-address' | 'no-route'
}

/** A radio in its environment. Whatever is changed has happened once the promise is kept. */
export interface RadioBench {
  readonly radio: Radio
  /** The networks in reach, from now on. */
  setNetworks(networks: readonly BenchNetwork[]): Promise<void>
  /** A cable with a way into the internet. */
  setCable(plugged: boolean): Promise<void>
  /** The chip's hotspot as a phone nearby sees it. */
  hotspot(): Promise<{ readonly ssid: string; readonly passphrase: string } | undefined>
  /** The network that the radio is really in. */
  joined(): Promise<string | undefined>
  close(): Promise<void>
}

export interface RadioBenchWish {
  readonly holdsBoth: boolean
}

const HOTSPOT = { ssid: 'Farthing 7F3A', passphrase: 'label-passphrase' }
const OTHER_HOTSPOT = { ssid: 'Farthing 7F3A', passphrase: 'another-passphrase' }
const HOME: BenchNetwork = { ssid: 'Laundry', passphrase: 'clean clothes', strengthPercent: 60 }
const HOME_PLAN: WifiPlan = { ssid: 'Laundry', hidden: false, passphrase: 'clean clothes' }
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/
/** Names are bytes: up to 32 of them, in any writing. */
const LONGEST_NAME = '洗衣店洗衣店洗衣店ab'
const LIMIT_MS = 10_000
const LOOK_MS = 5

/** `makeBench` gives a radio that is in no network, with nothing around it and no cable. */
export function describeRadio(name: string, makeBench: (wish: RadioBenchWish) => Promise<RadioBench>): void {
  let bench: RadioBench | undefined
  const given = async (networks: readonly BenchNetwork[], holdsBoth = true): Promise<RadioBench> => {
    bench = await makeBench({ holdsBoth })
    await bench.setNetworks(networks)
    return bench
  }
  afterEach(async () => {
    await bench?.close()
    bench = undefined
  })

  describe(`${name}: scan`, () => scanning(given))
  describe(`${name}: hotspot`, () => hotspots(given))
  describe(`${name}: join`, () => joining(given))
  for (const holdsBoth of [true, false]) {
    const which = holdsBoth ? 'a radio that holds both' : 'a radio that holds one at a time'
    describe(`${name}: ${which}`, () => besides((networks) => given(networks, holdsBoth), holdsBoth))
  }
  describe(`${name}: where it is`, () => whereabouts(given))
  describe(`${name}: close`, () => closing(given))
}

type Given = (networks: readonly BenchNetwork[]) => Promise<RadioBench>

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + LIMIT_MS
  while (!(await look())) {
    if (Date.now() > endMs) throw new Error(`not within ${String(LIMIT_MS)} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

async function scanned(radio: Radio): Promise<readonly SeenNetwork[]> {
  const seen = await radio.scan()
  assert.ok(seen.ok)
  return seen.value
}

function scanning(given: Given): void {
  test('nothing in reach is an empty list', async () => {
    const { radio } = await given([])
    assert.deepEqual(await scanned(radio), [])
  })

  test('networks with strength and security, strongest first, hidden ones left out', async () => {
    const { radio } = await given([
      { ssid: 'Weak', strengthPercent: 20 },
      { ssid: 'Office', strengthPercent: 50, security: 'wpa-enterprise' },
      HOME,
      { ssid: 'Old', strengthPercent: 40, passphrase: 'abcde', security: 'wep' },
      { ssid: 'Secret', strengthPercent: 90, passphrase: 'hidden away', hidden: true },
    ])
    assert.deepEqual(await scanned(radio), [
      { ssid: 'Laundry', strengthPercent: 60, security: 'wpa-personal' },
      { ssid: 'Office', strengthPercent: 50, security: 'wpa-enterprise' },
      { ssid: 'Old', strengthPercent: 40, security: 'wep' },
      { ssid: 'Weak', strengthPercent: 20, security: 'open' },
    ])
  })

  test('names in any writing, up to 32 bytes', async () => {
    assert.ok(Buffer.byteLength(LONGEST_NAME) <= 32)
    const { radio } = await given([{ ssid: LONGEST_NAME }, { ssid: 'Café "Ü" \\ ☕' }])
    const names = (await scanned(radio)).map(({ ssid }) => ssid)
    assert.deepEqual(names.sort(), [LONGEST_NAME, 'Café "Ü" \\ ☕'].sort())
  })

  test('sees what has come and what has gone', async () => {
    const bench = await given([HOME])
    assert.equal((await scanned(bench.radio)).length, 1)
    await bench.setNetworks([{ ssid: 'New' }])
    assert.deepEqual(
      (await scanned(bench.radio)).map(({ ssid }) => ssid),
      ['New'],
    )
  })

  test('works while the hotspot is up, and does not list it', async () => {
    const { radio } = await given([HOME])
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    assert.deepEqual(
      (await scanned(radio)).map(({ ssid }) => ssid),
      ['Laundry'],
    )
  })
}

function hotspots(given: Given): void {
  test('opens with its name and passphrase, and has an address', async () => {
    const bench = await given([])
    const { radio } = bench
    const opened = await radio.openHotspot(HOTSPOT)
    assert.ok(opened.ok)
    assert.match(opened.value.address, IPV4)
    assert.deepEqual(await bench.hotspot(), HOTSPOT)
  })

  test('opened twice is open once; another plan replaces it', async () => {
    const bench = await given([])
    const { radio } = bench
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    assert.deepEqual(await bench.hotspot(), HOTSPOT)
    assert.ok((await radio.openHotspot(OTHER_HOTSPOT)).ok)
    assert.deepEqual(await bench.hotspot(), OTHER_HOTSPOT)
    await radio.closeHotspot()
    assert.equal(await bench.hotspot(), undefined)
  })

  test('closes, twice too, and opens again', async () => {
    const bench = await given([])
    const { radio } = bench
    await radio.closeHotspot()
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    await radio.closeHotspot()
    await radio.closeHotspot()
    assert.equal(await bench.hotspot(), undefined)
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    assert.deepEqual(await bench.hotspot(), HOTSPOT)
  })
}

function joining(given: Given): void {
  const refused = async (network: BenchNetwork | undefined, plan: WifiPlan, failure: string) => {
    const bench = await given(network === undefined ? [] : [network])
    assert.deepEqual(await bench.radio.join(plan), { ok: false, error: failure })
    assert.equal(await bench.joined(), undefined)
    assert.equal(await bench.radio.connectivity(), 'none')
    await bench.setNetworks([HOME])
    assert.ok((await bench.radio.join(HOME_PLAN)).ok, 'and then joins one that is right')
    assert.equal(await bench.joined(), 'Laundry')
  }

  test('a network with its passphrase', async () => {
    const bench = await given([HOME])
    const { radio } = bench
    const joined = await radio.join(HOME_PLAN)
    assert.ok(joined.ok)
    assert.match(joined.value.address, IPV4)
    assert.equal(await bench.joined(), 'Laundry')
  })

  test('the network it is in, and then another', async () => {
    const bench = await given([HOME, { ssid: 'Café' }])
    const { radio } = bench
    assert.ok((await radio.join(HOME_PLAN)).ok)
    assert.ok((await radio.join(HOME_PLAN)).ok)
    assert.equal(await bench.joined(), 'Laundry')
    assert.ok((await radio.join({ ssid: 'Café', hidden: false })).ok)
    assert.equal(await bench.joined(), 'Café')
  })

  test('a hidden one, by its name', async () => {
    const bench = await given([{ ...HOME, hidden: true }])
    const { radio } = bench
    assert.ok((await radio.join({ ...HOME_PLAN, hidden: true })).ok)
    assert.equal(await bench.joined(), 'Laundry')
  })

  test('a name of 32 bytes', async () => {
    const bench = await given([{ ssid: LONGEST_NAME, passphrase: '12345678' }])
    const { radio } = bench
    assert.ok((await radio.join({ ssid: LONGEST_NAME, hidden: false, passphrase: '12345678' })).ok)
    assert.equal(await bench.joined(), LONGEST_NAME)
  })

  test('a wrong passphrase', () =>
    refused(HOME, { ...HOME_PLAN, passphrase: 'dirty clothes' }, 'wrong-password'))
  test('a network that has gone', () => refused(undefined, HOME_PLAN, 'network-gone'))
  test('a hidden network that is not there', () =>
    refused(undefined, { ...HOME_PLAN, hidden: true }, 'network-gone'))
  test('a network that gives no address', () =>
    refused({ ...HOME, gives: 'no-address' }, HOME_PLAN, 'no-address'))
  test('an enterprise network', () =>
    refused({ ...HOME, security: 'wpa-enterprise' }, HOME_PLAN, 'unsupported-security'))
  test('a WEP network', () => refused({ ...HOME, security: 'wep' }, HOME_PLAN, 'unsupported-security'))
  test('an open network that has the name of a protected one', () =>
    refused({ ssid: 'Laundry' }, HOME_PLAN, 'network-gone'))
}

function besides(given: Given, holdsBoth: boolean): void {
  test('says so', async () => {
    const { radio } = await given([])
    assert.equal(radio.holdsBoth, holdsBoth)
  })

  test(`once joined, the hotspot is ${holdsBoth ? 'still up' : 'down'}`, async () => {
    const bench = await given([HOME])
    const { radio } = bench
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    assert.ok((await radio.join(HOME_PLAN)).ok)
    assert.equal(await bench.joined(), 'Laundry')
    assert.deepEqual(await bench.hotspot(), holdsBoth ? HOTSPOT : undefined)
  })

  for (const [failure, network] of [
    ['wrong-password', { ...HOME, passphrase: 'dirty clothes' }],
    ['network-gone', { ssid: 'Elsewhere' }],
    ['no-address', { ...HOME, gives: 'no-address' }],
  ] as const) {
    test(`back in its hotspot after ${failure}`, async () => {
      const bench = await given([network])
      const { radio } = bench
      assert.ok((await radio.openHotspot(HOTSPOT)).ok)
      assert.deepEqual(await radio.join(HOME_PLAN), { ok: false, error: failure })
      assert.deepEqual(await bench.hotspot(), HOTSPOT)
    })
  }

  test('a hotspot that was not up does not come up after a failed join', async () => {
    const bench = await given([])
    const { radio } = bench
    assert.equal((await radio.join(HOME_PLAN)).ok, false)
    assert.equal(await bench.hotspot(), undefined)
  })

  test(`the hotspot opened while joined: the network is ${holdsBoth ? 'kept' : 'left'}`, async () => {
    const bench = await given([HOME])
    const { radio } = bench
    assert.ok((await radio.join(HOME_PLAN)).ok)
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    assert.deepEqual(await bench.hotspot(), HOTSPOT)
    assert.equal(await bench.joined(), holdsBoth ? 'Laundry' : undefined)
  })
}

function whereabouts(given: Given): void {
  for (const [gives, connectivity] of [
    ['internet', 'full'],
    ['portal', 'portal'],
    ['no-route', 'limited'],
  ] as const) {
    test(`a network that gives ${gives}: ${connectivity}`, async () => {
      const { radio } = await given([{ ...HOME, gives }])
      assert.ok((await radio.join(HOME_PLAN)).ok)
      await until(connectivity, async () => (await radio.connectivity()) === connectivity)
    })
  }

  test('left: none; twice too', async () => {
    const bench = await given([HOME])
    const { radio } = bench
    await radio.leave()
    assert.ok((await radio.join(HOME_PLAN)).ok)
    await radio.leave()
    await radio.leave()
    assert.equal(await bench.joined(), undefined)
    assert.equal(await radio.connectivity(), 'none')
  })

  test('a network that goes is joined again by itself when it is back', async () => {
    const bench = await given([HOME])
    const { radio } = bench
    assert.ok((await radio.join(HOME_PLAN)).ok)
    await bench.setNetworks([])
    await until('gone', async () => (await radio.connectivity()) === 'none')
    await bench.setNetworks([HOME])
    await until('back', async () => (await radio.connectivity()) === 'full')
    assert.equal(await bench.joined(), 'Laundry')
  })

  test('a cable is seen when it is plugged, and when it is pulled', async () => {
    const bench = await given([])
    assert.equal(await bench.radio.ethernet(), false)
    await bench.setCable(true)
    await until('plugged', () => bench.radio.ethernet())
    await until('full', async () => (await bench.radio.connectivity()) === 'full')
    await bench.setCable(false)
    await until('pulled', async () => !(await bench.radio.ethernet()))
  })
}

function closing(given: Given): void {
  test('takes the hotspot down, twice too; afterwards everything fails or does nothing', async () => {
    const bench = await given([HOME])
    const { radio } = bench
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    await radio.close()
    await radio.close()
    assert.equal(await bench.hotspot(), undefined)
    assert.deepEqual(await radio.scan(), { ok: false, error: 'radio-failed' })
    assert.deepEqual(await radio.openHotspot(HOTSPOT), { ok: false, error: 'radio-failed' })
    assert.deepEqual(await radio.join(HOME_PLAN), { ok: false, error: 'radio-failed' })
    assert.equal(await radio.connectivity(), 'none')
    assert.equal(await radio.ethernet(), false)
    await radio.closeHotspot()
    await radio.leave()
  })
}
