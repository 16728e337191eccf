import { readFileSync } from 'node:fs'
import { Type } from 'typebox'
import { Value } from 'typebox/value'

const Port = Type.Integer({ minimum: 0, maximum: 65535 })
const Text = Type.String({ minLength: 1, maxLength: 1000 })
const Milliseconds = Type.Integer({ minimum: 1, maximum: 86_400_000 })
const Seconds = Type.Integer({ minimum: 1, maximum: 31_536_000 })
const exact = { additionalProperties: false }

const TimesSchema = Type.Object(
  {
    approvalS: Type.Optional(Seconds),
    onePaymentValidS: Type.Optional(Seconds),
    sessionIdleS: Type.Optional(Seconds),
    sessionLongestS: Type.Optional(Seconds),
    signInWindowS: Type.Optional(Seconds),
    expirySweepMs: Type.Optional(Milliseconds),
    notificationTimeoutMs: Type.Optional(Milliseconds),
    notificationPauseFirstMs: Type.Optional(Milliseconds),
    notificationPauseMaxMs: Type.Optional(Milliseconds),
  },
  exact,
)

const FileSchema = Type.Object(
  {
    listen: Type.Object({ host: Text, port: Port }, exact),
    publicUrl: Text,
    databaseUrlFile: Type.Optional(Text),
    database: Type.Optional(
      Type.Object({ host: Text, port: Port, user: Text, passwordFile: Text, database: Text }, exact),
    ),
    seedFile: Type.Optional(Text),
    tppTokenFile: Text,
    tppName: Type.Optional(Text),
    bankName: Type.Optional(Text),
    signingKeyFile: Text,
    notificationUrl: Text,
    notificationTriesMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    timeZone: Type.Optional(Text),
    frameAncestors: Type.Optional(Type.Array(Text, { maxItems: 20 })),
    redirectOrigins: Type.Optional(Type.Array(Text, { maxItems: 20 })),
    times: Type.Optional(TimesSchema),
  },
  exact,
)

export type DatabaseSettings =
  | { readonly kind: 'url'; readonly urlFile: string }
  | {
      readonly kind: 'parts'
      readonly host: string
      readonly port: number
      readonly user: string
      readonly passwordFile: string
      readonly database: string
    }

/** Defaults of every time the bank waits for, each with its unit. */
export const DEFAULT_TIMES = {
  /** How long the customer may take to approve or refuse. */
  approvalS: 900,
  /** How long an approved single payment may be ordered. */
  onePaymentValidS: 3600,
  sessionIdleS: 900,
  sessionLongestS: 28_800,
  /** The window in which failed sign-ins are counted. */
  signInWindowS: 900,
  expirySweepMs: 1000,
  notificationTimeoutMs: 5000,
  notificationPauseFirstMs: 500,
  notificationPauseMaxMs: 300_000,
}
export type Times = Readonly<typeof DEFAULT_TIMES>

/** After so many failed tries a notification is kept and no longer sent; with the default pauses that is a day. */
const NOTIFICATION_TRIES_MAX = 300

export interface Settings {
  readonly listen: { readonly host: string; readonly port: number }
  readonly publicUrl: string
  readonly database: DatabaseSettings
  readonly seedFile?: string
  readonly tppTokenFile: string
  readonly tppName: string
  readonly bankName: string
  readonly signingKeyFile: string
  readonly notificationUrl: string
  readonly notificationTriesMax: number
  readonly timeZone: string
  readonly frameAncestors: readonly string[]
  readonly redirectOrigins: readonly string[]
  readonly times: Times
}

/** A setting that stops the start; its message names the setting, what was given, and what is accepted. */
export class SettingsError extends Error {}

/** Reads, checks and freezes the settings; throws `SettingsError` with one sentence for people. */
export function readSettings(file: string): Settings {
  let given: unknown
  try {
    given = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new SettingsError(
      `settings ${file}: cannot be read as JSON (${error instanceof Error ? error.message : 'no reason given'})`,
    )
  }
  return checkSettings(given)
}

export function checkSettings(given: unknown): Settings {
  if (!Value.Check(FileSchema, given)) throw new SettingsError(describeFault(given))
  const { databaseUrlFile, database, seedFile } = given
  if ((databaseUrlFile === undefined) === (database === undefined)) {
    throw new SettingsError('settings: give exactly one of database and databaseUrlFile')
  }
  const settings: Settings = {
    listen: Object.freeze(given.listen),
    publicUrl: checkUrl('publicUrl', given.publicUrl).origin,
    database: Object.freeze(
      database === undefined
        ? { kind: 'url' as const, urlFile: String(databaseUrlFile) }
        : { kind: 'parts' as const, ...database },
    ),
    ...(seedFile === undefined ? {} : { seedFile }),
    tppTokenFile: checkFile('tppTokenFile', given.tppTokenFile),
    tppName: given.tppName ?? 'Farthing',
    bankName: given.bankName ?? 'Bank of Pebbles',
    signingKeyFile: checkFile('signingKeyFile', given.signingKeyFile),
    notificationUrl: checkUrl('notificationUrl', given.notificationUrl).href,
    notificationTriesMax: given.notificationTriesMax ?? NOTIFICATION_TRIES_MAX,
    timeZone: checkTimeZone(given.timeZone ?? 'UTC'),
    frameAncestors: (given.frameAncestors ?? []).map((url) => checkUrl('frameAncestors', url).origin),
    redirectOrigins: (given.redirectOrigins ?? []).map((url) => checkUrl('redirectOrigins', url).origin),
    times: Object.freeze({ ...DEFAULT_TIMES, ...given.times }),
  }
  return Object.freeze(settings)
}

function describeFault(given: unknown): string {
  const [fault] = Value.Errors(FileSchema, given)
  const path = fault?.instancePath ?? ''
  const name = path === '' ? 'the file' : path.slice(1).replaceAll('/', '.')
  const value = path === '' ? undefined : Value.Pointer.Get(Object(given), path)
  // A value of a secret's neighbour may be a secret given in the wrong place: only its type is told.
  const was = value === undefined ? '' : ` was given as ${Array.isArray(value) ? 'array' : typeof value};`
  const params = JSON.stringify(fault?.params ?? {})
  return `settings: ${name}${was} ${fault?.message ?? 'is wrong'} (${params})`
}

function checkUrl(name: string, text: string): URL {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new SettingsError(`settings: ${name} was given as "${text}"; accepted is an http or https URL`)
  }
  return url
}

function checkTimeZone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    throw new SettingsError(
      `settings: timeZone was given as "${name}"; accepted is an IANA name such as Europe/Berlin`,
    )
  }
}

function checkFile(name: string, file: string): string {
  try {
    readFileSync(file)
    return file
  } catch {
    throw new SettingsError(`settings: ${name} was given as "${file}"; accepted is a file that can be read`)
  }
}
