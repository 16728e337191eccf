import { Variant } from 'dbus-native'
import type { HotspotPlan, WifiPlan } from '../radio.ts'
import type { AccessPoint } from './access-point.ts'
import type { Bus } from './bus.ts'
import { PROFILE, SETTINGS, SETTINGS_PATH } from './names.ts'

/** A connection profile as NetworkManager takes it: setting, property, typed value (`a{sa{sv}}`). */
export type Profile = Readonly<Record<string, Readonly<Record<string, Variant>>>>

/** Our profiles are known by these names; profiles of anybody else are never touched. */
export const HOTSPOT_ID = 'farthing-hotspot'
export const NETWORK_ID = 'farthing-network'

/** Where phones in the hotspot find the set-up page: on the label, so it is fixed. */
export const HOTSPOT_ADDRESS = '10.41.0.1'
const HOTSPOT_PREFIX = 24
/** NetworkManager keeps the secret itself, as root, for no user in particular. */
const SYSTEM_OWNED = 0
/** A profile without end in trying: the router may be slow at boot. */
const TRY_FOR_EVER = 0
const PROFILES_MAX = 256
/** A pre-shared key as 64 hexadecimal digits, or a passphrase (IEEE 802.11, annex J.4). */
const WPA_SECRET = /^(?:[0-9A-Fa-f]{64}|[\x20-\x7e]{8,63})$/

const text = (value: string): Variant => new Variant('s', value)
const texts = (...values: readonly string[]): Variant => new Variant('as', values)
const flag = (value: boolean): Variant => new Variant('b', value)

/** WPA2 with AES alone, 2.4 GHz, which every phone can join; nothing of it is stored. */
export function hotspotProfile(plan: HotspotPlan, face: string): Profile {
  return {
    connection: {
      id: text(HOTSPOT_ID),
      type: text('802-11-wireless'),
      'interface-name': text(face),
      autoconnect: flag(false),
    },
    '802-11-wireless': {
      ssid: new Variant('ay', Buffer.from(plan.ssid)),
      mode: text('ap'),
      band: text('bg'),
    },
    '802-11-wireless-security': {
      'key-mgmt': text('wpa-psk'),
      proto: texts('rsn'),
      pairwise: texts('ccmp'),
      group: texts('ccmp'),
      psk: text(plan.passphrase),
      'psk-flags': new Variant('u', SYSTEM_OWNED),
    },
    ipv4: {
      method: text('shared'),
      'address-data': new Variant('aa{sv}', [
        { address: text(HOTSPOT_ADDRESS), prefix: new Variant('u', HOTSPOT_PREFIX) },
      ]),
    },
    ipv6: { method: text('ignore') },
  }
}

export interface NetworkProfileNeeds {
  readonly plan: WifiPlan
  readonly face: string
  /** Undefined for a network that hides and did not show itself: then WPA2 is assumed where there is a passphrase. */
  readonly point: AccessPoint | undefined
}

export function networkProfile({ plan, face, point }: NetworkProfileNeeds): Profile {
  const security = securitySetting(plan, point)
  return {
    connection: {
      id: text(NETWORK_ID),
      type: text('802-11-wireless'),
      'interface-name': text(face),
      autoconnect: flag(true),
      'autoconnect-retries': new Variant('i', TRY_FOR_EVER),
    },
    '802-11-wireless': {
      ssid: new Variant('ay', Buffer.from(point?.ssid ?? Buffer.from(plan.ssid))),
      mode: text('infrastructure'),
      hidden: flag(plan.hidden),
    },
    ...(security === undefined ? {} : { '802-11-wireless-security': security }),
    ipv4: { method: text('auto') },
    ipv6: { method: text('auto') },
  }
}

function securitySetting(plan: WifiPlan, point: AccessPoint | undefined): Profile[string] | undefined {
  if (plan.passphrase === undefined) return point?.oweOnly === true ? { 'key-mgmt': text('owe') } : undefined
  return {
    'key-mgmt': text(point?.saeOnly === true ? 'sae' : 'wpa-psk'),
    psk: text(plan.passphrase),
    'psk-flags': new Variant('u', SYSTEM_OWNED),
  }
}

/** A secret that no WPA network can have is known to be wrong without trying. */
export function canBeSecret(passphrase: string): boolean {
  return WPA_SECRET.test(passphrase)
}

/** A profile of ours that NetworkManager holds. */
export interface KeptProfile {
  readonly path: string
  readonly id: string
  readonly ssid: Uint8Array
  readonly secured: boolean
}

type Settings = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Our own profiles; undefined where NetworkManager could not be asked. */
export async function ownProfiles(bus: Bus, id: string): Promise<readonly KeptProfile[] | undefined> {
  const listed = await bus.call({ path: SETTINGS_PATH, face: SETTINGS, member: 'ListConnections' })
  if (!listed.ok) return undefined
  const paths = (listed.value[0] as readonly string[]).slice(0, PROFILES_MAX)
  const read = await Promise.all(
    paths.map(async (path): Promise<KeptProfile | undefined> => {
      const got = await bus.call({ path, face: PROFILE, member: 'GetSettings' })
      if (!got.ok) return undefined
      const settings = got.value[0] as Settings
      const ssid = settings['802-11-wireless']?.ssid
      if (settings.connection?.id !== id || !(ssid instanceof Uint8Array)) return undefined
      return { path, id, ssid, secured: settings['802-11-wireless-security'] !== undefined }
    }),
  )
  return read.filter((profile) => profile !== undefined)
}
