import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { fail, ok, parsePaymentOrigin, type Result } from '#protocol'

/** As many command keys as a chip keeps; a rotation needs two or three. */
export const MAX_COMMAND_KEYS = 16
const MAX_PEM_CHARACTERS = 16_384
const FORMAT = 1

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const pem = text(MAX_PEM_CHARACTERS)
const closed = { additionalProperties: false } as const

const network = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('wifi'),
      ssid: text(32),
      hidden: Type.Boolean(),
      passphrase: Type.Optional(text(64)),
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal('ethernet') }, closed),
])
const machine = Type.Object({ driver: text(64), wiring: text(256) }, closed)
/** Where the system's enrolment service listens. */
const address = Type.Object({ host: text(253), port: Type.Integer({ minimum: 1, maximum: 65_535 }) }, closed)
const keyFile = Type.String({ pattern: '^ldevid-[0-9]{1,9}\\.key\\.pem$' })
const connection = Type.Object(
  {
    brokerUrl: Type.String({ pattern: '^mqtts://[^/]+$', maxLength: 300 }),
    paymentOrigin: text(300),
    /** Each a certificate in PEM, the chain behind it if there is one. */
    commandKeys: Type.Array(pem, { minItems: 1, maxItems: MAX_COMMAND_KEYS }),
  },
  closed,
)
const configuration = Type.Object(
  {
    format: Type.Literal(FORMAT),
    chipId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    network,
    system: Type.Object({ address }, closed),
    machine,
    /** The local identity (LDevID, IEEE 802.1AR): its key, named by its file, and the certificate with its chain. */
    identity: Type.Object({ keyFile, certificatePem: pem }, closed),
    connection,
  },
  closed,
)
const pending = Type.Object(
  {
    format: Type.Literal(FORMAT),
    network,
    system: Type.Object({ address, claimCode: text(32) }, closed),
    machine,
    keyFile,
  },
  closed,
)

/** What the system tells a chip that comes with its identity: where to connect, and who may command it. */
export type Connection = Static<typeof connection>
/** All that makes a chip out of the box the chip of one machine. The identity's key is a file beside it. */
export type Configuration = Omit<Static<typeof configuration>, 'format'>
/** A set-up under way: kept so that it can be repeated to the letter if power goes before its answer is written. */
export type Pending = Omit<Static<typeof pending>, 'format'>

/** `damaged`: not what was written. `foreign`: whole, and not from this kind of chip or this version. */
export type FileProblem = 'damaged' | 'foreign'

export function encodeConfiguration(value: Configuration): Uint8Array {
  return encode(value)
}

export function decodeConfiguration(bytes: Uint8Array): Result<Configuration, FileProblem> {
  const parsed = parse(bytes)
  if (!parsed.ok) return parsed
  if (!Value.Check(configuration, parsed.value)) return fail('foreign')
  const { format: _, ...value } = parsed.value
  return ok(value)
}

export function encodePending(value: Pending): Uint8Array {
  return encode(value)
}

export function decodePending(bytes: Uint8Array): Result<Pending, FileProblem> {
  const parsed = parse(bytes)
  if (!parsed.ok) return parsed
  if (!Value.Check(pending, parsed.value)) return fail('foreign')
  const { format: _, ...value } = parsed.value
  return ok(value)
}

/** What `connection` of the system answers, of which only what a chip keeps is kept. */
export function readConnection(given: unknown): Connection | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const { brokerUrl, paymentOrigin, commandKeys }: Record<string, unknown> = { ...given }
  const value = { brokerUrl, paymentOrigin, commandKeys }
  return Value.Check(connection, value) && parsePaymentOrigin(value.paymentOrigin).ok ? value : undefined
}

function encode(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify({ format: FORMAT, ...value }, null, 2)}\n`)
}

function parse(bytes: Uint8Array): Result<unknown, FileProblem> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return ok(value)
  } catch {
    return fail('damaged')
  }
}
