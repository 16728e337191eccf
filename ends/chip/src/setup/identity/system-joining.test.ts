import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { openAuthority, openFactory } from '#hosting/certificate.ts'
import { generateNodeKeys } from '#protocol/node-keys.ts'
import type { Result } from '#protocol/result.ts'
import { LINK_TIMES } from '../../link.ts'
import { hostClock, randomBytesOf } from '../../node-ports.ts'
import { CHIP, CLAIM, startWorld, type World } from '../first-life.suite.ts'
import type { SetUpOrder, Way } from '../joining.ts'
import type { SetupFailure } from '../setup-view.ts'
import { openFolder } from './folder.ts'
import { Store } from './store.ts'
import { SystemJoining } from './system-joining.ts'
import { WallClock } from './wall-clock.ts'

const DAY_MS = 86_400_000
const STEPS = ['checkClock', 'resolveName', 'reachTls', 'enrol', 'connect', 'heartbeat'] as const

describe('joining the system', () => {
  let world: World
  let idevid: { certificatePem: string; privateKeyPem: string }
  let rootPem: string
  let way: Way
  let logged: { msg: string }[]
  let chips = 0

  before(async () => {
    world = await startWorld()
    const factory = await openFactory(path.join(world.folder, 'factory'))
    const files = await factory.idevid(CHIP, 'ES256')
    idevid = {
      certificatePem: readFileSync(files.certificateFile, 'utf8'),
      privateKeyPem: readFileSync(files.keyFile, 'utf8'),
    }
    rootPem = readFileSync((await openAuthority(path.join(world.folder, 'ours'))).caFile, 'utf8')
  })

  after(() => world.close())

  beforeEach(() => {
    chips += 1
    world.unpack(`chip-${String(chips)}`)
    world.est.clockAheadS = 0
    world.est.instead = undefined
    way = { via: undefined, signal: new AbortController().signal }
    logged = []
  })

  function chip(wall = new WallClock()) {
    const opened = Store.open(openFolder(world.dataFolder()), { chipId: CHIP, alsoWiped: ['journal'] })
    assert.ok(opened.ok)
    const joining = new SystemJoining({
      chipId: CHIP,
      store: opened.value,
      rootPem,
      idevid,
      wall,
      clock: hostClock(wall),
      linkTimes: LINK_TIMES,
      journalFolder: path.join(world.dataFolder(), 'journal'),
      random: randomBytesOf,
      log: (entry) => logged.push(entry),
    })
    return { joining, store: opened.value, wall }
  }

  function order(changes: Partial<SetUpOrder> = {}): SetUpOrder {
    return {
      network: { kind: 'wifi', ssid: 'Laundry', hidden: false, passphrase: 'clean clothes' },
      address: { host: 'localhost', port: world.est.port },
      claimCode: CLAIM,
      machine: { driver: 'simulated', wiring: 'wire' },
      ...changes,
    }
  }

  /** Through all steps; where it failed, and why. */
  async function join(joining: SystemJoining, given = order()): Promise<string> {
    for (const step of STEPS) {
      const done: Result<void, SetupFailure> = await joining[step](given, way)
      if (!done.ok) {
        await joining.release()
        return `${step}: ${done.error}`
      }
    }
    await joining.release()
    return 'done'
  }

  test('a clock that was never set takes the system’s time, and everything is judged by it', async () => {
    const startMs = Date.now()
    const { joining, wall } = chip(new WallClock(() => Date.now() - startMs))
    assert.equal(wall.nowS(), undefined)
    assert.equal(await join(joining), 'done')
    assert.ok(wall.isMended() && !wall.differsFrom(Math.floor(Date.now() / 1000)))
    assert.ok(logged.some(({ msg }) => msg === 'clock mended'))
  })

  test('a clock that is years off is mended too', async () => {
    const { joining, wall } = chip(new WallClock(() => Date.now() + 3000 * DAY_MS))
    assert.equal(await join(joining), 'done')
    assert.ok(wall.isMended() && !wall.differsFrom(Math.floor(Date.now() / 1000)))
  })

  test('a time that cannot be true is not taken', async () => {
    const { joining, wall } = chip(new WallClock(() => 0))
    for (const aheadS of [-20 * 365 * 86_400, 30 * 365 * 86_400]) {
      world.est.clockAheadS = aheadS
      assert.equal(await join(joining), 'checkClock: wrong-clock')
      assert.equal(wall.isMended(), false)
    }
  })

  test('somebody on the way who tells another time is corrected by whom the root vouches for', async () => {
    const { joining, wall } = chip()
    world.est.instead = {
      path: 'time',
      how: (response) => response.end(JSON.stringify({ timeS: Math.floor(Date.now() / 1000) + 86_400 })),
    }
    assert.equal((await joining.checkClock(order(), way)).ok, true)
    assert.ok(wall.isMended())
    assert.equal((await joining.enrol(order(), way)).ok, true)
    assert.equal(wall.isMended(), false)
  })

  test('names, addresses in numbers, and names that nobody has', async () => {
    const { joining } = chip()
    const at = (host: string) => joining.resolveName(order({ address: { host, port: 443 } }))
    assert.equal((await at('localhost')).ok, true)
    assert.equal((await at('192.0.2.1')).ok, true)
    assert.equal((await at('::1')).ok, true)
    assert.deepEqual(await at('nobody.invalid'), { ok: false, error: 'name-unknown' })
  })

  test('an answer that was lost: the same key again, and then it is done', async () => {
    const { joining, store } = chip()
    world.est.instead = { path: 'simpleenroll', how: 'lose' }
    assert.equal(await join(joining), 'enrol: system-unreachable')
    const keyFile = store.pending()?.keyFile
    assert.ok(keyFile)
    world.est.instead = { path: 'connection', how: 'lose' }
    assert.equal(await join(joining), 'enrol: system-unreachable')
    assert.equal(store.configuration(), undefined)
    world.est.instead = undefined
    assert.equal(await join(joining), 'done')
    assert.equal(store.configuration()?.identity.keyFile, keyFile)
    assert.equal(store.pending(), undefined)
  })

  test('another claim makes another key; given up, nothing is kept', async () => {
    const { joining, store } = chip()
    assert.equal(await join(joining, order({ claimCode: '00000-00000' })), 'enrol: claim-unknown')
    const first = store.pending()?.keyFile
    const giveUp = new AbortController()
    way = { via: undefined, signal: giveUp.signal }
    world.est.instead = { path: 'connection', how: () => giveUp.abort() }
    assert.equal((await joining.enrol(order(), way)).ok, false)
    assert.notEqual(store.pending()?.keyFile, first)
    assert.equal(store.configuration(), undefined)
  })

  test('a system whose command keys are not of the root is not obeyed', async () => {
    const { joining, store } = chip()
    const { commandCertificates } = world.est
    const strangers = await openAuthority(path.join(world.folder, 'strangers'))
    const { writeFileSync } = await import('node:fs')
    const keyFile = path.join(world.folder, 'stranger.key.pem')
    writeFileSync(keyFile, generateNodeKeys('EdDSA').privateKeyPem)
    world.est.commandCertificates = [readFileSync(await strangers.commandCertificate(keyFile), 'utf8')]
    assert.equal(await join(joining), 'enrol: system-untrusted')
    assert.equal(store.configuration(), undefined)
    world.est.commandCertificates = commandCertificates
  })

  test('a chip with an owner keeps it, with or without a claim, and is not taken to another system', async () => {
    const { joining, store } = chip()
    assert.equal(joining.owner(), undefined)
    assert.equal(await join(joining), 'done')
    assert.deepEqual(joining.owner(), { host: 'localhost', port: world.est.port })
    const before = store.configuration()
    const { claimCode: _, ...without } = order({ network: { kind: 'ethernet' } })
    assert.equal(await join(joining, without), 'done')
    assert.deepEqual(store.configuration(), { ...before, network: { kind: 'ethernet' } })
    const elsewhere = { ...without, address: { host: '127.0.0.1', port: world.est.port } }
    assert.equal(await join(joining, elsewhere), 'enrol: chip-owned')
    assert.deepEqual(store.configuration(), { ...before, network: { kind: 'ethernet' } })
  })

  test('nobody answers the greeting', async () => {
    const { joining } = chip()
    const giveUp = new AbortController()
    world.system.answers = false
    for (const step of STEPS.slice(0, -1)) assert.equal((await joining[step](order(), way)).ok, true)
    setTimeout(() => giveUp.abort(), 500)
    const heard = await joining.heartbeat(order(), { via: undefined, signal: giveUp.signal })
    assert.deepEqual(heard, { ok: false, error: 'system-unreachable' })
    world.system.answers = true
    assert.equal((await joining.heartbeat(order(), way)).ok, true)
    await joining.release()
  })
})
