import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { ORIGIN_LENGTH_MAX, type PaymentOrigin, parsePaymentOrigin } from '#protocol/payment-url.ts'
import { DEFAULT_TIMES, type Times } from './payment/times.ts'

const File = Type.String({ minLength: 1, maxLength: 4096 })
const Port = Type.Integer({ minimum: 0, maximum: 65_535 })
const Count = Type.Integer({ minimum: 1, maximum: 1_000_000 })
/** Up to 400 days; times are shortened by settings where everything is to pass quickly. */
const DurationMs = Type.Integer({ minimum: 1, maximum: 400 * 24 * 3_600_000 })

const closed = { additionalProperties: false }

const TimesSetting = Type.Object(
  Object.fromEntries(Object.keys(DEFAULT_TIMES).map((name) => [name, Type.Optional(DurationMs)])),
  closed,
)

/** How much one network, one payer's device and one chip may ask for. */
const LimitsSetting = Type.Object(
  {
    requestsPerMinutePerNetwork: Type.Optional(Count),
    claimsPerMinutePerNetwork: Type.Optional(Count),
    claimsPerHourPerPayer: Type.Optional(Count),
    claimsPerMinutePerChip: Type.Optional(Count),
    complaintsPerDayPerPayer: Type.Optional(Count),
    complaintsPerDayPerMachine: Type.Optional(Count),
    streamsMax: Type.Optional(Count),
    streamsPerNetworkMax: Type.Optional(Count),
    manageRequestsPerMinutePerCaller: Type.Optional(Count),
    signInsPerMinutePerNetwork: Type.Optional(Count),
  },
  closed,
)

/** Where chips enrol; HTTPS of its own. */
const EstSetting = Type.Object(
  {
    listen: Type.Object({ host: Type.String({ minLength: 1 }), port: Port }, closed),
    certificateFile: File,
    keyFile: File,
    publicAddress: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$' })),
    brokerUrl: Type.Optional(Type.String({ pattern: '^mqtts?://' })),
  },
  closed,
)

const Days = Type.Integer({ minimum: 1, maximum: 3650 })

/** Who signs for whom. */
const IdentitySetting = Type.Object(
  {
    issuers: Type.Array(Type.Object({ certificateFile: File, keyFile: Type.Optional(File) }, closed), {
      minItems: 1,
      maxItems: 8,
    }),
    factoryCaFiles: Type.Array(File, { maxItems: 32 }),
    commandCertificateFiles: Type.Array(File, { maxItems: 8 }),
    commandKeyFiles: Type.Optional(Type.Array(File, { maxItems: 8 })),
    certificateDays: Type.Optional(Days),
    renewalGraceDays: Type.Optional(Days),
  },
  closed,
)

const SettingsFile = Type.Object(
  {
    listen: Type.Object({ host: Type.String({ minLength: 1 }), port: Port }, closed),
    publicOrigin: Type.String(),
    frameOrigins: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 16 })),
    trustedProxies: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 32 })),
    database: Type.Object(
      {
        host: Type.String({ minLength: 1 }),
        port: Port,
        user: Type.String({ minLength: 1 }),
        passwordFile: File,
        database: Type.String({ minLength: 1 }),
        connectionsMax: Type.Optional(Type.Integer({ minimum: 4, maximum: 200 })),
      },
      closed,
    ),
    broker: Type.Object(
      { url: Type.String({ pattern: '^mqtts?://' }), caFile: File, certificateFile: File, keyFile: File },
      closed,
    ),
    commandKeyFile: File,
    pseudonymSecretFile: File,
    bank: Type.Object(
      {
        url: Type.String({ pattern: '^https?://' }),
        tokenFile: File,
        publicKeyFile: File,
      },
      closed,
    ),
    payerPageFolder: File,
    est: Type.Optional(EstSetting),
    identity: Type.Optional(IdentitySetting),
    limits: Type.Optional(LimitsSetting),
    times: Type.Optional(TimesSetting),
    logLevel: Type.Optional(
      Type.Union([Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error')]),
    ),
  },
  closed,
)
type SettingsFile = Static<typeof SettingsFile>

