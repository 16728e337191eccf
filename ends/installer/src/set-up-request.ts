import { shownName } from './network-name.ts'
import type { NetworkGiven, SetupGiven, SetupView } from './setup.ts'
import type { Draft } from './draft.ts'
import {
  claimFault,
  isAddress,
  passphraseFault,
  plainClaimCode,
  ssidFault,
  tidyAddress,
  tidyClaimCode,
} from './typed.ts'
import type { Line } from './words/speak.ts'

/** A field of the form, by its place on the page. */
export const FIELDS = ['network', 'ssid', 'passphrase', 'address', 'claimCode', 'driver', 'wiring'] as const
export type Field = (typeof FIELDS)[number]
export type Faults = { readonly [Name in Field]?: Line | undefined }

export type Request =
  | { readonly ok: true; readonly given: SetupGiven }
  | { readonly ok: false; readonly faults: Faults }

/** Pure: from what was typed to what the chip is sent, or to what is wrong with each field. */
export function requestOf(draft: Draft, view: SetupView): Request {
  const faults: Noted = {}
  const network = networkOf(draft, faults)
  const system = view.owned ? undefined : systemOf(draft, faults)
  const machine = machineOf(draft, view, faults)
  if (network === null || Object.keys(faults).length > 0) return { ok: false, faults }
  return { ok: true, given: { network, ...(system === undefined ? {} : { system }), machine } }
}

type Noted = { [Name in Field]?: Line }

function networkOf({ network, otherSsid, passphrase }: Draft, faults: Noted): NetworkGiven | null {
  if (network.kind === 'ethernet') return { kind: 'ethernet' }
  if (network.kind === 'none') {
    faults.network = { key: 'networkMissing' }
    return null
  }
  const hidden = network.kind !== 'seen'
  const ssid = network.kind === 'seen' ? network.ssid : otherSsid
  const bytes = ssidFault(ssid)
  if (bytes !== null)
    faults.ssid = bytes === 0 ? { key: 'ssidMissing' } : { key: 'ssidLong', values: { bytes } }
  const isOpen = network.kind === 'seen' ? network.security === 'open' : passphrase === ''
  if (isOpen) return { kind: 'wifi', ssid, hidden }
  const fault = passphrase === '' ? ({ kind: 'empty' } as const) : passphraseFault(passphrase)
  if (fault?.kind === 'empty') faults.passphrase = { key: 'passwordMissing' }
  if (fault?.kind === 'short') faults.passphrase = { key: 'passwordShort', values: { count: fault.count } }
  if (fault?.kind === 'long') faults.passphrase = { key: 'passwordLong', values: { count: fault.count } }
  if (fault?.kind === 'sign')
    faults.passphrase = { key: 'passwordSign', values: { sign: shownName(fault.sign) } }
  return { kind: 'wifi', ssid, hidden, passphrase }
}

function systemOf({ address, claimCode }: Draft, faults: Noted): SetupGiven['system'] {
  if (tidyAddress(address) === '') faults.address = { key: 'addressMissing' }
  else if (!isAddress(address)) faults.address = { key: 'addressShape' }
  const fault = claimFault(claimCode)
  if (fault?.kind === 'empty') faults.claimCode = { key: 'claimMissing' }
  if (fault?.kind === 'sign') faults.claimCode = { key: 'claimSign', values: { sign: shownName(fault.sign) } }
  if (fault?.kind === 'length') faults.claimCode = { key: 'claimLength', values: { count: fault.count } }
  return { address: tidyAddress(address), claimCode: tidyClaimCode(plainClaimCode(claimCode)) }
}

function machineOf({ driver, wiring }: Draft, view: SetupView, faults: Noted): SetupGiven['machine'] {
  const chosen = view.drivers.find(({ id }) => id === driver)
  if (chosen === undefined) faults.driver = { key: 'driverMissing' }
  else if (!chosen.wiring.some(({ id }) => id === wiring)) faults.wiring = { key: 'wiringMissing' }
  return { driver, wiring }
}

const FIELD_OF_PATH: Readonly<Record<string, Field>> = {
  network: 'network',
  'network.kind': 'network',
  'network.ssid': 'ssid',
  'network.passphrase': 'passphrase',
  'system.address': 'address',
  'system.claimCode': 'claimCode',
  'machine.driver': 'driver',
  'machine.wiring': 'wiring',
}

/** The field that a refusal of the chip speaks of, by its path in the request. */
export function fieldOfPath(path: string | undefined): Field | null {
  return path !== undefined && Object.hasOwn(FIELD_OF_PATH, path) ? (FIELD_OF_PATH[path] ?? null) : null
}
