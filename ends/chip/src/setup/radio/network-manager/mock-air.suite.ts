/** The world around the mock: networks as access points announce them. */
export interface MockNetwork {
  readonly ssid: string | Uint8Array
  readonly passphrase?: string
  readonly strengthPercent?: number
  readonly hidden?: boolean
  readonly security?:
    | 'open'
    | 'wpa-personal'
    | 'wpa3-personal'
    | 'wpa2-wpa3'
    | 'wpa-enterprise'
    | 'wep'
    | 'owe'
  readonly gives?: 'internet' | 'portal' | 'no-address' | 'no-route'
}

/** Flags, WpaFlags and RsnFlags of an access point: NM80211ApFlags and NM80211ApSecurityFlags. */
export interface Announced {
  readonly flags: number
  readonly wpa: number
  readonly rsn: number
}

const PRIVACY = 0x1
const CCMP = 0x8 | 0x80
const TKIP = 0x4 | 0x40
const PSK = 0x100
const ENTERPRISE = 0x200
const SAE = 0x400
const OWE = 0x800

const ANNOUNCED: Readonly<Record<NonNullable<MockNetwork['security']>, Announced>> = {
  open: { flags: 0, wpa: 0, rsn: 0 },
  'wpa-personal': { flags: PRIVACY, wpa: TKIP | PSK, rsn: CCMP | PSK },
  'wpa3-personal': { flags: PRIVACY, wpa: 0, rsn: CCMP | SAE },
  'wpa2-wpa3': { flags: PRIVACY, wpa: 0, rsn: CCMP | PSK | SAE },
  'wpa-enterprise': { flags: PRIVACY, wpa: 0, rsn: CCMP | ENTERPRISE },
  wep: { flags: PRIVACY, wpa: 0, rsn: 0 },
  owe: { flags: 0, wpa: 0, rsn: CCMP | OWE },
}

export function securityOfMock({ security, passphrase }: MockNetwork): NonNullable<MockNetwork['security']> {
  return security ?? (passphrase === undefined ? 'open' : 'wpa-personal')
}

export function announced(network: MockNetwork): Announced {
  return ANNOUNCED[securityOfMock(network)]
}

export function ssidOf({ ssid }: MockNetwork): Buffer {
  return typeof ssid === 'string' ? Buffer.from(ssid) : Buffer.from(ssid)
}

/** The `key-mgmt` values with which a profile fits a network; empty: a profile without security. */
const FITTING: Readonly<Record<NonNullable<MockNetwork['security']>, readonly string[]>> = {
  open: [''],
  'wpa-personal': ['wpa-psk'],
  'wpa3-personal': ['sae'],
  'wpa2-wpa3': ['wpa-psk', 'sae'],
  'wpa-enterprise': ['wpa-eap'],
  wep: ['none'],
  owe: ['owe'],
}

export function fits(network: MockNetwork, keyManagement: string): boolean {
  return FITTING[securityOfMock(network)].includes(keyManagement)
}
