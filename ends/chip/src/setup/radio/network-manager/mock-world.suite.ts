import { randomUUID } from 'node:crypto'
import { type MockNetwork, ssidOf } from './mock-air.suite.ts'
import { MockBus } from './mock-bus.suite.ts'
import { type MockProfile, shownAddress } from './mock-settings.suite.ts'

/** The states, reasons and names below are those of NetworkManager's introspection files and `nm-dbus-interface.h`. */
export const NM = 'org.freedesktop.NetworkManager'
export const ROOT = '/org/freedesktop/NetworkManager'
export const DEVICE = `${NM}.Device`
export const WIRELESS = `${NM}.Device.Wireless`
export const WIRED = `${NM}.Device.Wired`
export const ACTIVE = `${NM}.Connection.Active`
export const PROFILE = `${NM}.Settings.Connection`
export const SETTINGS = `${NM}.Settings`
export const ACCESS_POINT = `${NM}.AccessPoint`
const IP4 = `${NM}.IP4Config`

export const STATE = {
  unavailable: 20,
  disconnected: 30,
  prepare: 40,
  config: 50,
  needAuth: 60,
  ipConfig: 70,
  ipCheck: 80,
  secondaries: 90,
  activated: 100,
  deactivating: 110,
  failed: 120,
} as const
export const REASON = {
  none: 0,
  ipConfigUnavailable: 5,
  noSecrets: 7,
  supplicantDisconnect: 8,
  connectionRemoved: 38,
  userRequested: 39,
  carrier: 40,
  ssidNotFound: 53,
  newActivation: 60,
} as const
export const ACTIVE_STATE = { activating: 1, activated: 2, deactivating: 3, deactivated: 4 } as const
export const ACTIVE_REASON = {
  none: 1,
  userDisconnected: 2,
  deviceDisconnected: 3,
  connectionRemoved: 11,
} as const
export const CARRIER = 0x1 | 0x2 | 0x10000

export interface MockOptions {
  readonly address: string
  readonly interfaces: readonly string[]
}

export interface Device {
  readonly path: string
  readonly name: string
  readonly type: 1 | 2
  state: number
  reason: number
  carrier: boolean
  active: Active | undefined
  points: { readonly path: string; readonly network: MockNetwork; readonly shownSsid: Buffer }[]
  lastScan: bigint
}

export interface Kept {
  readonly path: string
  readonly settings: MockProfile
  persist: 'disk' | 'memory' | 'volatile'
  blocked: boolean
}

export interface Active {
  readonly path: string
  readonly kept: Kept
  readonly device: Device
  readonly point: string
  readonly boundTo: string | undefined
  state: number
  over: boolean
  network: MockNetwork | undefined
  ip4: string
}

export function isAccessPoint(kept: Kept | undefined): boolean {
  return kept?.settings['802-11-wireless']?.mode === 'ap'
}

export function keyManagement(profile: MockProfile): string {
  const management = profile['802-11-wireless-security']?.['key-mgmt']
  return typeof management === 'string' ? management : ''
}

/** NetworkManager fills in what a profile leaves out. */
export function completed(profile: MockProfile): MockProfile {
  return { ...profile, connection: { uuid: randomUUID(), type: '802-11-wireless', ...profile.connection } }
}

/** What the mock holds: devices, profiles, and what is active; and what it says when one of them changes. */
export class MockWorld {
  readonly bus = new MockBus()
  /** How a wrong passphrase shows: adapters and versions differ. `agent`: somebody is asked, and never answers. */
  wrongPassphrase: 'no-secrets' | 'supplicant-disconnect' | 'agent' = 'no-secrets'
  /** The adapter can scan while it is an access point. */
  scansAsAccessPoint = true
  checksConnectivity = true
  wifiCapabilities = 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200
  /** Runs before each state a device enters; it may take its time. */
  beforeState: (device: string, state: number) => Promise<void> | void = () => {}
  protected readonly options: MockOptions
  protected networks: readonly MockNetwork[] = []
  protected devices: Device[] = []
  protected kept: Kept[] = []
  protected actives: Active[] = []
  protected numbers = 0
  protected cable = false
  protected running = false

  constructor(options: MockOptions) {
    this.options = options
  }

  protected next(kind: string): string {
    this.numbers += 1
    return `${ROOT}/${kind}/${String(this.numbers)}`
  }

  protected newDevice(name: string, type: 1 | 2): Device {
    const device: Device = {
      path: this.next('Devices'),
      name,
      type,
      state: type === 1 ? STATE.unavailable : STATE.disconnected,
      reason: REASON.none,
      carrier: false,
      active: undefined,
      points: [],
      lastScan: -1n,
    }
    return device
  }

  protected paths(of: readonly { readonly path: string }[]): readonly string[] {
    return of.map(({ path }) => path)
  }

  /** NMConnectivityState */
  protected connectivity(): number {
    if (!this.checksConnectivity) return 0
    if (this.cable) return 4
    const active = this.actives.find(
      ({ network, state }) => network !== undefined && state === ACTIVE_STATE.activated,
    )
    if (active?.network === undefined) return 1
    return { internet: 4, portal: 2, 'no-route': 3, 'no-address': 1 }[active.network.gives ?? 'internet']
  }

  /** NMState */
  protected overallState(): number {
    const joined = this.joined() !== undefined
    return joined || this.cable ? 70 : 20
  }

  joined(): string | undefined {
    const active = this.actives.find(
      ({ network, state }) => network !== undefined && state === ACTIVE_STATE.activated,
    )
    return active?.network === undefined ? undefined : ssidOf(active.network).toString()
  }

  hotspot(): MockProfile | undefined {
    const up = this.actives.find(({ kept, state }) => isAccessPoint(kept) && state === ACTIVE_STATE.activated)
    return up?.kept.settings
  }

  /** Profiles that it holds: how long, and with which secrets. */
  profiles(): readonly { readonly persist: Kept['persist']; readonly settings: MockProfile }[] {
    return this.kept
  }

  protected setState(device: Device, state: number, reason: number): void {
    const old = device.state
    device.state = state
    device.reason = reason
    this.bus.signal(device.path, [DEVICE, 'StateChanged'], [state, old, reason])
    this.bus.changed(device.path, DEVICE, ['State', 'StateReason', 'ActiveConnection'])
  }

  protected setActive(active: Active, state: number, reason: number): void {
    active.state = state
    this.bus.signal(active.path, [ACTIVE, 'StateChanged'], [state, reason])
    this.bus.changed(active.path, ACTIVE, ['State', 'Ip4Config'])
  }

  protected forget(kept: Kept): void {
    if (!this.kept.includes(kept)) return
    this.kept = this.kept.filter((one) => one !== kept)
    this.bus.signal(kept.path, [PROFILE, 'Removed'])
    this.bus.signal(`${ROOT}/Settings`, [SETTINGS, 'ConnectionRemoved'], [kept.path])
    this.bus.objects.delete(kept.path)
  }

  protected exportAddress(active: Active): string {
    const given = active.kept.settings.ipv4?.['address-data'] as
      | readonly { address: string; prefix: number }[]
      | undefined
    const path = this.next('IP4Config')
    // From the range that stands for examples (RFC 5737).
    const addresses = given ?? [{ address: '192.0.2.17', prefix: 24 }]
    this.bus.objects.set(path, {
      faces: { [IP4]: () => ({ AddressData: addresses.map((one) => shownAddress(one)) }) },
      methods: {},
    })
    return path
  }
}
