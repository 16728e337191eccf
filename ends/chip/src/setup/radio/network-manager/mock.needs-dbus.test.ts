/**
 * The mock against the real thing: both get the same calls, and have to give the same answers. Where NetworkManager is not
 * installed, the mock alone gets them.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Variant } from 'dbus-native'
import type { AccessPoint } from './access-point.ts'
import { Bus, type BusCall } from './bus.ts'
import { MockNetworkManager } from './mock-network-manager.suite.ts'
import { DEVICE, MANAGER, MANAGER_PATH, PROFILE, SETTINGS, SETTINGS_PATH } from './names.ts'
import { type PrivateBus, startPrivateBus, withoutBusDaemon } from './private-bus.suite.ts'
import { hotspotProfile, networkProfile, ownProfiles, NETWORK_ID, type Profile } from './profile.ts'
import { startRealNetworkManager, withoutRealNetworkManager } from './real-network-manager.suite.ts'

const CALL_MS_MAX = 5_000
const FACE = 'wlan9'
const PLAN = { ssid: 'Laundry', hidden: false, passphrase: 'clean clothes' }
const POINT: AccessPoint = {
  path: '/',
  ssid: Buffer.from('Laundry'),
  name: 'Laundry',
  strengthPercent: 50,
  security: 'wpa-personal',
  saeOnly: false,
  oweOnly: false,
}
const network = (
  plan: typeof PLAN | { ssid: string; hidden: boolean },
  point: AccessPoint | undefined,
): Profile => networkProfile({ plan, face: FACE, point })

const PROFILES: Readonly<Record<string, Profile>> = {
  hotspot: hotspotProfile({ ssid: 'Farthing 7F3A', passphrase: 'label-passphrase' }, FACE),
  'WPA2 network': network(PLAN, POINT),
  'WPA3 network': network(PLAN, { ...POINT, saeOnly: true }),
  'network that encrypts without a passphrase': network(
    { ssid: 'Café', hidden: false },
    { ...POINT, oweOnly: true },
  ),
  'hidden open network': network({ ssid: 'Café', hidden: true }, undefined),
}

/** A profile with its own uuid, as AddConnectionUnsaved wants it. */
function adding(profile: Profile): BusCall {
  const connection = { ...profile.connection, uuid: new Variant('s', randomUUID()) }
  return {
    path: SETTINGS_PATH,
    face: SETTINGS,
    member: 'AddConnectionUnsaved',
    signature: 'a{sa{sv}}',
    body: [{ ...profile, connection }],
  }
}

const GOOD = network(PLAN, POINT)
const getAll = (path: string, face: string): BusCall => ({
  path,
  face: 'org.freedesktop.DBus.Properties',
  member: 'GetAll',
  signature: 's',
  body: [face],
})
const manager = (member: string, signature?: string, ...body: readonly unknown[]): BusCall => ({
  path: MANAGER_PATH,
  face: MANAGER,
  member,
  ...(signature === undefined ? {} : { signature, body }),
})
const activating = (device: string, options: Readonly<Record<string, Variant>>): BusCall =>
  manager('AddAndActivateConnection2', 'a{sa{sv}}ooa{sv}', GOOD, device, '/', options)

