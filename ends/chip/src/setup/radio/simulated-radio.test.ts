import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { type Air, airNetwork, startAir } from './air.ts'
import type { Radio } from './radio.ts'
import { type BenchNetwork, describeRadio, type RadioBench } from './radio.suite.ts'
import { connectSimulatedRadio } from './simulated-radio.ts'
import { openThrough } from './via.ts'

const NOWHERE = { host: '127.0.0.1', port: 9 }
const LIMIT_MS = 10_000
const HOTSPOT = { ssid: 'Farthing 7F3A', passphrase: 'label-passphrase' }
const HOME = { ssid: 'Laundry', passphrase: 'clean clothes' }

async function newRadio(air: Air, page = NOWHERE): Promise<Radio> {
  const connected = await connectSimulatedRadio({ host: air.host, port: air.port, page })
  assert.ok(connected.ok)
  return connected.value
}

describeRadio('the simulated radio', async ({ holdsBoth }): Promise<RadioBench> => {
  const air = await startAir({ holdsBoth })
  const radio = await newRadio(air)
  const phone = await air.phone()
  return {
    radio,
    setNetworks: async (networks) => {
      for (const { ssid } of air.networks()) air.remove(ssid)
      for (const network of networks) air.put(asAirNetwork(network))
    },
    setCable: async (plugged) => air.plugCable(plugged ? 'internet' : undefined),
    hotspot: async () => {
      const [ssid] = air.hotspots()
      if (ssid === undefined) return undefined
      const candidates = ['label-passphrase', 'another-passphrase']
      const passphrase = candidates.find((one) => phone.join(ssid, one) === 'joined') ?? ''
      return { ssid, passphrase }
    },
    joined: async () => air.joined()[0],
    close: async () => {
      await radio.close()
      await air.close()
    },
  }
})

function asAirNetwork({ ssid, passphrase = '', ...given }: BenchNetwork) {
  return airNetwork({ security: passphrase === '' ? 'open' : 'wpa-personal', ssid, passphrase, ...given })
}

describe('the simulated radio and the air', () => {
  let air: Air
  let radio: Radio
  let place: { host: string; port: number }
  const server = createServer((socket) => void socket.on('error', () => {}).pipe(socket))

  beforeEach(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    place = { host: '127.0.0.1', port: address.port }
    air = await startAir({ holdsBoth: false, networks: [airNetwork(HOME)] })
    radio = await newRadio(air, place)
  })
  afterEach(async () => {
    await radio.close()
    await air.close()
    server.close()
    await once(server, 'close')
  })

  const through = () => openThrough(radio.via, place, LIMIT_MS)

  async function echoes(socket: Socket): Promise<boolean> {
    const heard = new Promise<boolean>((resolve) => {
      socket.once('data', (data) => resolve(data.toString() === 'hello'))
      socket.once('close', () => resolve(false))
    })
    socket.resume()
    socket.write('hello')
    return heard
  }

  test('its traffic passes where it is in a network, and breaks when that goes', async () => {
    assert.deepEqual(await through(), { ok: false, error: 'unreachable' })
    assert.ok((await radio.join({ ...HOME, hidden: false })).ok)
    const opened = await through()
    assert.ok(opened.ok)
    assert.ok(await echoes(opened.value))
    const closed = once(opened.value, 'close')
    air.remove(HOME.ssid)
    await closed
    assert.deepEqual(await through(), { ok: false, error: 'unreachable' })
    air.put(airNetwork(HOME))
    const again = await through()
    assert.ok(again.ok)
    assert.ok(await echoes(again.value))
    again.value.destroy()
  })

  test('no route: nothing passes', async () => {
    air.put(airNetwork({ ...HOME, gives: 'no-route' }))
    assert.ok((await radio.join({ ...HOME, hidden: false })).ok)
    assert.deepEqual(await through(), { ok: false, error: 'unreachable' })
  })

  test('a portal accepts and breaks, and sends plain requests to its sign-in page', async () => {
    air.put(airNetwork({ ...HOME, gives: 'portal' }))
    assert.ok((await radio.join({ ...HOME, hidden: false })).ok)
    const opened = await through()
    assert.ok(opened.ok)
    assert.equal(await echoes(opened.value), false)
    assert.ok(radio.via)
    const plain = connect(radio.via)
    plain.write('GET http://example.org/generate_204 HTTP/1.1\r\nHost: example.org\r\n\r\n')
    const [head] = await once(plain, 'data')
    assert.match(String(head), /^HTTP\/1\.1 302 [\s\S]*location: http:\/\/sign-in\.example\//i)
    plain.destroy()
  })

  test('a cable passes without any network', async () => {
    air.plugCable('internet')
    const opened = await through()
    assert.ok(opened.ok)
    assert.ok(await echoes(opened.value))
    opened.value.destroy()
  })

  test('a phone in the hotspot reaches the page; outside of it nobody is there', async () => {
    const phone = await air.phone()
    const door = { host: '127.0.0.1', port: phone.port }
    const reach = async (): Promise<boolean> => {
      const socket = connect(door)
      socket.on('error', () => {})
      return echoes(socket).finally(() => socket.destroy())
    }
    assert.equal(phone.join(HOTSPOT.ssid, HOTSPOT.passphrase), 'network-gone')
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    assert.equal(phone.join(HOTSPOT.ssid, 'guessed'), 'wrong-password')
    assert.equal(await reach(), false)
    assert.equal(phone.join(HOTSPOT.ssid, HOTSPOT.passphrase), 'joined')
    assert.equal(await reach(), true)
    assert.ok((await radio.join({ ...HOME, hidden: false })).ok)
    assert.equal(phone.network(), undefined)
    assert.equal(await reach(), false)
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    assert.equal(phone.network(), HOTSPOT.ssid)
    assert.equal(await reach(), true)
  })

  test('a slow network is waited for, and leaving ends the wait', async () => {
    air.put(airNetwork({ ...HOME, slowMs: 60_000 }))
    const joining = radio.join({ ...HOME, hidden: false })
    await radio.leave()
    assert.deepEqual(await joining, { ok: false, error: 'radio-failed' })
  })

  test('without power, its hotspot is gone', async () => {
    assert.ok((await radio.openHotspot(HOTSPOT)).ok)
    await radio.close()
    assert.deepEqual(air.hotspots(), [])
  })

  test('where no air is, it says so', async () => {
    assert.deepEqual(await connectSimulatedRadio({ ...NOWHERE, page: NOWHERE }), {
      ok: false,
      error: 'radio-failed',
    })
  })

  test('rubbish ends the connection with the air', async () => {
    for (const rubbish of ['no JSON\n', '{"id":1,"op":"jam"}\n', 'x'.repeat(100_000)]) {
      const socket = connect({ host: air.host, port: air.port })
      socket.on('error', () => {})
      socket.write(rubbish)
      await once(socket, 'close')
    }
  })
})
