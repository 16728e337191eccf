import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import tls from 'node:tls'
import { openAuthority, type Authority } from '#hosting/certificate.ts'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { pino } from 'pino'
import { startBroker, type RunningBroker } from './broker.ts'

const CHIP = '00000000000000a1'
const OTHER_CHIP = '00000000000000a2'
const LIMIT_MS = 5_000

/** Resolves with what the event carries, within the limit. */
function happens(
  emitter: MqttClient | tls.TLSSocket,
  event: 'connect' | 'close' | 'message',
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Error(`no "${event}" within ${String(LIMIT_MS)} ms`))
    }, LIMIT_MS)
    const listener = (...values: unknown[]) => {
      clearTimeout(limit)
      resolve(values)
    }
    if (emitter instanceof tls.TLSSocket) emitter.once(event, listener)
    else emitter.once(event, listener)
  })
}

describe('the broker', () => {
  let folder: string
  let authority: Authority
  let strangers: Authority
  let broker: RunningBroker
  const clients: MqttClient[] = []

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-broker-'))
    authority = await openAuthority(path.join(folder, 'ours'))
    strangers = await openAuthority(path.join(folder, 'strangers'))
    const files = await authority.server('broker')
    broker = await startBroker(
      { listen: { host: '127.0.0.1', port: 0 }, caFile: authority.caFile, ...files },
      pino({ level: 'silent' }),
    )
  })

  after(async () => {
    for (const client of clients) client.end(true)
    await broker.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(commonName: string, options: IClientOptions = {}, by = authority): Promise<MqttClient> {
    const files = await by.client(commonName)
    const client = connect({
      protocol: 'mqtts',
      host: 'localhost',
      port: broker.port,
      cert: await readFile(files.certificateFile),
      key: await readFile(files.keyFile),
      ca: await readFile(authority.caFile),
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: LIMIT_MS,
      clientId: commonName,
      ...options,
    })
    client.on('error', () => {})
    clients.push(client)
    return client
  }

  async function opened(commonName: string, clientId = commonName): Promise<MqttClient> {
    const client = await open(commonName, { clientId })
    await happens(client, 'connect')
    return client
  }

  async function closed(client: MqttClient): Promise<void> {
    await happens(client, 'close')
  }

  test('carries what a chip says to the system and the watcher, and back', async () => {
    const chip = await opened(CHIP)
    const system = await opened('system', 'system-1')
    const watcher = await opened('watcher', 'watcher-1')
    await system.subscribeAsync('farthing/1/+/up', { qos: 1 })
    await watcher.subscribeAsync('farthing/1/#', { qos: 1 })
    await chip.subscribeAsync(`farthing/1/${CHIP}/down`, { qos: 1 })
    const atSystem = happens(system, 'message')
    const atWatcher = happens(watcher, 'message')
    await chip.publishAsync(`farthing/1/${CHIP}/up`, Buffer.from('hello'), { qos: 1 })
    assert.equal(String((await atSystem)[1]), 'hello')
    assert.equal((await atWatcher)[0], `farthing/1/${CHIP}/up`)
    const atChip = happens(chip, 'message')
    await system.publishAsync(`farthing/1/${CHIP}/down`, Buffer.from('check'), { qos: 1 })
    assert.equal(String((await atChip)[1]), 'check')
  })

  const refusedPublishes = [
    { who: CHIP, topic: `farthing/1/${OTHER_CHIP}/up` },
    { who: CHIP, topic: `farthing/1/${CHIP}/down` },
    { who: 'system', clientId: 'system-p', topic: `farthing/1/${CHIP}/up` },
    { who: 'system', clientId: 'system-p', topic: 'farthing/2/anything' },
    { who: 'watcher', clientId: 'watcher-p', topic: `farthing/1/${CHIP}/up` },
    { who: CHIP, topic: '$SYS/x/birth' },
  ]
  for (const { who, topic, clientId = who } of refusedPublishes) {
    test(`closes the connection when ${who} publishes to ${topic}`, async () => {
      const client = await opened(who, clientId)
      const end = closed(client)
      client.publish(topic, 'x', { qos: 1 })
      await end
    })
  }

  const refusedSubscriptions = [
    { who: CHIP, filter: `farthing/1/${OTHER_CHIP}/down` },
    { who: CHIP, filter: `farthing/1/${CHIP}/up` },
    { who: CHIP, filter: 'farthing/1/#' },
    { who: CHIP, filter: '#' },
    { who: 'system', clientId: 'system-s', filter: 'farthing/1/+/down' },
    { who: 'watcher', clientId: 'watcher-s', filter: '$SYS/#' },
  ]
  for (const { who, filter, clientId = who } of refusedSubscriptions) {
    test(`closes the connection when ${who} subscribes to ${filter}`, async () => {
      const client = await opened(who, clientId)
      const end = closed(client)
      client.subscribe(filter, { qos: 1 })
      await end
    })
  }

  test('refuses retained, too long and quality-of-service-2 messages', async () => {
    for (const [payload, options] of [
      ['x', { qos: 1, retain: true }],
      ['x'.repeat(2049), { qos: 1 }],
      ['x', { qos: 2 }],
    ] as const) {
      const chip = await opened(CHIP)
      const end = closed(chip)
      chip.publish(`farthing/1/${CHIP}/up`, payload, options)
      await end
    }
  })

  const refusedNames = [
    { who: CHIP, options: { clientId: OTHER_CHIP } },
    { who: CHIP, options: { clientId: 'system-1' } },
    { who: 'system', options: { clientId: 'system' } },
    { who: 'watcher', options: { clientId: 'system-1' } },
    { who: 'somebody', options: { clientId: 'somebody' } },
    { who: CHIP, options: { clientId: CHIP, will: { topic: 'a', payload: Buffer.from('b'), qos: 0 } } },
  ] as const
  for (const { who, options } of refusedNames) {
    test(`refuses ${who} as ${JSON.stringify(options)}`, async () => {
      const client = await open(who, options)
      let connected = false
      client.on('connect', () => (connected = true))
      await closed(client)
      assert.equal(connected, false)
    })
  }

  test('refuses a certificate of another authority, and none at all', async () => {
    await closed(await open(CHIP, {}, strangers))
    const socket = tls.connect({ host: 'localhost', port: broker.port, ca: await readFile(authority.caFile) })
    socket.on('error', () => {}).resume()
    await happens(socket, 'close')
  })

  test('a second connection of the same chip takes the place of the first', async () => {
    const first = await opened(CHIP)
    const end = closed(first)
    const second = await opened(CHIP)
    await end
    assert.equal(second.connected, true)
  })

  test('keeps nothing for a chip that is away', async () => {
    const system = await opened('system', 'system-away')
    const chip = await open(OTHER_CHIP, { clean: false })
    await happens(chip, 'connect')
    await chip.subscribeAsync(`farthing/1/${OTHER_CHIP}/down`, { qos: 1 })
    await chip.endAsync(true)
    await system.publishAsync(`farthing/1/${OTHER_CHIP}/down`, 'late', { qos: 1 })
    const back = await open(OTHER_CHIP, { clean: false })
    const [packet] = await happens(back, 'connect')
    assert.partialDeepStrictEqual(packet, { sessionPresent: false })
  })
})
