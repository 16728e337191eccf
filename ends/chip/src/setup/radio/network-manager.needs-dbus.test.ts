import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, test } from 'node:test'
import type { MockNetwork } from './network-manager/mock-air.suite.ts'
import { MockNetworkManager } from './network-manager/mock-network-manager.suite.ts'
import { type PrivateBus, startPrivateBus, withoutBusDaemon } from './network-manager/private-bus.suite.ts'
import { type NetworkManagerRadioOptions, openNetworkManagerRadio } from './network-manager-radio.ts'
import type { Radio, WifiPlan } from './radio.ts'
import { describeRadio, type RadioBench } from './radio.suite.ts'

/** What is awaited here comes at once or never. */
const TIMES = {
  callMsMax: 2_000,
  deviceMsMax: 700,
  scanMsMax: 500,
  hotspotMsMax: 2_000,
  joinMsMax: 2_000,
  leaveMsMax: 1_000,
  connectivityMsMax: 1_000,
  rereadMs: 20,
}
const HOTSPOT = { ssid: 'Farthing 7F3A', passphrase: 'label-passphrase' }
const HOME: MockNetwork = { ssid: 'Laundry', passphrase: 'clean clothes' }
const HOME_PLAN: WifiPlan = { ssid: 'Laundry', hidden: false, passphrase: 'clean clothes' }
const STATE_PREPARE = 40
const STATE_CONFIG = 50
const LIMIT_MS = 10_000
const LOOK_MS = 5
/** Objects that went between two calls are no mistake; anything else is a call that the real one would refuse. */
const NO_MISTAKE = /Object does not exist|was not in the scan list|was not active/

interface World {
  readonly bus: PrivateBus
  readonly manager: MockNetworkManager
  readonly radio: Radio
  close(): Promise<void>
}

async function makeWorld(options: Partial<NetworkManagerRadioOptions> = {}): Promise<World> {
  const bus = await startPrivateBus()
  const { interface: face = 'wlan0', hotspotInterface } = options
  const interfaces = ['wlan0', ...(hotspotInterface === undefined ? [] : [hotspotInterface])]
  const manager = new MockNetworkManager({ address: bus.address, interfaces })
  await manager.start()
  const radio = await openNetworkManagerRadio({
    ...options,
    interface: face,
    busAddress: bus.address,
    times: TIMES,
  })
  return {
    bus,
    manager,
    radio,
    close: async () => {
      await radio.close()
      await manager.stop()
      await bus.close()
      assert.deepEqual(
        manager.bus.refused.filter((refusal) => !NO_MISTAKE.test(refusal)),
        [],
      )
    },
  }
}

function upHotspot(manager: MockNetworkManager): { ssid: string; passphrase: string } | undefined {
  const up = manager.hotspot()
  if (up === undefined) return undefined
  const ssid = up['802-11-wireless']?.ssid as Buffer
  return { ssid: ssid.toString(), passphrase: String(up['802-11-wireless-security']?.psk) }
}

