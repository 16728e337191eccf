import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openAuthority } from '#hosting/certificate.ts'
import { revocationList } from '#hosting/revocation-list.ts'
import { REVOCATIONS } from '#protocol/topic.ts'
import { happens, startBrokerWorld, type BrokerWorld } from './world.suite.ts'

const CHIP = '00000000000000a1'
const MANY = 3000
const OTHER_CHIP = '00000000000000a2'

describe('revocation at the broker', () => {
  let world: BrokerWorld
  before(async () => {
    world = await startBrokerWorld({ issuers: 2 })
  })
  after(() => world.stop())

  async function refusedWith(words: RegExp, commonName: string, file?: string): Promise<void> {
    const files = await world.authority.client(commonName, file === undefined ? {} : { file })
    const client = await world.open(commonName, {}, files)
    const end = happens(client, 'close')
    const [error] = await happens(client, 'error')
    assert.match(String(error), words)
    await end
  }

  test('before any list has come no chip is let in, but the system and watchers are', async () => {
    await refusedWith(/Server unavailable/, CHIP)
    await (await world.opened('system', 'system-early')).endAsync()
    await (await world.opened('watcher', 'watcher-early')).endAsync()
    const [older] = world.authority.issuing()
    await world.revoke([], older)
    await refusedWith(/Server unavailable/, CHIP)
    await world.revoke([])
    await (await world.opened(CHIP)).endAsync()
  })

  test('a listed serial number is refused, and open connections end at once', async () => {
    const chip = await world.opened(CHIP)
    const other = await world.opened(OTHER_CHIP)
    const end = happens(chip, 'close')
    await world.revoke([(await world.authority.client(CHIP)).certificateFile])
    await end
    await refusedWith(/Not authorized/, CHIP)
    await refusedWith(/Not authorized/, CHIP)
    assert.equal(other.connected, true)
    // The same chip with a newer certificate is welcome.
    const renewed = await world.authority.client(CHIP, { file: 'renewed' })
    await happens(await world.open(CHIP, {}, renewed), 'connect')
    await other.endAsync()
  })

  test('an older list, a foreign one and rubbish change nothing', async () => {
    const system = await world.opened('system', 'system-wrong')
    const [, newest] = world.authority.issuing()
    const strangers = await openAuthority(path.join(world.folder, 'strangers'))
    const [foreign] = strangers.issuing()
    assert.ok(newest && foreign)
    const { certificateFile } = await world.authority.client(OTHER_CHIP)
    for (const list of [
      await revocationList(newest, { number: 0, certificateFiles: [] }),
      await revocationList(foreign, { number: 99, certificateFiles: [certificateFile] }),
      Buffer.from('rubbish'),
      Buffer.alloc(0),
    ])
      await system.publishAsync(REVOCATIONS, list, { qos: 1 })
    await refusedWith(/Not authorized/, CHIP)
    await (await world.opened(OTHER_CHIP)).endAsync()
    const errors = world.log.filter(({ msg }) => msg === 'a revocation list was not taken')
    assert.deepEqual(
      errors.map(({ what }) => what),
      [
        'a list in the name of "CN=Farthing Issuing 1" that no issuer of ours signed',
        'not a revocation list',
        'not a revocation list',
      ],
    )
  })

  test('a list of thousands is taken', async () => {
    const system = await world.opened('system', 'system-many')
    const [, newest] = world.authority.issuing()
    assert.ok(newest)
    const { certificateFile } = await world.authority.client(CHIP)
    const serials = Array.from({ length: MANY }, (_, at) => (0x40_00_00_00 + at).toString(16))
    const list = await revocationList(newest, { number: 100, certificateFiles: [certificateFile], serials })
    const heard = () => world.log.filter(({ msg }) => msg === 'a newer revocation list').length
    const before = heard()
    for (let times = 0; times < 2; times += 1) await system.publishAsync(REVOCATIONS, list, { qos: 1 })
    assert.equal(heard(), before + 1)
    await refusedWith(/Not authorized/, CHIP)
  })

  test('the list of one issuer says nothing about the certificates of another', async () => {
    const [older] = world.authority.issuing()
    await world.revoke([(await world.authority.client(OTHER_CHIP)).certificateFile], older)
    await (await world.opened(OTHER_CHIP)).endAsync()
  })
})
