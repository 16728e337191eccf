import type { JoinFailure, WifiPlan } from '../radio.ts'
import type { BusFailure } from './bus.ts'
import type { AccessPoint } from './access-point.ts'
import { ACTIVE_REASON, DEVICE_REASON } from './names.ts'

/** Why an activation ended: what the device said last, and what the activation itself said. */
export interface Ending {
  /** The device asked for secrets, which it does only where those it has were refused. */
  readonly askedForSecrets: boolean
  /** NMDeviceStateReason */
  readonly deviceReason?: number
  /** NMActiveConnectionStateReason */
  readonly activeReason?: number
}

const DEVICE_REASONS: Readonly<Record<number, JoinFailure>> = {
  [DEVICE_REASON.noSecrets]: 'wrong-password',
  [DEVICE_REASON.ssidNotFound]: 'network-gone',
  [DEVICE_REASON.ipConfigUnavailable]: 'no-address',
  [DEVICE_REASON.ipConfigExpired]: 'no-address',
  [DEVICE_REASON.dhcpStartFailed]: 'no-address',
  [DEVICE_REASON.dhcpError]: 'no-address',
  [DEVICE_REASON.dhcpFailed]: 'no-address',
  [DEVICE_REASON.autoIpStartFailed]: 'no-address',
  [DEVICE_REASON.autoIpError]: 'no-address',
  [DEVICE_REASON.autoIpFailed]: 'no-address',
  [DEVICE_REASON.ipAddressDuplicate]: 'no-address',
  [DEVICE_REASON.supplicantConfigFailed]: 'unsupported-security',
  [DEVICE_REASON.supplicantFailed]: 'radio-failed',
}

const ACTIVE_REASONS: Readonly<Record<number, JoinFailure>> = {
  [ACTIVE_REASON.noSecrets]: 'wrong-password',
  [ACTIVE_REASON.loginFailed]: 'wrong-password',
  [ACTIVE_REASON.ipConfigInvalid]: 'no-address',
  [ACTIVE_REASON.connectTimeout]: 'network-gone',
}

/** What an ended activation means for whoever wanted to join. */
export function failureOfEnding(ending: Ending, secured: boolean): JoinFailure {
  if (ending.askedForSecrets) return 'wrong-password'
  const { deviceReason = DEVICE_REASON.none, activeReason = 0 } = ending
  if (
    deviceReason === DEVICE_REASON.supplicantDisconnect ||
    deviceReason === DEVICE_REASON.supplicantTimeout
  ) {
    // The supplicant was thrown out or not let in: with a passphrase that is nearly always why; without, it is too far away.
    return secured ? 'wrong-password' : 'network-gone'
  }
  return DEVICE_REASONS[deviceReason] ?? ACTIVE_REASONS[activeReason] ?? 'radio-failed'
}

/** NetworkManager would not even begin. */
export function failureOfRefusal(failure: BusFailure): JoinFailure {
  if (failure.kind === 'gone') return 'radio-failed'
  switch (failure.name) {
    // The access point went between the scan and the call.
    case 'org.freedesktop.NetworkManager.Device.SpecificObjectNotFound':
    case 'org.freedesktop.NetworkManager.UnknownConnection':
      return 'network-gone'
    // The profile does not fit the access point or the adapter.
    case 'org.freedesktop.NetworkManager.Device.IncompatibleConnection':
    case 'org.freedesktop.NetworkManager.Settings.Connection.InvalidProperty':
    case 'org.freedesktop.NetworkManager.Settings.Connection.InvalidSetting':
      return 'unsupported-security'
    default:
      return 'radio-failed'
  }
}

export type Choice =
  | { readonly kind: 'join'; readonly point: AccessPoint }
  | { readonly kind: 'not-seen' }
  | { readonly kind: 'fail'; readonly failure: JoinFailure }

/**
 * The access point to join for a plan. A passphrase is never dropped: an open network that has taken the name of a
 * protected one is not that network. `kept`: NetworkManager holds the passphrase of this name.
 */
export function chooseAccessPoint(points: readonly AccessPoint[], plan: WifiPlan, kept: boolean): Choice {
  const named = points
    .filter(({ name }) => name === plan.ssid)
    .sort((a, b) => b.strengthPercent - a.strengthPercent)
  if (named.length === 0) return { kind: 'not-seen' }
  const wanted = plan.passphrase !== undefined || kept ? 'wpa-personal' : 'open'
  const point = named.find(({ security }) => security === wanted)
  if (point !== undefined) return { kind: 'join', point }
  if (named.some(({ security }) => security === 'wpa-personal'))
    return { kind: 'fail', failure: 'wrong-password' }
  if (named.some(({ security }) => security !== 'open'))
    return { kind: 'fail', failure: 'unsupported-security' }
  return { kind: 'not-seen' }
}
