import { fail, ok, type Result } from '#protocol/result.ts'
import { parseClaimCode } from './claim-code.ts'
import type { SetUpOrder, SystemAddress } from './joining.ts'
import type { DriverView, NetworkGiven, SetupErrorCode, SetupErrorView } from './setup-view.ts'
import { parseSystemAddress } from './system-address.ts'

/** IEEE 802.11: a network's name is up to 32 bytes. */
const MAX_SSID_BYTES = 32
/** WPA2 (IEEE 802.11-2020 annex J.4): 8 to 63 printable ASCII characters, or the key itself as 64 hex digits. */
const MIN_PASSPHRASE_CHARACTERS = 8
const MAX_PASSPHRASE_CHARACTERS = 63
const PASSPHRASE = /^[\x20-\x7e]*$/
const KEY_IN_HEX = /^[0-9a-fA-F]{64}$/
const MAX_PROOF_CHARACTERS = 128

type Checked<Value> = Result<Value, SetupErrorView>
type Fields = Readonly<Record<string, unknown>>

interface Around {
  readonly drivers: readonly DriverView[]
  /** Where the chip has an owner: a claim code is not needed, and without one it stays with that. */
  readonly owner: SystemAddress | undefined
}

/** The body of `POST /api/set-up`; the first field that is wrong is told, with what is accepted. */
export function readSetUp(body: unknown, around: Around): Checked<SetUpOrder> {
  const fields = readObject(body, '', ['network', 'system', 'machine'])
  if (!fields.ok) return fields
  const network = readNetwork(fields.value['network'])
  if (!network.ok) return network
  const system = readSystem(fields.value['system'], around.owner)
  if (!system.ok) return system
  const machine = readMachine(fields.value['machine'], 'machine', around.drivers)
  if (!machine.ok) return machine
  return ok({ network: network.value, ...system.value, machine: machine.value })
}

/** The body of `POST /api/machine-try`. */
export function readMachineTry(
  body: unknown,
  drivers: readonly DriverView[],
): Checked<SetUpOrder['machine']> {
  return readMachine(body, '', drivers)
}

/** The body of `POST /api/proof`. */
export function readProof(body: unknown): Checked<string> {
  const fields = readObject(body, '', ['proof'])
  if (!fields.ok) return fields
  const proof = readText(fields.value, '', 'proof')
  if (!proof.ok || proof.value.length <= MAX_PROOF_CHARACTERS) return proof
  return refuse('field-malformed', 'proof', 'The proof is the short code that stands on the chip’s label.')
}

function readNetwork(given: unknown): Checked<NetworkGiven> {
  const kind = typeof given === 'object' && given !== null && 'kind' in given ? given.kind : undefined
  if (kind === 'ethernet') {
    const fields = readObject(given, 'network', ['kind'])
    return fields.ok ? ok({ kind }) : fields
  }
  const fields = readObject(given, 'network', ['kind', 'ssid', 'hidden', 'passphrase'])
  if (!fields.ok) return fields
  if (kind !== 'wifi')
    return refuse('field-malformed', 'network.kind', 'The kind of network is "wifi" or "ethernet".')
  const ssid = readSsid(fields.value)
  if (!ssid.ok) return ssid
  const { hidden } = fields.value
  if (typeof hidden !== 'boolean')
    return refuse('field-malformed', 'network.hidden', 'Whether the network is hidden is true or false.')
  const passphrase = readPassphrase(fields.value['passphrase'])
  if (!passphrase.ok) return passphrase
  const found = { kind, ssid: ssid.value, hidden } as const
  return ok(passphrase.value === undefined ? found : { ...found, passphrase: passphrase.value })
}

function readSsid(fields: Fields): Checked<string> {
  const ssid = readText(fields, 'network', 'ssid')
  if (!ssid.ok) return ssid
  const bytes = Buffer.byteLength(ssid.value)
  if (bytes > MAX_SSID_BYTES) {
    const message = `This name takes ${String(bytes)} bytes; a network’s name has at most ${String(MAX_SSID_BYTES)} (an emoji takes 4, a Chinese character 3).`
    return refuse('ssid-too-long', 'network.ssid', message)
  }
  if (!ssid.value.isWellFormed() || ssid.value.includes('\0'))
    return refuse('field-malformed', 'network.ssid', 'The network’s name is not text.')
  return ssid
}