export interface Limits {
  readonly requestsPerMinutePerNetwork: number
  readonly claimsPerMinutePerNetwork: number
  readonly claimsPerHourPerPayer: number
  readonly claimsPerMinutePerChip: number
  readonly complaintsPerDayPerPayer: number
  readonly complaintsPerDayPerMachine: number
  readonly streamsMax: number
  readonly streamsPerNetworkMax: number
  readonly manageRequestsPerMinutePerCaller: number
  readonly signInsPerMinutePerNetwork: number
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  requestsPerMinutePerNetwork: 600,
  claimsPerMinutePerNetwork: 30,
  claimsPerHourPerPayer: 30,
  claimsPerMinutePerChip: 12,
  complaintsPerDayPerPayer: 3,
  complaintsPerDayPerMachine: 20,
  streamsMax: 5000,
  streamsPerNetworkMax: 64,
  manageRequestsPerMinutePerCaller: 600,
  signInsPerMinutePerNetwork: 20,
})

export interface DatabaseSettings {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly passwordFile: string
  readonly database: string
  readonly connectionsMax: number
}

export interface EstSettings {
  readonly listen: { readonly host: string; readonly port: number }
  readonly certificateFile: string
  readonly keyFile: string
  /** As chips reach it, `host[:port]`; where it listens, unless told. */
  readonly publicAddress: string
  /** As chips reach the broker; as we do, unless told. */
  readonly brokerUrl: string
}

export interface IdentitySettings {
  /** CAs under the root in `broker.caFile`. The newest with a key issues; earlier ones still verify. */
  readonly issuers: readonly { readonly certificateFile: string; readonly keyFile?: string }[]
  /** CAs of manufacturers, trusted for enrolment alone. */
  readonly factoryCaFiles: readonly string[]
  /** Of every command key that chips are to obey. */
  readonly commandCertificateFiles: readonly string[]
  /** Beside `commandKeyFile`. The newest certificate with its key at hand signs. */
  readonly commandKeyFiles: readonly string[]
  readonly certificateDays: number
  readonly renewalGraceDays: number
}

export interface Settings {
  readonly listen: { readonly host: string; readonly port: number }
  /** The address that codes lead to, and the origin of the payer's page. */
  readonly publicOrigin: PaymentOrigin
  /** Pages that may show the payer's page in a frame. */
  readonly frameOrigins: readonly string[]
  /** Addresses of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  readonly database: DatabaseSettings
  readonly broker: {
    readonly url: string
    readonly caFile: string
    readonly certificateFile: string
    readonly keyFile: string
  }
  readonly commandKeyFile: string
  readonly pseudonymSecretFile: string
  readonly bank: {
    readonly url: string
    readonly tokenFile: string
    readonly publicKeyFile: string
  }
  readonly payerPageFolder: string
  /** Left out, no chip can enrol here. */
  readonly est?: EstSettings
  /** Left out, nothing is issued and no revocation told. */
  readonly identity?: IdentitySettings
  readonly limits: Limits
  readonly times: Times
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

const CONNECTIONS_DEFAULT = 20
const CERTIFICATE_DAYS_DEFAULT = 90
const RENEWAL_GRACE_DAYS_DEFAULT = 30

/** A setting that cannot be used. The message names the setting, what was given, and what is accepted. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** Reads a settings file once. Files named in it are relative to it. Throws a SettingsError. */
export function readSettings(file: string): Settings {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new SettingsError(`The settings file ${file} cannot be read as JSON: ${messageOf(error)}`, {
      cause: error,
    })
  }
  return checkSettings(parsed, path.dirname(path.resolve(file)))
}

/** Checks settings and freezes them. Throws a SettingsError. */
export function checkSettings(given: unknown, folder: string): Settings {
  if (!Value.Check(SettingsFile, given)) throw firstProblem(given)
  const settings = complete(given, folder)
  for (const origin of settings.frameOrigins) checkFrameOrigin(origin)
  if (settings.est && !settings.identity)
    throw new SettingsError('est needs identity: who issues what chips enrol for.')
  return deepFreeze(settings)
}

