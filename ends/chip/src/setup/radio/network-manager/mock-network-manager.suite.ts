import { announced, fits, type MockNetwork, ssidOf } from './mock-air.suite.ts'
import { type MockCaller, MockError, type MockMethod, type TypedDict } from './mock-bus.suite.ts'
import { MockActivations } from './mock-activations.suite.ts'
import { type MockProfile, readProfile, shownProfile } from './mock-settings.suite.ts'
import {
  ACCESS_POINT,
  CARRIER,
  completed,
  DEVICE,
  type Device,
  isAccessPoint,
  type Kept,
  keyManagement,
  NM,
  PROFILE,
  REASON,
  ROOT,
  SETTINGS,
  STATE,
  WIRED,
  WIRELESS,
} from './mock-world.suite.ts'

/**
 * NetworkManager's D-Bus API over an imagined adapter, a cable and a set of networks. Members and types are checked against the
 * introspection files; states, reasons and errors are those of `nm-dbus-interface.h` and `nm-errors.h`, in the order in
 * which the states' descriptions there say a device goes through them.
 */
export class MockNetworkManager extends MockActivations {
  async start(): Promise<void> {
    this.running = true
    this.bus.objects.clear()
    this.actives = []
    this.kept = this.kept.filter(({ persist }) => persist === 'disk')
    this.devices = this.options.interfaces.map((name) => this.newDevice(name, 2))
    this.devices.push(this.newDevice('eth0', 1))
    for (const device of this.devices) this.exportDevice(device)
    this.exportManager()
    for (const one of this.kept) this.exportProfile(one)
    this.bus.onClientGone = (client) => {
      for (const active of this.actives)
        if (active.boundTo === client) void this.end(active, REASON.userRequested)
    }
    await this.bus.start(this.options.address, NM)
    this.applyCable()
    this.autoconnectSoon()
  }

  async stop(): Promise<void> {
    this.running = false
    for (const active of this.actives) active.over = true
    await this.bus.stop()
  }

  /** The networks in reach from now on: who is in one that is gone falls out of it. */
  async setNetworks(networks: readonly MockNetwork[]): Promise<void> {
    this.networks = networks
    for (const active of this.actives) {
      if (active.network !== undefined && !networks.includes(active.network)) {
        await this.fail(active, REASON.ssidNotFound)
      }
    }
    this.autoconnectSoon()
  }

  setCable(plugged: boolean): void {
    this.cable = plugged
    this.applyCable()
  }

  private exportManager(): void {
    this.bus.objects.set(ROOT, {
      faces: {
        [NM]: () => ({
          Devices: this.paths(this.devices),
          AllDevices: this.paths(this.devices),
          NetworkingEnabled: true,
          WirelessEnabled: true,
          WirelessHardwareEnabled: true,
          ActiveConnections: this.paths(this.actives),
          Version: '1.42.4',
          State: this.overallState(),
          Connectivity: this.connectivity(),
          ConnectivityCheckAvailable: this.checksConnectivity,
          ConnectivityCheckEnabled: this.checksConnectivity,
        }),
      },
      methods: {
        [`${NM}.GetDevices`]: () => [this.paths(this.devices)],
        [`${NM}.GetAllDevices`]: () => [this.paths(this.devices)],
        [`${NM}.CheckConnectivity`]: () => [this.connectivity()],
        [`${NM}.state`]: () => [this.overallState()],
        [`${NM}.ActivateConnection`]: (args, caller) => this.activateKept(args as readonly string[], caller),
        [`${NM}.AddAndActivateConnection2`]: (args, caller) => this.addAndActivate(args, caller),
        [`${NM}.DeactivateConnection`]: ([path]) => this.deactivate(String(path)),
      },
    })
    this.bus.objects.set(`${ROOT}/Settings`, {
      faces: { [SETTINGS]: () => ({ Connections: this.paths(this.kept), CanModify: true }) },
      methods: {
        [`${SETTINGS}.ListConnections`]: () => [this.paths(this.kept)],
        [`${SETTINGS}.AddConnectionUnsaved`]: ([given]) => [this.keep(readProfile(given), 'memory').path],
      },
    })
  }