/** Without one, or with an empty one, the network is open. Never says what was given. */
function readPassphrase(given: unknown): Checked<string | undefined> {
  const field = 'network.passphrase'
  if (given === undefined || given === '') return ok(undefined)
  if (typeof given !== 'string') return refuse('field-malformed', field, 'The password is text.')
  if (KEY_IN_HEX.test(given)) return ok(given)
  if (!PASSPHRASE.test(given)) {
    const message =
      'Wi-Fi passwords have only the letters, digits and signs of an English keyboard: no accents, no emoji, no other writing.'
    return refuse('passphrase-characters', field, message)
  }
  if (given.length < MIN_PASSPHRASE_CHARACTERS || given.length > MAX_PASSPHRASE_CHARACTERS) {
    const message = `This password has ${String(given.length)} characters; Wi-Fi passwords have ${String(MIN_PASSPHRASE_CHARACTERS)} to ${String(MAX_PASSPHRASE_CHARACTERS)}.`
    return refuse('passphrase-length', field, message)
  }
  return ok(given)
}

function readSystem(
  given: unknown,
  owner: SystemAddress | undefined,
): Checked<{ address: SystemAddress; claimCode?: string }> {
  if (given === undefined && owner !== undefined) return ok({ address: owner })
  const fields = readObject(given, 'system', ['address', 'claimCode'])
  if (!fields.ok) return fields
  const text = readText(fields.value, 'system', 'address')
  if (!text.ok) return text
  const address = parseSystemAddress(text.value)
  if (!address.ok) {
    const message =
      'The system’s address is a name or number, with a port if needed, such as pay.example.org or pay.example.org:8443: no https://, no path.'
    return refuse('address-malformed', 'system.address', message)
  }
  const typed = readText(fields.value, 'system', 'claimCode')
  if (!typed.ok) return typed
  const claimCode = parseClaimCode(typed.value)
  if (!claimCode.ok) {
    const message = 'A claim code has ten letters and digits, such as 7K2QF-9XM4D; it has no U.'
    return refuse('claim-code-malformed', 'system.claimCode', message)
  }
  return ok({ address: address.value, claimCode: claimCode.value })
}

function readMachine(
  given: unknown,
  path: string,
  drivers: readonly DriverView[],
): Checked<SetUpOrder['machine']> {
  const fields = readObject(given, path, ['driver', 'wiring'])
  if (!fields.ok) return fields
  const driver = readText(fields.value, path, 'driver')
  if (!driver.ok) return driver
  const known = drivers.find(({ id }) => id === driver.value)
  if (known === undefined)
    return refuse('driver-unknown', below(path, 'driver'), thoseKnown(drivers, 'machine'))
  const wiring = readText(fields.value, path, 'wiring')
  if (!wiring.ok) return wiring
  if (!known.wiring.some(({ id }) => id === wiring.value))
    return refuse('wiring-unknown', below(path, 'wiring'), thoseKnown(known.wiring, 'wiring'))
  return ok({ driver: driver.value, wiring: wiring.value })
}

function thoseKnown(of: readonly { readonly id: string }[], what: string): string {
  return `This chip does not know that ${what}; it knows ${of.map(({ id }) => id).join(', ')}.`
}

function readObject(given: unknown, path: string, names: readonly string[]): Checked<Fields> {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
  const accepted = `with ${names.join(', ')}`
  if (given === undefined) return refuse('field-missing', path, `Missing: an object ${accepted}.`)
  if (!isObject) return refuse('field-malformed', path, `This has to be an object ${accepted}.`)
  const foreign = Object.keys(given).find((name) => !names.includes(name))
  if (foreign !== undefined) {
    const shown = foreign.slice(0, MAX_SSID_BYTES)
    return refuse(
      'field-malformed',
      below(path, shown),
      `There is no such field; there are ${names.join(', ')}.`,
    )
  }
  return ok({ ...given })
}

function readText(fields: Fields, path: string, name: string): Checked<string> {
  const value = fields[name]
  if (value === undefined || value === '')
    return refuse('field-missing', below(path, name), 'This is needed.')
  if (typeof value !== 'string') return refuse('field-malformed', below(path, name), 'This has to be text.')
  return ok(value)
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function refuse(
  code: SetupErrorCode,
  field: string,
  message: string,
): { readonly ok: false; readonly error: SetupErrorView } {
  return fail(field === '' ? { code, message } : { code, field, message })
}
