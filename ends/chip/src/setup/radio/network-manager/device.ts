import { Variant } from 'dbus-native'
import type { Connectivity } from '../radio.ts'
import type { Bus } from './bus.ts'
import {
  CONNECTIVITY,
  DEVICE,
  DEVICE_STATE,
  DEVICE_TYPE,
  INTERFACE_FLAG,
  MANAGER,
  MANAGER_PATH,
  NO_PATH,
  STATE,
  WIFI_CAPABILITY,
  WIRELESS,
} from './names.ts'
import type { NetworkManagerTimes } from './times.ts'
import { waitFor } from './waiting.ts'

/** A Wi-Fi device of NetworkManager. Its path changes whenever NetworkManager starts, so it is looked up each time. */
export interface WifiDevice {
  readonly path: string
  /** It can be used: managed, switched on, its supplicant running. */
  readonly ready: boolean
  /** It can be an access point. */
  readonly accessPoint: boolean
  /** What is active on it; `/` for nothing. */
  readonly active: string
}

const DEVICES_MAX = 64

/** The Wi-Fi device of an interface; undefined where there is none, or nobody to ask. */
export async function findDevice(bus: Bus, face: string): Promise<WifiDevice | undefined> {
  for (const { path, properties } of await devices(bus)) {
    if (properties.Interface !== face || properties.DeviceType !== DEVICE_TYPE.wifi) continue
    const capabilities = await bus.property(path, WIRELESS, 'WirelessCapabilities')
    return {
      path,
      ready: Number(properties.State) >= DEVICE_STATE.disconnected,
      accessPoint: capabilities.ok && (Number(capabilities.value) & WIFI_CAPABILITY.accessPoint) !== 0,
      active: typeof properties.ActiveConnection === 'string' ? properties.ActiveConnection : NO_PATH,
    }
  }
  return undefined
}

/** True while any wired device has a carrier. */
export async function hasCable(bus: Bus): Promise<boolean> {
  return (await devices(bus)).some(
    ({ properties }) =>
      properties.DeviceType === DEVICE_TYPE.ethernet &&
      (Number(properties.InterfaceFlags) & INTERFACE_FLAG.carrier) !== 0,
  )
}

interface SeenDevice {
  readonly path: string
  readonly properties: Readonly<Record<string, unknown>>
}

async function devices(bus: Bus): Promise<readonly SeenDevice[]> {
  const listed = await bus.call({ path: MANAGER_PATH, face: MANAGER, member: 'GetDevices' })
  if (!listed.ok) return []
  const paths = (listed.value[0] as readonly string[]).slice(0, DEVICES_MAX)
  const read = await Promise.all(
    paths.map(async (path) => {
      const got = await bus.properties(path, DEVICE)
      return got.ok ? { path, properties: got.value } : undefined
    }),
  )
  return read.filter((device) => device !== undefined)
}

export interface Scan {
  readonly device: string
  /** Hidden networks answer only if they are called by their name. */
  readonly hiddenName: string | undefined
  readonly times: NetworkManagerTimes
}

/** Scans. False where no scan was finished in time, as with adapters that cannot while they are access points. */
export async function scanned(bus: Bus, { device, hiddenName, times }: Scan): Promise<boolean> {
  const before = await bus.property(device, WIRELESS, 'LastScan')
  // A scan that is refused (one was made just now, or the adapter is busy) leaves what is known.
  const asked = await bus.call({
    path: device,
    face: WIRELESS,
    member: 'RequestScan',
    signature: 'a{sv}',
    body: [hiddenName === undefined ? {} : { ssids: new Variant('aay', [Buffer.from(hiddenName)]) }],
  })
  if (!asked.ok || !before.ok) return false
  const finished = await waitFor(bus, {
    look: async () => {
      const now = await bus.property(device, WIRELESS, 'LastScan')
      if (!now.ok) return false
      return now.value === before.value ? undefined : true
    },
    limitMs: times.scanMsMax,
    rereadMs: times.rereadMs,
  })
  return finished === true
}

const CONNECTIVITIES: Readonly<Record<number, Connectivity>> = {
  [CONNECTIVITY.none]: 'none',
  [CONNECTIVITY.portal]: 'portal',
  [CONNECTIVITY.limited]: 'limited',
  [CONNECTIVITY.full]: 'full',
}

/** What NetworkManager finds now. Where its check is switched off, its overall state (a default route) has to do. */
export async function connectivityOf(bus: Bus, times: NetworkManagerTimes): Promise<Connectivity> {
  const checked = await bus.call({
    path: MANAGER_PATH,
    face: MANAGER,
    member: 'CheckConnectivity',
    limitMs: times.connectivityMsMax,
  })
  const found = checked.ok ? checked : await bus.property(MANAGER_PATH, MANAGER, 'Connectivity')
  if (!found.ok) return 'none'
  const state = Number(Array.isArray(found.value) ? found.value[0] : found.value)
  return CONNECTIVITIES[state] ?? connectivityOfState(bus)
}

async function connectivityOfState(bus: Bus): Promise<Connectivity> {
  const got = await bus.property(MANAGER_PATH, MANAGER, 'State')
  const state = got.ok ? Number(got.value) : 0
  if (state >= STATE.connectedGlobal) return 'full'
  return state >= STATE.connectedSite ? 'limited' : 'none'
}