function complete(given: SettingsFile, folder: string): Settings {
  const at = (file: string): string => path.resolve(folder, file)
  return {
    listen: given.listen,
    publicOrigin: checkOrigin(given.publicOrigin),
    frameOrigins: given.frameOrigins ?? [],
    trustedProxies: given.trustedProxies ?? [],
    database: {
      ...given.database,
      passwordFile: at(given.database.passwordFile),
      connectionsMax: given.database.connectionsMax ?? CONNECTIONS_DEFAULT,
    },
    broker: {
      url: given.broker.url,
      caFile: at(given.broker.caFile),
      certificateFile: at(given.broker.certificateFile),
      keyFile: at(given.broker.keyFile),
    },
    commandKeyFile: at(given.commandKeyFile),
    pseudonymSecretFile: at(given.pseudonymSecretFile),
    bank: {
      ...given.bank,
      tokenFile: at(given.bank.tokenFile),
      publicKeyFile: at(given.bank.publicKeyFile),
    },
    payerPageFolder: at(given.payerPageFolder),
    ...(given.est ? { est: completeEst(given.est, given.broker.url, at) } : {}),
    ...(given.identity ? { identity: completeIdentity(given.identity, at) } : {}),
    limits: { ...DEFAULT_LIMITS, ...given.limits },
    times: { ...DEFAULT_TIMES, ...given.times },
    logLevel: given.logLevel ?? 'info',
  }
}

function completeEst(
  given: Static<typeof EstSetting>,
  brokerUrl: string,
  at: (file: string) => string,
): EstSettings {
  const { listen } = given
  return {
    listen,
    certificateFile: at(given.certificateFile),
    keyFile: at(given.keyFile),
    publicAddress: given.publicAddress ?? `${listen.host}:${String(listen.port)}`,
    brokerUrl: given.brokerUrl ?? brokerUrl,
  }
}

function completeIdentity(
  given: Static<typeof IdentitySetting>,
  at: (file: string) => string,
): IdentitySettings {
  return {
    issuers: given.issuers.map(({ certificateFile, keyFile }) => ({
      certificateFile: at(certificateFile),
      ...(keyFile === undefined ? {} : { keyFile: at(keyFile) }),
    })),
    factoryCaFiles: given.factoryCaFiles.map(at),
    commandCertificateFiles: given.commandCertificateFiles.map(at),
    commandKeyFiles: (given.commandKeyFiles ?? []).map(at),
    certificateDays: given.certificateDays ?? CERTIFICATE_DAYS_DEFAULT,
    renewalGraceDays: given.renewalGraceDays ?? RENEWAL_GRACE_DAYS_DEFAULT,
  }
}

function checkOrigin(origin: string): PaymentOrigin {
  const parsed = parsePaymentOrigin(origin)
  if (parsed.ok) return parsed.value
  const accepted =
    parsed.error === 'origin-too-long'
      ? `at most ${String(ORIGIN_LENGTH_MAX)} characters, so that a payment code fits its QR code`
      : 'https://host[:port] in lowercase and without a path, or http://localhost[:port]'
  throw new SettingsError(`publicOrigin is ${show(origin)}; accepted is ${accepted}.`)
}

function checkFrameOrigin(origin: string): void {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return
  throw new SettingsError(
    `frameOrigins has ${show(origin)}; accepted are origins such as https://example.org.`,
  )
}

function firstProblem(given: unknown): SettingsError {
  const problems = Value.Errors(SettingsFile, given)
  const problem = problems.find(({ keyword }) => keyword !== 'boolean') ?? problems[0]
  if (problem === undefined) return new SettingsError('The settings are not accepted.')
  const name = problem.instancePath.slice(1).replaceAll('/', '.') || 'settings'
  const found = Value.Pointer.Get(given, problem.instancePath)
  const value = typeof found === 'object' ? '' : ` is ${show(found)};`
  const details = Object.values(problem.params).flat().map(String).join(', ')
  return new SettingsError(`${name}:${value} it ${problem.message} (${details}).`)
}

const SHOWN_CHARACTERS_MAX = 80

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}…`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner as object)
  }
  return Object.freeze(value)
}

/** A secret from the file that a setting names; one line, without its line break. Throws a SettingsError. */
export function readSecret(setting: string, file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new SettingsError(`${setting} names ${file}, which cannot be read.`, { cause: error })
  }
  if (text === '') throw new SettingsError(`${setting} names ${file}, which is empty.`)
  return text
}
