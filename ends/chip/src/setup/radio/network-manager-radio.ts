import process from 'node:process'
import { Variant } from 'dbus-native'
import { fail, ok, type Result } from '#protocol/result.ts'
import { type AccessPoint, nameOf, networksOf, readAccessPoints } from './network-manager/access-point.ts'
import {
  type Activation,
  type ActivationFailure,
  activate,
  activateKept,
  addAndActivate,
  addressOf,
  deactivate,
  type Begin,
  removeProfile,
} from './network-manager/activation.ts'
import { Bus } from './network-manager/bus.ts'
import { connectivityOf, findDevice, hasCable, scanned } from './network-manager/device.ts'
import { chooseAccessPoint, failureOfEnding, failureOfRefusal } from './network-manager/join-failure.ts'
import { ACTIVE_STATE, ACTIVE, NO_PATH, PROFILE, UPDATE } from './network-manager/names.ts'
import {
  canBeSecret,
  HOTSPOT_ADDRESS,
  HOTSPOT_ID,
  hotspotProfile,
  type KeptProfile,
  NETWORK_ID,
  networkProfile,
  ownProfiles,
} from './network-manager/profile.ts'
import { NETWORK_MANAGER_TIMES, type NetworkManagerTimes } from './network-manager/times.ts'
import { waitFor } from './network-manager/waiting.ts'
import type { Connectivity, HotspotPlan, JoinFailure, Radio, SeenNetwork, WifiPlan } from './radio.ts'

export interface NetworkManagerRadioOptions {
  /** The Wi-Fi interface that joins networks, such as `wlan0`. */
  readonly interface: string
  /**
   * A second interface for the hotspot on an adapter that can be station and access point at once (`iw list`: "valid
   * interface combinations"). NetworkManager does not tell whether one can; so without this name, hotspot and network
   * take turns.
   */
  readonly hotspotInterface?: string
  /** D-Bus address of the system bus, where it is not the usual one. */
  readonly busAddress?: string
  readonly times?: Partial<NetworkManagerTimes>
}

const SYSTEM_BUS = 'unix:path=/var/run/dbus/system_bus_socket'
/** One scan misses a weak network now and then. */
const SEARCHES_MAX = 2

/** A radio driven by the host's NetworkManager. It never fails to be made: whatever is missing shows at each call. */
export async function openNetworkManagerRadio(options: NetworkManagerRadioOptions): Promise<Radio> {
  const radio = new NetworkManagerRadio(options)
  await radio.probe()
  return radio
}

class NetworkManagerRadio implements Radio {
  private readonly bus: Bus
  private readonly face: string
  private readonly hotspotFace: string
  private readonly times: NetworkManagerTimes
  private bothSeen = false
  private closed = false
  /** The hotspot that is up, or that was and has to come back. */
  private hotspot: HotspotPlan | undefined
  /** What was seen last, for an adapter that cannot scan while it is an access point. */
  private seen: readonly AccessPoint[] = []
  /** Whatever changes the radio does so one after the other. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(options: NetworkManagerRadioOptions) {
    this.times = { ...NETWORK_MANAGER_TIMES, ...options.times }
    const address = options.busAddress ?? process.env.DBUS_SYSTEM_BUS_ADDRESS ?? SYSTEM_BUS
    this.bus = new Bus(address, this.times.callMsMax)
    this.face = options.interface
    this.hotspotFace = options.hotspotInterface ?? options.interface
  }

  /** True once a second interface, able to be an access point, has really been seen. */
  get holdsBoth(): boolean {
    return this.bothSeen
  }

  async probe(): Promise<void> {
    if (this.hotspotFace === this.face) return
    const device = await findDevice(this.bus, this.hotspotFace)
    // What could not be asked now stays as it was.
    if (device !== undefined) this.bothSeen = device.accessPoint
  }

  scan(): Promise<Result<readonly SeenNetwork[], 'radio-failed'>> {
    return this.inTurn(async () => {
      const device = await this.usable(this.face)
      if (device === undefined) return fail('radio-failed')
      const points = await this.look(device)
      return points === undefined ? fail('radio-failed') : ok(networksOf(points))
    })
  }

  openHotspot(plan: HotspotPlan): Promise<Result<{ readonly address: string }, 'radio-failed'>> {
    return this.inTurn(async () => {
      await this.probe()
      const up = this.hotspot
      if (up?.ssid === plan.ssid && up.passphrase === plan.passphrase && (await this.hotspotIsUp()))
        return ok({ address: HOTSPOT_ADDRESS })
      const device = this.holdsBoth ? undefined : await this.usable(this.face)
      // Once it is an access point, not every adapter can look around.
      if (device !== undefined && up === undefined) await this.look(device)
      return this.raiseHotspot(plan)
    })
  }

