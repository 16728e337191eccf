/**
 * NetworkManager's words on D-Bus, as its introspection files and `nm-dbus-interface.h` define them; only those in use.
 * https://networkmanager.dev/docs/api/latest/spec.html
 */
export const SERVICE = 'org.freedesktop.NetworkManager'
export const MANAGER_PATH = '/org/freedesktop/NetworkManager'
export const SETTINGS_PATH = '/org/freedesktop/NetworkManager/Settings'
/** Stands for "no object". */
export const NO_PATH = '/'

export const MANAGER = 'org.freedesktop.NetworkManager'
export const SETTINGS = 'org.freedesktop.NetworkManager.Settings'
export const PROFILE = 'org.freedesktop.NetworkManager.Settings.Connection'
export const ACTIVE = 'org.freedesktop.NetworkManager.Connection.Active'
export const DEVICE = 'org.freedesktop.NetworkManager.Device'
export const WIRELESS = 'org.freedesktop.NetworkManager.Device.Wireless'
export const ACCESS_POINT = 'org.freedesktop.NetworkManager.AccessPoint'
export const IP4 = 'org.freedesktop.NetworkManager.IP4Config'
export const IP6 = 'org.freedesktop.NetworkManager.IP6Config'

/** NMDeviceType */
export const DEVICE_TYPE = { ethernet: 1, wifi: 2 } as const

/** NMDeviceState */
export const DEVICE_STATE = { disconnected: 30, prepare: 40, needAuth: 60, failed: 120 } as const

/** NMDeviceStateReason */
export const DEVICE_REASON = {
  none: 0,
  unknown: 1,
  configFailed: 4,
  ipConfigUnavailable: 5,
  ipConfigExpired: 6,
  noSecrets: 7,
  supplicantDisconnect: 8,
  supplicantConfigFailed: 9,
  supplicantFailed: 10,
  supplicantTimeout: 11,
  dhcpStartFailed: 15,
  dhcpError: 16,
  dhcpFailed: 17,
  autoIpStartFailed: 20,
  autoIpError: 21,
  autoIpFailed: 22,
  ssidNotFound: 53,
  ipAddressDuplicate: 64,
} as const

/** NMActiveConnectionState */
export const ACTIVE_STATE = { activated: 2, deactivating: 3, deactivated: 4 } as const

/** NMActiveConnectionStateReason */
export const ACTIVE_REASON = { ipConfigInvalid: 5, connectTimeout: 6, noSecrets: 9, loginFailed: 10 } as const

/** NMDeviceWifiCapabilities */
export const WIFI_CAPABILITY = { accessPoint: 0x40 } as const

/** NMDeviceInterfaceFlags */
export const INTERFACE_FLAG = { carrier: 0x10000 } as const

/** NM80211ApFlags */
export const AP_FLAG = { privacy: 0x1 } as const

/** NM80211ApSecurityFlags */
export const AP_SECURITY = {
  psk: 0x100,
  enterprise: 0x200,
  sae: 0x400,
  owe: 0x800,
  oweTransition: 0x1000,
  enterpriseSuiteB: 0x2000,
} as const

/** NM80211Mode */
export const MODE = { infrastructure: 2 } as const

/** NMConnectivityState */
export const CONNECTIVITY = { unknown: 0, none: 1, portal: 2, limited: 3, full: 4 } as const

/** NMState: the overall state, which stands in where the connectivity check is switched off. */
export const STATE = { connectedSite: 60, connectedGlobal: 70 } as const

/** Flags of Settings.Connection.Update2 */
export const UPDATE = { toDisk: 0x1 } as const
