import { toPlain, Variant } from 'dbus-native'
import { MockError, type TypedDict } from './mock-bus.suite.ts'

/**
 * What NetworkManager says about a connection profile: its settings, their properties and types are those of
 * https://networkmanager.dev/docs/api/latest/ref-settings.html (nm-settings-dbus(5)), the errors those of `NMConnectionError`.
 */
export type MockProfile = Readonly<Record<string, Readonly<Record<string, unknown>>>>

const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  connection: {
    id: 's',
    uuid: 's',
    type: 's',
    'interface-name': 's',
    autoconnect: 'b',
    'autoconnect-priority': 'i',
    'autoconnect-retries': 'i',
    'auth-retries': 'i',
    permissions: 'as',
    zone: 's',
    metered: 'i',
    timestamp: 't',
  },
  '802-11-wireless': {
    ssid: 'ay',
    mode: 's',
    band: 's',
    channel: 'u',
    bssid: 'ay',
    hidden: 'b',
    powersave: 'u',
    mtu: 'u',
    'mac-address': 'ay',
    'mac-address-randomization': 'u',
    'ap-isolation': 'i',
    'seen-bssids': 'as',
    security: 's',
  },
  '802-11-wireless-security': {
    'key-mgmt': 's',
    proto: 'as',
    pairwise: 'as',
    group: 'as',
    psk: 's',
    'psk-flags': 'u',
    pmf: 'i',
    'auth-alg': 's',
    'wps-method': 'u',
  },
  ipv4: {
    method: 's',
    'address-data': 'aa{sv}',
    gateway: 's',
    'may-fail': 'b',
    'dhcp-timeout': 'i',
    'required-timeout': 'i',
    'never-default': 'b',
    'route-metric': 'x',
  },
  ipv6: { method: 's', 'may-fail': 'b', 'address-data': 'aa{sv}', 'never-default': 'b' },
}

const KEY_MANAGEMENT = ['none', 'ieee8021x', 'wpa-psk', 'wpa-eap', 'wpa-eap-suite-b-192', 'sae', 'owe']
const MODES = ['infrastructure', 'adhoc', 'ap', 'mesh']
const IP4_METHODS = ['auto', 'link-local', 'manual', 'shared', 'disabled']
const IP6_METHODS = ['auto', 'dhcp', 'link-local', 'manual', 'shared', 'ignore', 'disabled']
const ERROR = 'org.freedesktop.NetworkManager.Settings.Connection'

/** Reads a profile from the bus; throws the error that NetworkManager would answer with. */
export function readProfile(given: unknown): MockProfile {
  const profile: Record<string, Record<string, unknown>> = {}
  for (const [setting, properties] of Object.entries(given as Record<string, TypedDict>)) {
    const types = TYPES[setting]
    if (types === undefined)
      throw new MockError(`${ERROR}.InvalidSetting`, `${setting}: unknown setting name`)
    const read: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(properties)) {
      const type = types[name]
      if (type === undefined) invalid(`${setting}.${name}`, 'unknown property')
      if (type !== value.signature)
        invalid(
          `${setting}.${name}`,
          `can't set property of type '${type}' from value of type '${value.signature}'`,
        )
      read[name] = toPlain(value)
    }
    profile[setting] = read
  }
  verify(profile)
  return profile
}

function verify(profile: MockProfile): void {
  const wifi = profile['802-11-wireless']
  if (wifi === undefined)
    throw new MockError(`${ERROR}.MissingSetting`, '802-11-wireless: setting not present')
  const ssid = wifi.ssid
  if (!(ssid instanceof Uint8Array)) {
    throw new MockError(`${ERROR}.MissingProperty`, '802-11-wireless.ssid: property is missing')
  }
  if (ssid.length === 0 || ssid.length > 32)
    invalid('802-11-wireless.ssid', 'SSID length is out of range <1-32> bytes')
  oneOf('802-11-wireless.mode', wifi.mode ?? 'infrastructure', MODES)
  oneOf('802-11-wireless.band', wifi.band ?? 'bg', ['a', 'bg', '6GHz'])
  if (wifi.channel !== undefined && wifi.band === undefined)
    throw new MockError(
      `${ERROR}.MissingProperty`,
      "802-11-wireless.band: 'channel' requires setting 'band' property",
    )
  verifySecurity(profile['802-11-wireless-security'])
  oneOf('ipv4.method', profile.ipv4?.method ?? 'auto', IP4_METHODS)
  oneOf('ipv6.method', profile.ipv6?.method ?? 'auto', IP6_METHODS)
  const addresses = (profile.ipv4?.['address-data'] ?? []) as readonly unknown[]
  if (profile.ipv4?.method === 'shared' && addresses.length > 1) {
    invalid('ipv4.addresses', `multiple addresses are not allowed for 'method=shared'`)
  }
}

function verifySecurity(security: Readonly<Record<string, unknown>> | undefined): void {
  if (security === undefined) return
  const where = '802-11-wireless-security'
  if (security['key-mgmt'] === undefined) {
    throw new MockError(`${ERROR}.MissingProperty`, `${where}.key-mgmt: property is missing`)
  }
  oneOf(`${where}.key-mgmt`, security['key-mgmt'], KEY_MANAGEMENT)
  const { psk } = security
  if (typeof psk === 'string' && security['key-mgmt'] === 'wpa-psk' && !validPsk(psk))
    invalid(`${where}.psk`, 'property is invalid')
  for (const proto of (security.proto ?? []) as readonly string[])
    oneOf(`${where}.proto`, proto, ['wpa', 'rsn'])
  for (const name of ['pairwise', 'group']) {
    for (const cipher of (security[name] ?? []) as readonly string[])
      oneOf(`${where}.${name}`, cipher, ['tkip', 'ccmp', 'wep40', 'wep104'])
  }
}

function validPsk(psk: string): boolean {
  return psk.length === 64 ? /^[0-9a-f]{64}$/i.test(psk) : psk.length >= 8 && psk.length <= 63
}

function oneOf(property: string, value: unknown, accepted: readonly string[]): void {
  if (!accepted.includes(String(value))) invalid(property, `'${String(value)}' is not a valid value`)
}

function invalid(property: string, why: string): never {
  throw new MockError(`${ERROR}.InvalidProperty`, `${property}: ${why}`)
}

/** A profile as GetSettings shows it: without secrets. */
export function shownProfile(profile: MockProfile): Record<string, Record<string, Variant>> {
  const shown: Record<string, Record<string, Variant>> = {}
  for (const [setting, properties] of Object.entries(profile)) {
    const pairs = Object.entries(properties).filter(([name]) => name !== 'psk')
    shown[setting] = Object.fromEntries(
      pairs.map(([name, value]) => [name, new Variant(TYPES[setting]?.[name] ?? 's', shownValue(value))]),
    )
  }
  return shown
}

function shownValue(value: unknown): unknown {
  if (!Array.isArray(value) || typeof value[0] !== 'object') return value
  return value.map((one) => shownAddress(one as { address: string; prefix: number }))
}

export function shownAddress({
  address,
  prefix,
}: {
  address: string
  prefix: number
}): Record<string, Variant> {
  return { address: new Variant('s', address), prefix: new Variant('u', prefix) }
}