  private exportDevice(device: Device): void {
    const common = () => ({
      Interface: device.name,
      IpInterface: device.name,
      DeviceType: device.type,
      State: device.state,
      StateReason: [device.state, device.reason],
      ActiveConnection: device.active?.path ?? '/',
      Managed: true,
      Real: true,
      InterfaceFlags: device.carrier ? CARRIER : 0x1,
    })
    const methods: Record<string, MockMethod> = {}
    if (device.type === 2) {
      const points = () => [this.paths(device.points)]
      methods[`${WIRELESS}.GetAllAccessPoints`] = points
      methods[`${WIRELESS}.GetAccessPoints`] = () => [
        this.paths(device.points.filter(({ shownSsid }) => shownSsid.length > 0)),
      ]
      methods[`${WIRELESS}.RequestScan`] = ([options]) => this.requestScan(device, options as TypedDict)
    }
    this.bus.objects.set(device.path, {
      faces: {
        [DEVICE]: common,
        ...(device.type === 1
          ? { [WIRED]: () => ({ Carrier: device.carrier }) }
          : {
              [WIRELESS]: () => ({
                Mode: isAccessPoint(device.active?.kept) ? 3 : 2,
                AccessPoints: this.paths(device.points),
                WirelessCapabilities: this.wifiCapabilities,
                LastScan: device.lastScan,
              }),
            }),
      },
      methods,
    })
  }

  private requestScan(device: Device, options: TypedDict): readonly unknown[] {
    const { ssids } = options
    if (ssids !== undefined && ssids.signature !== 'aay')
      throw new MockError(`${DEVICE}.InvalidArgument`, "Invalid 'ssid' scan option")
    if (device.state < STATE.disconnected)
      throw new MockError(`${DEVICE}.NotAllowed`, 'Scanning not allowed while unavailable')
    const called = ((ssids?.value ?? []) as readonly Uint8Array[]).map((ssid) => Buffer.from(ssid))
    if (this.scansAsAccessPoint || !isAccessPoint(device.active?.kept)) {
      setImmediate(() => this.finishScan(device, called))
    }
    return []
  }

  private finishScan(device: Device, called: readonly Buffer[]): void {
    for (const { path } of device.points) this.bus.objects.delete(path)
    device.points = this.networks.map((network) => {
      const ssid = ssidOf(network)
      const shown = network.hidden !== true || called.some((one) => one.equals(ssid))
      const point = { path: this.next('AccessPoint'), network, shownSsid: shown ? ssid : Buffer.alloc(0) }
      const { flags, wpa, rsn } = announced(network)
      this.bus.objects.set(point.path, {
        faces: {
          [ACCESS_POINT]: () => ({
            Flags: flags,
            WpaFlags: wpa,
            RsnFlags: rsn,
            Ssid: point.shownSsid,
            Mode: 2,
            Frequency: 2437,
            Strength: network.strengthPercent ?? 70,
          }),
        },
        methods: {},
      })
      return point
    })
    device.lastScan += 1000n
    this.bus.changed(device.path, WIRELESS, ['AccessPoints', 'LastScan'])
  }

  private activateKept([profile, device, point]: readonly string[], caller: MockCaller): readonly unknown[] {
    const kept = this.kept.find(({ path }) => path === profile)
    if (kept === undefined)
      throw new MockError(`${NM}.UnknownConnection`, `Connection '${String(profile)}' does not exist`)
    const found = this.wifiDevice(device)
    if (point !== '/' && !found.points.some(({ path }) => path === point))
      throw new MockError(`${NM}.UnknownConnection`, 'requested access point not found')
    return [this.begin({ kept, device: found, point: point ?? '/', bound: false, caller }).path]
  }

