import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import tls from 'node:tls'
import { openAuthority } from '#hosting/certificate.ts'
import type { MqttClient } from 'mqtt'
import { happens, startBrokerWorld, type BrokerWorld } from './world.suite.ts'

const CHIP = '00000000000000a1'
const OTHER_CHIP = '00000000000000a2'

describe('the broker', () => {
  let world: BrokerWorld

  before(async () => {
    world = await startBrokerWorld()
    await world.revoke([])
  })
  after(() => world.stop())

  async function closed(client: MqttClient): Promise<void> {
    await happens(client, 'close')
  }

  test('carries what a chip says to the system and the watcher, and back', async () => {
    const chip = await world.opened(CHIP)
    const system = await world.opened('system', 'system-1')
    const watcher = await world.opened('watcher', 'watcher-1')
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
    { who: CHIP, topic: 'farthing/1/crl' },
    { who: CHIP, topic: 'farthing/1/takeover' },
    { who: 'system', clientId: 'system-p', topic: 'farthing/1/takeover' },
    { who: 'watcher', clientId: 'watcher-p', topic: 'farthing/1/crl' },
    { who: 'system', clientId: 'system-p', topic: `farthing/1/${CHIP}/up` },
    { who: 'system', clientId: 'system-p', topic: 'farthing/2/anything' },
    { who: 'watcher', clientId: 'watcher-p', topic: `farthing/1/${CHIP}/up` },
    { who: CHIP, topic: '$SYS/x/birth' },
  ]
  for (const { who, topic, clientId = who } of refusedPublishes) {
    test(`closes the connection when ${who} publishes to ${topic}`, async () => {
      const client = await world.opened(who, clientId)
      const end = closed(client)
      client.publish(topic, 'x', { qos: 1 })
      await end
      const line = world.log.findLast(({ msg }) => msg === 'refused')
      assert.partialDeepStrictEqual(line, { client: clientId, name: who, what: `publish to ${topic}` })
    })
  }

  const refusedSubscriptions = [
    { who: CHIP, filter: `farthing/1/${OTHER_CHIP}/down` },
    { who: CHIP, filter: `farthing/1/${CHIP}/up` },
    { who: CHIP, filter: 'farthing/1/#' },
    { who: CHIP, filter: 'farthing/1/crl' },
    { who: CHIP, filter: '#' },
    { who: 'system', clientId: 'system-s', filter: 'farthing/1/+/down' },
    { who: 'watcher', clientId: 'watcher-s', filter: '$SYS/#' },
  ]
  for (const { who, filter, clientId = who } of refusedSubscriptions) {
    test(`closes the connection when ${who} subscribes to ${filter}`, async () => {
      const client = await world.opened(who, clientId)
      const end = closed(client)
      client.subscribe(filter, { qos: 1 })
      await end
    })
  }

  test('refuses retained, too long and quality-of-service-2 messages', async () => {
    for (const [payload, options] of [
      ['x', { qos: 1, retain: true }],
      ['x'.repeat(2049), { qos: 1 }],
      ['x'.repeat(5000), { qos: 1 }],
      ['x', { qos: 2 }],
    ] as const) {
      const chip = await world.opened(CHIP)
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
    { who: CHIP, options: { clientId: CHIP, will: { topic: 'a', payload: Buffer.from('b'), qos: 0 } } },
  ] as const
  for (const { who, options } of refusedNames) {
    test(`refuses ${who} as ${JSON.stringify(options)}: not authorized`, async () => {
      const client = await world.open(who, options)
      const end = closed(client)
      const [error] = await happens(client, 'error')
      assert.match(String(error), /Not authorized/)
      await end
    })
  }

  test('refuses a name that is nobody, a certificate of another authority, and none at all', async () => {
    await closed(await world.open('somebody'))
    const strangers = await openAuthority(path.join(world.folder, 'strangers'))
    await closed(await world.open(CHIP, {}, await strangers.client(CHIP)))
    const ca = await readFile(world.authority.caFile)
    const socket = tls.connect({ host: 'localhost', port: world.broker.port, ca })
    socket.on('error', () => {}).resume()
    await happens(socket, 'close')
    const lines = world.log.filter(({ msg, client }) => msg === 'refused' && client === undefined)
    assert.deepEqual(
      lines.map(({ name, what }) => [name, what]),
      [
        ['somebody', 'a certificate whose name is nobody here'],
        [CHIP, 'a certificate that is not accepted: UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
        ['', 'no certificate'],
      ],
    )
  })

  test('a second connection of the same chip takes the place of the first', async () => {
    const first = await world.opened(CHIP)
    const end = closed(first)
    const second = await world.opened(CHIP)
    await end
    assert.equal(second.connected, true)
  })

  test('keeps nothing for a chip that is away', async () => {
    const system = await world.opened('system', 'system-away')
    const chip = await world.open(OTHER_CHIP, { clean: false })
    await happens(chip, 'connect')
    await chip.subscribeAsync(`farthing/1/${OTHER_CHIP}/down`, { qos: 1 })
    await chip.endAsync(true)
    await system.publishAsync(`farthing/1/${OTHER_CHIP}/down`, 'late', { qos: 1 })
    const back = await world.open(OTHER_CHIP, { clean: false })
    const [packet] = await happens(back, 'connect')
    assert.partialDeepStrictEqual(packet, { sessionPresent: false })
  })
})