async function until(what: string, look: () => boolean): Promise<void> {
  const endMs = Date.now() + LIMIT_MS
  while (!look()) {
    if (Date.now() > endMs) throw new Error(`not within ${String(LIMIT_MS)} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

describe('on a bus', { skip: withoutBusDaemon() }, () => {
  describeRadio('the radio on NetworkManager', async ({ holdsBoth }): Promise<RadioBench> => {
    const world = await makeWorld(holdsBoth ? { hotspotInterface: 'ap0' } : {})
    const { radio, manager } = world
    return {
      radio,
      setNetworks: (networks) => manager.setNetworks(networks),
      setCable: async (plugged) => manager.setCable(plugged),
      hotspot: async () => upHotspot(manager),
      joined: async () => manager.joined(),
      close: () => world.close(),
    }
  })

  let world: World | undefined
  const given = async (networks: readonly MockNetwork[], options?: Partial<NetworkManagerRadioOptions>) => {
    world = await makeWorld(options)
    await world.manager.setNetworks(networks)
    return world
  }
  afterEach(async () => {
    await world?.close()
    world = undefined
  })

  describe('networks', () => {
    test('stations of one name are one network', async () => {
      const { radio } = await given([
        { ...HOME, strengthPercent: 20 },
        { ...HOME, strengthPercent: 55 },
      ])
      assert.deepEqual(await radio.scan(), {
        ok: true,
        value: [{ ssid: 'Laundry', strengthPercent: 55, security: 'wpa-personal' }],
      })
    })

    test('a name in GB 18030 is read, and joined by its own bytes; one in no writing is left out', async () => {
      const ssid = Buffer.from('cfb4d2c2b5ea', 'hex')
      const { radio, manager } = await given([
        { ssid, passphrase: 'clean clothes' },
        { ssid: Buffer.from('ff00fe', 'hex') },
      ])
      const seen = await radio.scan()
      assert.deepEqual(seen.ok && seen.value.map(({ ssid }) => ssid), ['洗衣店'])
      assert.ok((await radio.join({ ...HOME_PLAN, ssid: '洗衣店' })).ok)
      assert.deepEqual(manager.profiles()[0]?.settings['802-11-wireless']?.ssid, ssid)
    })

    for (const [security, keyManagement] of [
      ['wpa-personal', 'wpa-psk'],
      ['wpa2-wpa3', 'wpa-psk'],
      ['wpa3-personal', 'sae'],
    ] as const) {
      test(`${security} is joined with ${keyManagement}`, async () => {
        const { radio, manager } = await given([{ ...HOME, security }])
        assert.ok((await radio.join(HOME_PLAN)).ok)
        assert.equal(manager.profiles()[0]?.settings['802-11-wireless-security']?.['key-mgmt'], keyManagement)
      })
    }

    test('one that encrypts without a passphrase is joined without one', async () => {
      const { radio, manager } = await given([{ ssid: 'Café', security: 'owe' }])
      assert.ok((await radio.join({ ssid: 'Café', hidden: false })).ok)
      assert.equal(manager.joined(), 'Café')
    })

    test('a hidden one that has WPA3 alone', async () => {
      const { radio, manager } = await given([{ ...HOME, hidden: true, security: 'wpa3-personal' }])
      assert.ok((await radio.join({ ...HOME_PLAN, hidden: true })).ok)
      assert.equal(manager.joined(), 'Laundry')
    })

    test('an adapter that cannot scan while it is an access point shows what it saw before', async () => {
      const { radio, manager } = await given([HOME])
      manager.scansAsAccessPoint = false
      assert.ok((await radio.openHotspot(HOTSPOT)).ok)
      const seen = await radio.scan()
      assert.deepEqual(seen.ok && seen.value.map(({ ssid }) => ssid), ['Laundry'])
      assert.ok((await radio.join(HOME_PLAN)).ok)
    })
  })

  describe('a wrong passphrase', () => {
    for (const way of ['no-secrets', 'supplicant-disconnect', 'agent'] as const) {
      test(`shown as ${way}`, async () => {
        const { radio, manager } = await given([HOME])
        manager.wrongPassphrase = way
        assert.deepEqual(await radio.join({ ...HOME_PLAN, passphrase: 'dirty clothes' }), {
          ok: false,
          error: 'wrong-password',
        })
        assert.deepEqual(manager.profiles(), [], 'nothing of it stays')
        assert.ok((await radio.join(HOME_PLAN)).ok)
      })
    }

    test('none for a protected network, and one that no network can have', async () => {
      const { radio } = await given([HOME])
      const wrong = { ok: false, error: 'wrong-password' }
      assert.deepEqual(await radio.join({ ssid: 'Laundry', hidden: false }), wrong)
      assert.deepEqual(await radio.join({ ...HOME_PLAN, passphrase: 'kurz' }), wrong)
      assert.deepEqual(await radio.join({ ...HOME_PLAN, passphrase: '🧺🧺🧺🧺🧺🧺🧺🧺' }), wrong)
    })
  })

  test('a network that goes while it is being joined', async () => {
    const { radio, manager } = await given([HOME])
    manager.beforeState = async (_, state) => {
      if (state === STATE_CONFIG) await manager.setNetworks([])
    }
    assert.deepEqual(await radio.join(HOME_PLAN), { ok: false, error: 'network-gone' })
  })

  describe('profiles', () => {
    test('a joined network is on the disk, with a secret that the system owns', async () => {
      const { radio, manager } = await given([HOME])
      assert.ok((await radio.join(HOME_PLAN)).ok)
      const [kept, ...more] = manager.profiles()
      assert.deepEqual(more, [])
      assert.equal(kept?.persist, 'disk')
      assert.equal(kept.settings['802-11-wireless-security']?.['psk-flags'], 0)
    })

    test('without a passphrase, the one that NetworkManager keeps is used, also after its restart', async () => {
      const { radio, manager } = await given([HOME])
      assert.ok((await radio.join(HOME_PLAN)).ok)
      await manager.stop()
      await manager.start()
      assert.ok((await radio.join({ ssid: 'Laundry', hidden: false })).ok)
      assert.equal(manager.joined(), 'Laundry')
      await manager.setNetworks([])
      assert.deepEqual(await radio.join({ ssid: 'Laundry', hidden: false }), {
        ok: false,
        error: 'network-gone',
      })
      assert.equal(manager.profiles().length, 1, 'it stays, for when the network is back')
      await radio.leave()
      assert.deepEqual(manager.profiles(), [])
    })

    test('the hotspot: a fixed address, WPA2 with AES, nothing on the disk', async () => {
      const { radio, manager } = await given([])
      assert.deepEqual(await radio.openHotspot(HOTSPOT), { ok: true, value: { address: '10.41.0.1' } })
      const [kept] = manager.profiles()
      assert.equal(kept?.persist, 'volatile')
      const { settings } = kept
      assert.deepEqual(settings.ipv4, {
        method: 'shared',
        'address-data': [{ address: '10.41.0.1', prefix: 24 }],
      })
      assert.deepEqual(settings['802-11-wireless-security']?.proto, ['rsn'])
      assert.deepEqual(settings['802-11-wireless-security']?.pairwise, ['ccmp'])
    })

    test('the hotspot goes with the process that opened it', async () => {
      const { bus, manager } = await given([])
      const module = JSON.stringify(new URL('network-manager-radio.ts', import.meta.url).href)
      const options = JSON.stringify({ interface: 'wlan0', busAddress: bus.address, times: TIMES })
      const code = `const { openNetworkManagerRadio } = await import(${module})
        const radio = await openNetworkManagerRadio(${options})
        await radio.openHotspot(${JSON.stringify(HOTSPOT)})
        setInterval(() => {}, 1000)`
      const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' })
      await until('up', () => upHotspot(manager) !== undefined)
      child.kill('SIGKILL')
      await once(child, 'exit')
      await until('down', () => manager.profiles().length === 0)
    })
  })

  describe('what can go wrong beneath', () => {
    test('NetworkManager restarts while a network is being joined: back in the hotspot, and then it joins', async () => {
      const { radio, manager } = await given([HOME])
      assert.ok((await radio.openHotspot(HOTSPOT)).ok)
      let restarted: Promise<void> | undefined
      manager.beforeState = (_, state) => {
        if (state !== STATE_CONFIG || restarted !== undefined) return
        restarted = manager.stop().then(() => manager.start())
      }
      assert.deepEqual(await radio.join(HOME_PLAN), { ok: false, error: 'radio-failed' })
      await restarted
      assert.deepEqual(upHotspot(manager), HOTSPOT)
      assert.ok((await radio.join(HOME_PLAN)).ok)
    })

    test('NetworkManager gone: radio-failed, and all is well once it is back', async () => {
      const { radio, manager } = await given([HOME])
      await manager.stop()
      assert.deepEqual(await radio.scan(), { ok: false, error: 'radio-failed' })
      assert.deepEqual(await radio.openHotspot(HOTSPOT), { ok: false, error: 'radio-failed' })
      assert.deepEqual(await radio.join(HOME_PLAN), { ok: false, error: 'radio-failed' })
      assert.equal(await radio.connectivity(), 'none')
      assert.equal(await radio.ethernet(), false)
      await manager.start()
      assert.ok((await radio.openHotspot(HOTSPOT)).ok)
      assert.ok((await radio.join(HOME_PLAN)).ok)
    })

    test('the bus gone, in the middle too: radio-failed, and all is well once it is back', async () => {
      const { bus, radio, manager } = await given([HOME])
      manager.beforeState = async (_, state) => {
        if (state === STATE_PREPARE) await bus.stop()
      }
      assert.deepEqual(await radio.join(HOME_PLAN), { ok: false, error: 'radio-failed' })
      assert.equal(await radio.connectivity(), 'none')
      manager.beforeState = () => {}
      await manager.stop()
      await bus.start()
      await manager.start()
      assert.ok((await radio.join(HOME_PLAN)).ok)
    })

    test('no bus from the beginning', async () => {
      const radio = await openNetworkManagerRadio({
        interface: 'wlan0',
        busAddress: 'unix:path=/nonexistent/bus',
        times: { ...TIMES, deviceMsMax: 100 },
      })
      assert.deepEqual(await radio.scan(), { ok: false, error: 'radio-failed' })
      assert.deepEqual(await radio.join(HOME_PLAN), { ok: false, error: 'radio-failed' })
      await radio.leave()
      await radio.close()
    })

    test('no adapter of that name', async () => {
      const { radio } = await given([HOME], { interface: 'wlan7' })
      assert.deepEqual(await radio.scan(), { ok: false, error: 'radio-failed' })
      assert.deepEqual(await radio.join(HOME_PLAN), { ok: false, error: 'radio-failed' })
    })

    test('signals that are missed: what they told is read', async () => {
      const { radio, manager } = await given([HOME])
      manager.bus.silent = true
      assert.ok((await radio.scan()).ok)
      assert.ok((await radio.openHotspot(HOTSPOT)).ok)
      assert.ok((await radio.join(HOME_PLAN)).ok)
    })

    test('a second interface that cannot be an access point does not count', async () => {
      const { radio, manager } = await given([], { hotspotInterface: 'ap0' })
      assert.equal(radio.holdsBoth, true)
      manager.wifiCapabilities = 0x8 | 0x20
      await radio.openHotspot(HOTSPOT)
      assert.equal(radio.holdsBoth, false)
    })

    test('where the connectivity check is switched off, a default route has to do', async () => {
      const { radio, manager } = await given([HOME])
      manager.checksConnectivity = false
      assert.equal(await radio.connectivity(), 'none')
      assert.ok((await radio.join(HOME_PLAN)).ok)
      assert.equal(await radio.connectivity(), 'full')
    })
  })
})
