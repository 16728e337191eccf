import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { TAKEOVERS, topicOf } from '#protocol/topic.ts'
import { ChipId } from '#protocol/identifier.ts'
import { startProxy } from '#hosting/proxy.ts'
import type { MqttClient } from 'mqtt'
import { happens, startBrokerWorld, type BrokerWorld } from './world.suite.ts'

const CHIP = ChipId.of('00000000000000a1')
const HONEST = ChipId.of('00000000000000a2')

describe('takeovers', () => {
  let world: BrokerWorld
  let system: MqttClient
  const told: string[] = []
  before(async () => {
    world = await startBrokerWorld()
    await world.revoke([])
    system = await world.opened('system', 'system-1')
    await system.subscribeAsync(TAKEOVERS, { qos: 1 })
    system.on('message', (_topic, payload) => told.push(String(payload)))
  })
  after(() => world.stop())

  async function speak(client: MqttClient, chipId: ChipId): Promise<void> {
    await client.publishAsync(topicOf(chipId, 'up'), 'I', { qos: 1 })
  }

  test('two that both live and speak under one name are told to the system', async () => {
    const heard = happens(system, 'message')
    for (let round = 0; round < 5; round += 1) await speak(await world.opened(CHIP), CHIP)
    assert.deepEqual(JSON.parse(String((await heard)[1])), { chipId: CHIP, count: 4 })
    assert.equal((await heard)[0], TAKEOVERS)
  })

  test('one that lost its network again and again is not', async () => {
    told.length = 0
    const cables = await Promise.all(
      Array.from({ length: 6 }, () => startProxy({ target: { host: 'localhost', port: world.broker.port } })),
    )
    try {
      for (const cable of cables) {
        const client = await world.open(HONEST, { port: cable.port })
        await happens(client, 'connect')
        await speak(client, HONEST)
        cable.silence()
      }
      const taken = world.log.filter(({ msg, client }) => msg === 'taken over' && client === HONEST)
      assert.deepEqual(
        taken.map(({ alive }) => alive),
        [false, false, false, false, false],
      )
      assert.deepEqual(told, [])
    } finally {
      for (const cable of cables) await cable.stop()
    }
  })

  test('a chip that says nothing takes over as often as it likes', async () => {
    told.length = 0
    const silent = ChipId.of('00000000000000a3')
    for (let round = 0; round < 6; round += 1) await world.opened(silent)
    assert.deepEqual(told, [])
  })
})
