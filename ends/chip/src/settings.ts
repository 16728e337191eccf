import { readFileSync } from 'node:fs'
import { type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { ChipId, parsePaymentOrigin, type Result } from '#protocol'
import { CHIP_TIMES, type ChipSettings, type ChipTimes } from './core/settings.ts'
import { LINK_TIMES, type LinkTimes } from './link.ts'

/** What the process reads from its settings file. Secrets are named by their files and never stand here. */
export interface ProcessSettings {
  readonly chip: ChipSettings
  /** The chip's own key as PKCS #8 in PEM: P-256 or Ed25519. */
  readonly keyFile: string
  readonly certificateFile: string
  /** The key of the certificate, where that is another one. */
  readonly tlsKeyFile: string
  readonly caFile: string
  /** The system's command keys as public keys in PEM. */
  readonly systemKeyFiles: readonly string[]
  readonly brokerUrl: string
  readonly journalFolder: string
  readonly wire: { readonly host: string; readonly port: number }
  readonly linkTimes: LinkTimes
}

export interface SettingsError {
  readonly setting: string
  readonly given: string
  readonly accepted: string
}

const durationMs = Type.Integer({ minimum: 1, maximum: 86_400_000 })
const file = Type.String({ minLength: 1 })
const MAX_SYSTEM_KEYS = 16
const MAX_GIVEN_SHOWN = 80
const MS_PER_S = 1000

/** What may be set of `CHIP_TIMES`. */
export const chipTimes = Type.Object(
  {
    codeLifetimeS: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
    codeRenewBeforeMs: Type.Optional(durationMs),
    helloIntervalMs: Type.Optional(durationMs),
    progressIntervalMs: Type.Optional(durationMs),
    endScreenMs: Type.Optional(durationMs),
    outcomeFirstPauseMs: Type.Optional(durationMs),
    outcomeLongestPauseMs: Type.Optional(durationMs),
  },
  { additionalProperties: false },
)
/** What may be set of `LINK_TIMES`. */
export const linkTimes = Type.Object(
  {
    firstPauseMs: Type.Optional(durationMs),
    longestPauseMs: Type.Optional(durationMs),
    connectTimeoutMs: Type.Optional(durationMs),
    acceptTimeoutMs: Type.Optional(durationMs),
    keepaliveS: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
  },
  { additionalProperties: false },
)

const schema = Type.Object(
  {
    chipId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    keyFile: file,
    certificateFile: file,
    tlsKeyFile: Type.Optional(file),
    caFile: file,
    systemKeyFiles: Type.Array(file, { minItems: 1, maxItems: MAX_SYSTEM_KEYS }),
    brokerUrl: Type.String({ pattern: '^mqtts://[^/]+$' }),
    journalFolder: file,
    wire: Type.Object(
      { host: file, port: Type.Integer({ minimum: 1, maximum: 65_535 }) },
      { additionalProperties: false },
    ),
    paymentOrigin: Type.String(),
    codes: Type.Union([Type.Literal('displayed'), Type.Literal('printed')]),
    times: Type.Optional(chipTimes),
    linkTimes: Type.Optional(linkTimes),
  },
  { additionalProperties: false },
)

/** Reads, checks and freezes. Errors name the setting, what was given and what is accepted. */
export function readSettings(path: string): Result<ProcessSettings, SettingsError> {
  const given = readJson('--settings', path)
  return given.ok ? checkSettings(given.value) : given
}

/** What the file named by an option holds. */
export function readJson(option: string, path: string): Result<unknown, SettingsError> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return { ok: true, value }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return refuse(option, path, `a readable file of JSON (${reason})`)
  }
}

export function checkSettings(given: unknown): Result<ProcessSettings, SettingsError> {
  if (!Value.Check(schema, given)) return refuseFirst(schema, given)
  const origin = parsePaymentOrigin(given.paymentOrigin)
  if (!origin.ok) {
    const accepted = `https://HOST, or http://localhost with a port, short enough for a QR code (${origin.error})`
    return refuse('paymentOrigin', given.paymentOrigin, accepted)
  }
  const times = checkTimes(given.times)
  if (!times.ok) return times
  const { chipId, codes } = given
  const chip = Object.freeze({
    chipId: ChipId.of(chipId),
    paymentOrigin: origin.value,
    codes,
    times: times.value,
  })
  const { keyFile, certificateFile, caFile, systemKeyFiles, brokerUrl, journalFolder, wire } = given
  const value: ProcessSettings = Object.freeze({
    chip,
    keyFile,
    certificateFile,
    tlsKeyFile: given.tlsKeyFile ?? keyFile,
    caFile,
    systemKeyFiles,
    brokerUrl,
    journalFolder,
    wire,
    linkTimes: Object.freeze({ ...LINK_TIMES, ...given.linkTimes }),
  })
  return { ok: true, value }
}

/** The defaults with what was set of them. */
export function checkTimes(given: Partial<ChipTimes> | undefined): Result<ChipTimes, SettingsError> {
  const times = Object.freeze({ ...CHIP_TIMES, ...given })
  if (times.codeRenewBeforeMs < times.codeLifetimeS * MS_PER_S) return { ok: true, value: times }
  return refuse('times.codeRenewBeforeMs', String(times.codeRenewBeforeMs), 'less than times.codeLifetimeS')
}

/** The first thing that is not as its schema says. */
export function refuseFirst(schema: TSchema, given: unknown): { ok: false; error: SettingsError } {
  const [first] = Value.Errors(schema, given)
  const path = first?.instancePath.slice(1).replaceAll('/', '.') ?? ''
  return refuse(path === '' ? 'settings' : path, show(given, path), first?.message ?? 'other settings')
}

function show(given: unknown, path: string): string {
  let value: unknown = given
  for (const name of path === '' ? [] : path.split('.')) {
    value =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([key]) => key === name)?.[1]
        : undefined
  }
  return (JSON.stringify(value) ?? 'nothing').slice(0, MAX_GIVEN_SHOWN)
}

function refuse(setting: string, given: string, accepted: string): { ok: false; error: SettingsError } {
  return { ok: false, error: { setting, given, accepted } }
}