const REFUSED: readonly (readonly [string, BusCall, string])[] = [
  ['a setting that there is not', adding({ ...GOOD, ipv7: {} }), `${PROFILE}.InvalidSetting`],
  [
    'a property that there is not',
    adding({ ...GOOD, ipv4: { nothing: new Variant('s', '') } }),
    `${PROFILE}.InvalidProperty`,
  ],
  [
    'a property of another type',
    adding({ ...GOOD, ipv4: { method: new Variant('u', 1) } }),
    `${PROFILE}.InvalidProperty`,
  ],
  [
    'a passphrase too short',
    adding(network({ ...PLAN, passphrase: 'kurz' }, POINT)),
    `${PROFILE}.InvalidProperty`,
  ],
  [
    'a name of 33 bytes',
    adding(network({ ...PLAN, ssid: 'L'.repeat(33) }, undefined)),
    `${PROFILE}.InvalidProperty`,
  ],
  ['a device that there is not', activating('/nowhere', {}), `${MANAGER}.UnknownDevice`],
  [
    'an option that there is not',
    activating('/nowhere', { nothing: new Variant('s', '') }),
    `${MANAGER}.InvalidArguments`,
  ],
  [
    'a profile that there is not',
    manager('ActivateConnection', 'ooo', '/nowhere', '/nowhere', '/'),
    `${MANAGER}.UnknownConnection`,
  ],
  [
    'ending what is not active',
    manager('DeactivateConnection', 'o', '/nowhere'),
    `${MANAGER}.ConnectionNotActive`,
  ],
  [
    'arguments of another type',
    manager('ActivateConnection', 's', 'x'),
    'org.freedesktop.DBus.Error.InvalidArgs',
  ],
  ['a method that there is not', manager('Nothing'), 'org.freedesktop.DBus.Error.UnknownMethod'],
  [
    'an interface that there is not',
    { path: MANAGER_PATH, face: `${MANAGER}.Nothing`, member: 'Nothing' },
    'org.freedesktop.DBus.Error.UnknownMethod',
  ],
  [
    'an object that there is not',
    getAll(`${MANAGER_PATH}/Devices/99`, DEVICE),
    'org.freedesktop.DBus.Error.UnknownMethod',
  ],
  ['properties of another interface', getAll(MANAGER_PATH, DEVICE), 'org.freedesktop.DBus.Error.InvalidArgs'],
]

function describeAnswers(
  name: string,
  start: (address: string) => Promise<{ stop: () => Promise<void> }>,
): void {
  describe(name, () => {
    let daemon: PrivateBus
    let service: { stop: () => Promise<void> }
    let bus: Bus
    before(async () => {
      daemon = await startPrivateBus()
      service = await start(daemon.address)
      bus = new Bus(daemon.address, CALL_MS_MAX)
    })
    after(async () => {
      await bus.close()
      await service.stop()
      await daemon.close()
    })

    for (const [kind, profile] of Object.entries(PROFILES)) {
      test(`takes the profile: ${kind}`, async () => {
        const added = await bus.call(adding(profile))
        assert.ok(added.ok, JSON.stringify(added))
        const path = String(added.value[0])
        const shown = await bus.call({ path, face: PROFILE, member: 'GetSettings' })
        assert.ok(shown.ok)
        const settings = shown.value[0] as Readonly<Record<string, Readonly<Record<string, unknown>>>>
        assert.equal(settings['802-11-wireless-security']?.psk, undefined, 'secrets are not shown')
        const signature = 'a{sa{sv}}ua{sv}'
        const update = { path, face: PROFILE, member: 'Update2', signature }
        assert.ok((await bus.call({ ...update, body: [{}, 0x1, {}] })).ok, 'it can be kept on the disk')
        const refused = await bus.call({ ...update, body: [{}, 0x4000, {}] })
        assert.equal(
          !refused.ok && refused.error.kind === 'refused' && refused.error.name,
          `${SETTINGS}.InvalidArguments`,
        )
      })
    }

    test('shows our profiles by their name, and they can be deleted', async () => {
      const own = (await ownProfiles(bus, NETWORK_ID)) ?? []
      assert.equal(own.length, Object.keys(PROFILES).length - 1)
      assert.deepEqual(
        own.map(({ secured }) => secured),
        [true, true, true, false],
      )
      for (const { path } of own) assert.ok((await bus.call({ path, face: PROFILE, member: 'Delete' })).ok)
      assert.deepEqual(await ownProfiles(bus, NETWORK_ID), [])
    })

    for (const [what, call, error] of REFUSED) {
      test(`refuses ${what}`, async () => {
        const answer = await bus.call(call)
        assert.equal(!answer.ok && answer.error.kind === 'refused' && answer.error.name, error)
      })
    }
  })
}

describe('answers', { skip: withoutBusDaemon() }, () => {
  describeAnswers('of the mock', async (address) => {
    const mock = new MockNetworkManager({ address, interfaces: [FACE] })
    await mock.start()
    return { stop: () => mock.stop() }
  })

  describe('of the real one', { skip: withoutRealNetworkManager() }, () => {
    describeAnswers('NetworkManager', async (address) => {
      const real = await startRealNetworkManager(address)
      return { stop: () => real.close() }
    })
  })
})
