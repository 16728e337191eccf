import { readFile } from 'node:fs/promises'
import { hashCode, type Message, type MessageName, open, toHex, type Verifier } from '#protocol'
import { nodeVerifier, sha256, spkiOfPem } from '#protocol/node-keys.ts'
import type { LogLine } from '#hosting/processes.ts'
import type { RunningHouse } from '#hosting/house.ts'

export type Step = `S${number}`

/** Something that was really said, as the page shows it. */
export interface Sighting {
  readonly id: number
  readonly atMs: number
  /** Null for what belongs to no step of a payment: greetings, tariffs. */
  readonly step: Step | null
  /** `message`: overheard on the broker. `log`: a process wrote that it did this. */
  readonly kind: 'message' | 'log'
  readonly name: string
  /** The key of the machine it is about, where it is about one. */
  readonly machine: string | null
  readonly paymentId: string | null
  readonly from: string
  readonly to: string
  readonly signedBy: SignedBy | null
  readonly fields: Readonly<Record<string, unknown>>
  /** The whole signed message. */
  readonly hex: string | null
}

export interface SignedBy {
  readonly who: 'chip' | 'system'
  readonly alg: string
  readonly kid: string | null
  /** Checked here, with the public key that the fleet file has. */
  readonly verified: boolean
}

export type Unnumbered = Omit<Sighting, 'id'>

const STEP_OF: Readonly<Record<MessageName, Step | null>> = {
  'payment-code': 'S1',
  tariff: null,
  'issue-request': 'S1',
  'issue-answer': 'S1',
  check: 'S3',
  'check-answer': 'S3',
  presence: 'S3',
  release: null,
  command: 'S8',
  stop: 'S8',
  query: 'S8',
  started: 'S9',
  progress: 'S9',
  outcome: 'S10',
  'outcome-ack': null,
  hello: null,
  retire: null,
  retired: null,
}

export interface KnownKeys {
  readonly system: Verifier
  readonly chips: ReadonlyMap<string, { readonly machine: string; readonly verifier: Verifier }>
}

export async function readKeys(house: RunningHouse): Promise<KnownKeys> {
  const verifierOf = async (keyFile: string) => nodeVerifier(spkiOfPem(await readFile(keyFile, 'utf8')))
  const chips = new Map<string, { machine: string; verifier: Verifier }>()
  for (const [machine, chip] of house.provisioned.chips) {
    chips.set(chip.chipId, { machine, verifier: await verifierOf(chip.keyFile) })
  }
  return { system: await verifierOf(house.provisioned.commandKeyFile), chips }
}

/** What a message on the broker says and who signed it. Null for bytes that are no message. */
export function sightMessage(bytes: Uint8Array, keys: KnownKeys): Unnumbered | null {
  const opened = open(bytes)
  if (!opened.ok) return null
  const { claim } = opened.value
  const chip = keys.chips.get(claim.chipId)
  const up = claim.direction === 'up'
  const key = up ? chip?.verifier : keys.system
  const message = opened.value.verify(key ? [key] : [])
  return {
    atMs: Date.now(),
    step: message.ok ? stepOf(message.value) : STEP_OF[claim.name],
    kind: 'message',
    name: claim.name,
    machine: chip?.machine ?? null,
    paymentId: message.ok && 'paymentId' in message.value ? message.value.paymentId : null,
    from: up ? 'chip' : 'system',
    to: claim.name === 'payment-code' ? 'payer' : up ? 'system' : 'chip',
    signedBy: { who: up ? 'chip' : 'system', alg: claim.alg, kid: claim.kid, verified: message.ok },
    fields: message.ok
      ? { ...plain(message.value), ...codeHashOf(message.value, bytes) }
      : { error: message.error.code },
    hex: toHex(bytes),
  }
}

/** By which a code is found again in the check of it. */
function codeHashOf(message: Message, bytes: Uint8Array): { codeHash?: string } {
  if (message.name === 'payment-code') return { codeHash: hashCode(bytes, sha256) }
  if (message.name === 'issue-answer' && message.code.length > 0) {
    return { codeHash: hashCode(message.code, sha256) }
  }
  return {}
}

function stepOf(message: Message): Step | null {
  if (message.name === 'outcome') return message.result === 'delivered' ? 'S10' : 'S11'
  return STEP_OF[message.name]
}

/** A `step` line of a process's log. Null for every other line. */
export function sightLine(process: string, line: LogLine): Unnumbered | null {
  const { step, from, to, paymentId, what, time } = line
  if (line['msg'] !== 'step' || typeof step !== 'string' || !/^S\d{1,2}$/.test(step)) return null
  const number: Step = `S${Number(step.slice(1))}`
  return {
    atMs: timeOf(time),
    step: number,
    kind: 'log',
    name: process,
    machine: process.startsWith('chip-') ? process.slice('chip-'.length) : null,
    paymentId: typeof paymentId === 'string' ? paymentId : null,
    from: typeof from === 'string' ? from : process,
    to: typeof to === 'string' ? to : '',
    signedBy: null,
    fields: typeof what === 'object' && what !== null ? plain(what) : {},
    hex: null,
  }
}

/** Some processes write the time in milliseconds, some as ISO 8601. */
function timeOf(time: unknown): number {
  if (typeof time === 'number') return time
  const parsed = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return Number.isNaN(parsed) ? Date.now() : parsed
}

/** With amounts as digits and bytes as hex, so that it goes into JSON. */
function plain(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]))
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plainValue)
  if (typeof value === 'object' && value !== null) return plain(value)
  return value
}
