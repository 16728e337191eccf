import { fits, ssidOf } from './mock-air.suite.ts'
import type { MockCaller } from './mock-bus.suite.ts'
import {
  ACTIVE,
  ACTIVE_REASON,
  ACTIVE_STATE,
  type Active,
  type Device,
  isAccessPoint,
  type Kept,
  keyManagement,
  MockWorld,
  NM,
  REASON,
  ROOT,
  STATE,
} from './mock-world.suite.ts'

/** Using a profile: the states that a device goes through, as far as the network lets it, and back. */
export class MockActivations extends MockWorld {
  protected begin(wish: {
    readonly kept: Kept
    readonly device: Device
    readonly point: string
    readonly bound: boolean
    readonly caller?: MockCaller
  }): Active {
    const { kept, device, point, bound, caller } = wish
    const active: Active = {
      path: this.next('ActiveConnection'),
      kept,
      device,
      point,
      boundTo: bound ? caller?.sender : undefined,
      state: ACTIVE_STATE.activating,
      over: false,
      network: undefined,
      ip4: '/',
    }
    this.actives.push(active)
    this.bus.objects.set(active.path, {
      faces: {
        [ACTIVE]: () => ({
          Connection: kept.path,
          SpecificObject: point,
          Id: kept.settings.connection?.id,
          Uuid: kept.settings.connection?.uuid,
          Type: '802-11-wireless',
          Devices: [device.path],
          State: active.state,
          Ip4Config: active.ip4,
        }),
      },
      methods: {},
    })
    setImmediate(() => void this.run(active))
    return active
  }

  protected async run(active: Active): Promise<void> {
    const { device } = active
    if (device.active !== undefined) await this.end(device.active, REASON.newActivation)
    device.active = active
    const refusal = await this.associate(active)
    if (refusal !== undefined) return this.fail(active, refusal)
    for (const state of [STATE.ipConfig, STATE.ipCheck, STATE.secondaries]) {
      if (!(await this.enter(active, state))) return
      if (state === STATE.ipConfig && active.network?.gives === 'no-address') {
        return this.fail(active, REASON.ipConfigUnavailable)
      }
    }
    active.ip4 = this.exportAddress(active)
    if (await this.enter(active, STATE.activated))
      this.setActive(active, ACTIVE_STATE.activated, ACTIVE_REASON.none)
  }

  /** The reason why the network cannot be had; undefined where it is. */
  protected async associate(active: Active): Promise<number | undefined> {
    for (const state of [STATE.prepare, STATE.config])
      if (!(await this.enter(active, state))) return undefined
    if (isAccessPoint(active.kept)) return undefined
    const { settings } = active.kept
    const ssid = settings['802-11-wireless']?.ssid as Buffer
    const network = this.networks.find(
      (one) => ssidOf(one).equals(ssid) && fits(one, keyManagement(settings)),
    )
    if (network === undefined || (network.hidden === true && settings['802-11-wireless']?.hidden !== true))
      return REASON.ssidNotFound
    const right =
      network.passphrase === undefined || network.passphrase === settings['802-11-wireless-security']?.psk
    if (right) {
      active.network = network
      return undefined
    }
    active.kept.blocked = true
    if (this.wrongPassphrase === 'supplicant-disconnect') return REASON.supplicantDisconnect
    await this.enter(active, STATE.needAuth, REASON.supplicantDisconnect)
    if (this.wrongPassphrase === 'agent') await new Promise(() => {})
    return REASON.noSecrets
  }

  /** False where the activation is over. */
  protected async enter(active: Active, state: number, reason: number = REASON.none): Promise<boolean> {
    await this.beforeState(active.device.name, state)
    await new Promise((resolve) => setImmediate(resolve))
    if (active.over || !this.running) return false
    this.setState(active.device, state, reason)
    return true
  }

  protected async fail(active: Active, reason: number): Promise<void> {
    if (active.over) return
    active.over = true
    this.setState(active.device, STATE.failed, reason)
    await this.finish(active, ACTIVE_REASON.deviceDisconnected)
  }

  protected async end(active: Active, reason: number): Promise<void> {
    if (active.over) return
    active.over = true
    if (active.device.active === active) this.setState(active.device, STATE.deactivating, reason)
    this.setActive(active, ACTIVE_STATE.deactivating, ACTIVE_REASON.userDisconnected)
    const removed = reason === REASON.connectionRemoved
    await this.finish(active, removed ? ACTIVE_REASON.connectionRemoved : ACTIVE_REASON.userDisconnected)
  }

  protected async finish(active: Active, reason: number): Promise<void> {
    const { device, kept } = active
    active.network = undefined
    await new Promise((resolve) => setImmediate(resolve))
    if (!this.running) return
    this.setActive(active, ACTIVE_STATE.deactivated, reason)
    this.actives = this.actives.filter((one) => one !== active)
    this.bus.objects.delete(active.path)
    if (device.active === active) {
      device.active = undefined
      this.setState(device, STATE.disconnected, REASON.none)
    }
    if (kept.persist === 'volatile') this.forget(kept)
    this.bus.changed(ROOT, NM, ['ActiveConnections'])
    this.autoconnectSoon()
  }

  protected autoconnectSoon(): void {
    setImmediate(() => this.autoconnect())
  }

  /** Idle devices join what they have a profile for. */
  protected autoconnect(): void {
    if (!this.running) return
    for (const device of this.devices) {
      if (device.state !== STATE.disconnected || device.type !== 2 || device.active !== undefined) continue
      const busy = new Set(this.actives.map(({ kept }) => kept))
      const kept = this.kept.find((one) => !busy.has(one) && this.wouldConnect(device, one))
      if (kept !== undefined) this.begin({ kept, device, point: '/', bound: false })
    }
  }

  protected wouldConnect(device: Device, { settings, blocked }: Kept): boolean {
    const { connection, '802-11-wireless': wifi } = settings
    if (blocked || connection?.autoconnect === false || connection?.['interface-name'] !== device.name)
      return false
    return this.networks.some(
      (one) => ssidOf(one).equals(wifi?.ssid as Buffer) && fits(one, keyManagement(settings)),
    )
  }
}