  async closeHotspot(): Promise<void> {
    await this.inTurn(() => this.dropHotspot())
  }

  join(plan: WifiPlan): Promise<Result<{ readonly address: string }, JoinFailure>> {
    if (plan.passphrase !== undefined && !canBeSecret(plan.passphrase))
      return Promise.resolve(fail('wrong-password'))
    return this.inTurn(async () => {
      await this.probe()
      const hotspot = this.hotspot
      if (hotspot !== undefined && !this.holdsBoth) await this.dropHotspot()
      const joined = await this.tryJoin(plan)
      if (!joined.ok && hotspot !== undefined) await this.restore(hotspot)
      return joined
    })
  }

  async leave(): Promise<void> {
    await this.inTurn(() => this.dropNetworks([]))
  }

  async connectivity(): Promise<Connectivity> {
    return this.closed ? 'none' : connectivityOf(this.bus, this.times)
  }

  async ethernet(): Promise<boolean> {
    return !this.closed && hasCable(this.bus)
  }

  async close(): Promise<void> {
    await this.inTurn(async () => {
      if (this.closed) return
      await this.dropHotspot()
      this.closed = true
      await this.bus.close()
    })
  }

  private inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.turn.then(work)
    // A bug in one turn is its caller's; the next turn comes all the same.
    this.turn = done.catch(() => {})
    return done
  }

  /** The device of an interface, once it can be used. */
  private async usable(face: string): Promise<string | undefined> {
    if (this.closed) return undefined
    return waitFor(this.bus, {
      look: async () => {
        const device = await findDevice(this.bus, face)
        return device?.ready === true ? device.path : undefined
      },
      limitMs: this.times.deviceMsMax,
      rereadMs: this.times.rereadMs,
    })
  }

  /** Scans; where the adapter cannot now, what it saw before the hotspot still counts. */
  private async look(device: string, hiddenName?: string): Promise<readonly AccessPoint[] | undefined> {
    const finished = await scanned(this.bus, { device, hiddenName, times: this.times })
    const points = await readAccessPoints(this.bus, device)
    if (points === undefined) return undefined
    const others = points.filter(({ name }) => name === undefined || name !== this.hotspot?.ssid)
    if (finished || this.hotspot === undefined) this.seen = others
    return finished ? others : [...others, ...this.seen]
  }

  private async hotspotIsUp(): Promise<boolean> {
    const device = await findDevice(this.bus, this.hotspotFace)
    if (device === undefined || device.active === NO_PATH) return false
    const active = await this.bus.properties(device.active, ACTIVE)
    return active.ok && active.value.Id === HOTSPOT_ID && active.value.State === ACTIVE_STATE.activated
  }

  private async raiseHotspot(
    plan: HotspotPlan,
  ): Promise<Result<{ readonly address: string }, 'radio-failed'>> {
    await this.dropHotspot()
    const device = await this.usable(this.hotspotFace)
    if (device === undefined) return fail('radio-failed')
    const raised = await activate(this.bus, {
      device,
      begin: () =>
        addAndActivate(this.bus, {
          profile: hotspotProfile(plan, this.hotspotFace),
          device,
          point: NO_PATH,
          // It goes with this process, and nothing of it stays on the disk.
          options: {
            persist: new Variant('s', 'volatile'),
            'bind-activation': new Variant('s', 'dbus-client'),
          },
        }),
      limitMs: this.times.hotspotMsMax,
      times: this.times,
    })
    if (!raised.ok) {
      await this.dropHotspot()
      return fail('radio-failed')
    }
    this.hotspot = plan
    return ok({ address: HOTSPOT_ADDRESS })
  }

  private async dropHotspot(): Promise<void> {
    this.hotspot = undefined
    if (this.closed) return
    for (const { path } of (await ownProfiles(this.bus, HOTSPOT_ID)) ?? []) {
      await removeProfile(this.bus, path, this.times)
    }
  }

  /** Back to the hotspot. Where NetworkManager is just starting again, `usable` waits for it. */
  private async restore(plan: HotspotPlan): Promise<void> {
    if (this.hotspot !== undefined && (await this.hotspotIsUp())) return
    const raised = await this.raiseHotspot(plan)
    // It stays wanted: the next join that fails tries again to bring it back.
    if (!raised.ok) this.hotspot = plan
  }

  private async tryJoin(plan: WifiPlan): Promise<Result<{ readonly address: string }, JoinFailure>> {
    const device = await this.usable(this.face)
    if (device === undefined) return fail('radio-failed')
    const kept = await this.keptFor(plan)
    await this.dropNetworks(kept === undefined ? [] : [kept.path])
    const begin = await this.beginning({ plan, device, kept })
    if (!begin.ok) return begin
    const joined = await activate(this.bus, {
      device,
      begin: begin.value,
      limitMs: this.times.joinMsMax,
      times: this.times,
    })
    if (joined.ok) return this.settle(joined.value)
    const secured = plan.passphrase !== undefined || kept !== undefined
    return fail(await this.joinFailed(joined.error, { secured, kept }))
  }

  /** Where the plan gives no passphrase, NetworkManager may still hold the one it was once given. */
  private async keptFor(plan: WifiPlan): Promise<KeptProfile | undefined> {
    if (plan.passphrase !== undefined) return undefined
    const own = (await ownProfiles(this.bus, NETWORK_ID)) ?? []
    return own.find(({ ssid, secured }) => secured && nameOf(ssid) === plan.ssid)
  }

  private async beginning(wish: {
    readonly plan: WifiPlan
    readonly device: string
    readonly kept: KeptProfile | undefined
  }): Promise<Result<Begin, JoinFailure>> {
    const { plan, device, kept } = wish
    const found = await this.search(wish)
    if (!found.ok) return found
    const point = found.value
    if (kept !== undefined) {
      return ok(() => activateKept(this.bus, { profile: kept.path, device, point: point?.path ?? NO_PATH }))
    }
    return ok(() =>
      addAndActivate(this.bus, {
        profile: networkProfile({ plan, face: this.face, point }),
        device,
        point: point?.path ?? NO_PATH,
        // Onto the disk only once it has worked.
        options: { persist: new Variant('s', 'memory') },
      }),
    )
  }

  /** Undefined: a hidden network that has not shown itself, and may be there all the same. */
  private async search(wish: {
    readonly plan: WifiPlan
    readonly device: string
    readonly kept: KeptProfile | undefined
  }): Promise<Result<AccessPoint | undefined, JoinFailure>> {
    const { plan, device, kept } = wish
    for (let searches = 0; searches < SEARCHES_MAX; searches += 1) {
      const points = await this.look(device, plan.hidden ? plan.ssid : undefined)
      if (points === undefined) return fail('radio-failed')
      const choice = chooseAccessPoint(points, plan, kept !== undefined)
      if (choice.kind === 'join') return ok(choice.point)
      if (choice.kind === 'fail') return fail(choice.failure)
    }
    return plan.hidden ? ok(undefined) : fail('network-gone')
  }

  private async joinFailed(
    failure: ActivationFailure,
    what: { readonly secured: boolean; readonly kept: KeptProfile | undefined },
  ): Promise<JoinFailure> {
    // What NetworkManager was once given stays with it, and is tried again when the network is back.
    if (what.kept === undefined) await this.dropNetworks([])
    else if (failure.kind === 'ended') await deactivate(this.bus, failure.active)
    if (failure.kind === 'refused') return failureOfRefusal(failure.failure)
    return failureOfEnding(failure.ending, what.secured)
  }

  /** Joined: waits for the address, and has NetworkManager keep the profile. */
  private async settle(activation: Activation): Promise<Result<{ readonly address: string }, JoinFailure>> {
    const address = await waitFor(this.bus, {
      look: () => addressOf(this.bus, activation.active),
      limitMs: this.times.leaveMsMax,
      rereadMs: this.times.rereadMs,
    })
    if (address === undefined) {
      await this.dropNetworks([])
      return fail('no-address')
    }
    // Without it the network is joined all the same, until the next start of the host; then it is joined anew.
    await this.bus.call({
      path: activation.profile,
      face: PROFILE,
      member: 'Update2',
      signature: 'a{sa{sv}}ua{sv}',
      body: [{}, UPDATE.toDisk, {}],
    })
    return ok({ address })
  }

  private async dropNetworks(but: readonly string[]): Promise<void> {
    if (this.closed) return
    for (const { path } of (await ownProfiles(this.bus, NETWORK_ID)) ?? []) {
      if (!but.includes(path)) await removeProfile(this.bus, path, this.times)
    }
  }
}