  private addAndActivate(args: readonly unknown[], caller: MockCaller): readonly unknown[] {
    const [given, device, point, options] = args as readonly [unknown, string, string, TypedDict]
    let persist: Kept['persist'] = 'disk'
    let bound = false
    for (const [name, { signature, value }] of Object.entries(options)) {
      if (name === 'persist' && ['disk', 'memory', 'volatile'].includes(String(value)))
        persist = value as Kept['persist']
      else if (name === 'bind-activation' && ['dbus-client', 'none'].includes(String(value)))
        bound = value === 'dbus-client'
      else throw new MockError(`${NM}.InvalidArguments`, `Unknown extra option passed: ${name} ${signature}`)
    }
    const found = this.wifiDevice(device)
    const profile = readProfile(given)
    const seen = found.points.find(({ path }) => path === point)
    if (point !== '/' && seen === undefined)
      throw new MockError(
        `${DEVICE}.SpecificObjectNotFound`,
        `The access point ${point} was not in the scan list.`,
      )
    if (seen !== undefined && !fits(seen.network, keyManagement(profile))) {
      throw new MockError(
        `${PROFILE}.InvalidProperty`,
        '802-11-wireless-security: does not fit the access point',
      )
    }
    const kept = this.keep(profile, persist)
    return [kept.path, this.begin({ kept, device: found, point, bound, caller }).path, {}]
  }

  private keep(profile: MockProfile, persist: Kept['persist']): Kept {
    const kept: Kept = { path: this.next('Settings'), settings: completed(profile), persist, blocked: false }
    this.kept.push(kept)
    this.exportProfile(kept)
    this.bus.signal(`${ROOT}/Settings`, [SETTINGS, 'NewConnection'], [kept.path])
    return kept
  }

  private wifiDevice(path: string | undefined): Device {
    const device = this.devices.find((one) => one.path === path)
    if (device === undefined) throw new MockError(`${NM}.UnknownDevice`, 'Device not found')
    if (device.type !== 2)
      throw new MockError(`${DEVICE}.IncompatibleConnection`, 'The connection was not a wired one')
    if (device.state < STATE.disconnected)
      throw new MockError(`${NM}.UnknownConnection`, 'device is not available')
    return device
  }

  private exportProfile(kept: Kept): void {
    this.bus.objects.set(kept.path, {
      faces: { [PROFILE]: () => ({ Unsaved: kept.persist !== 'disk' }) },
      methods: {
        [`${PROFILE}.GetSettings`]: () => [shownProfile(kept.settings)],
        [`${PROFILE}.Delete`]: () => this.remove(kept),
        [`${PROFILE}.Update2`]: ([settings, flags, args]) => {
          if (Object.keys(settings as object).length > 0) throw new Error('the mock updates flags only')
          if ((Number(flags) & ~0x7f) !== 0 || Object.keys(args as object).length > 0)
            throw new MockError(`${SETTINGS}.InvalidArguments`, 'Unknown flags')
          if ((Number(flags) & 0x1) !== 0) kept.persist = 'disk'
          return [{}]
        },
      },
    })
  }

  private remove(kept: Kept): readonly unknown[] {
    this.forget(kept)
    for (const active of this.actives)
      if (active.kept === kept) void this.end(active, REASON.connectionRemoved)
    return []
  }

  private deactivate(path: string): readonly unknown[] {
    const active = this.actives.find((one) => one.path === path)
    if (active === undefined)
      throw new MockError(`${NM}.ConnectionNotActive`, 'The connection was not active.')
    active.kept.blocked = true
    void this.end(active, REASON.userRequested)
    return []
  }

  private applyCable(): void {
    const wired = this.devices.find(({ type }) => type === 1)
    if (wired === undefined || wired.carrier === this.cable) return
    wired.carrier = this.cable
    this.bus.changed(wired.path, DEVICE, ['InterfaceFlags'])
    this.setState(wired, this.cable ? STATE.activated : STATE.unavailable, REASON.carrier)
  }
}
