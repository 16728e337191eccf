/**
 * What a simulated radio and the air say to each other: one JSON object per line, every question with a number and
 * exactly one answer with the same number. A radio's first question is `hello`.
 */
import { type Static, Type } from 'typebox'

const id = Type.Integer({ minimum: 0 })
const text = Type.String({ maxLength: 256 })
const host = Type.String({ minLength: 1, maxLength: 256 })
const port = Type.Integer({ minimum: 1, maximum: 65_535 })
const nothing = Type.Object({})

const wifiPlan = Type.Object({ ssid: text, hidden: Type.Boolean(), passphrase: Type.Optional(text) })
const hotspotPlan = Type.Object({ ssid: text, passphrase: text })
/** Where the chip serves what phones in its hotspot see. */
const page = Type.Object({ host, port })

export const AirQuestion = Type.Union([
  Type.Object({ id, op: Type.Literal('hello') }),
  Type.Object({ id, op: Type.Literal('scan') }),
  Type.Object({ id, op: Type.Literal('open-hotspot'), plan: hotspotPlan, page }),
  Type.Object({ id, op: Type.Literal('close-hotspot') }),
  Type.Object({ id, op: Type.Literal('join'), plan: wifiPlan }),
  Type.Object({ id, op: Type.Literal('leave') }),
  Type.Object({ id, op: Type.Literal('connectivity') }),
  Type.Object({ id, op: Type.Literal('ethernet') }),
])
export type AirQuestion = Static<typeof AirQuestion>

const security = Type.Union([
  Type.Literal('open'),
  Type.Literal('wpa-personal'),
  Type.Literal('wpa-enterprise'),
  Type.Literal('wep'),
])
const address = Type.Object({ address: text })
const failure = Type.Object({
  failure: Type.Union([
    Type.Literal('wrong-password'),
    Type.Literal('network-gone'),
    Type.Literal('no-address'),
    Type.Literal('unsupported-security'),
    Type.Literal('radio-failed'),
  ]),
})
const connectivity = Type.Union([
  Type.Literal('full'),
  Type.Literal('portal'),
  Type.Literal('limited'),
  Type.Literal('none'),
])

/** The answer to each question; `id` comes on top. */
export const AirAnswer = {
  hello: Type.Object({ holdsBoth: Type.Boolean(), proxyPort: port }),
  scan: Type.Object({
    networks: Type.Array(
      Type.Object({ ssid: text, strengthPercent: Type.Number({ minimum: 0, maximum: 100 }), security }),
    ),
  }),
  'open-hotspot': address,
  'close-hotspot': nothing,
  join: Type.Union([address, failure]),
  leave: nothing,
  connectivity: Type.Object({ connectivity }),
  ethernet: Type.Object({ plugged: Type.Boolean() }),
} as const satisfies Record<AirQuestion['op'], unknown>
export type AirAnswers = { readonly [Op in keyof typeof AirAnswer]: Static<(typeof AirAnswer)[Op]> }

/** Around everything that is answered. */
export const Numbered = Type.Object({ id })

/** A network's name of 32 bytes takes at most 192 characters of JSON: some hundred of them fit. */
const MAX_LINE_BYTES = 65_536
const NEW_LINE = 0x0a

/** Gives a reader for chunks that calls back with each line's JSON; `spoilt` at the first that is none, or too long. */
export function airLines(receive: (message: unknown) => void, spoilt: () => void): (chunk: Buffer) => void {
  let held = Buffer.alloc(0)
  return (chunk) => {
    held = Buffer.concat([held, chunk])
    for (let end = held.indexOf(NEW_LINE); end !== -1; end = held.indexOf(NEW_LINE)) {
      const line = held.subarray(0, end).toString('utf8')
      held = held.subarray(end + 1)
      let message: unknown
      try {
        message = JSON.parse(line)
      } catch {
        return spoilt()
      }
      receive(message)
    }
    if (held.length > MAX_LINE_BYTES) spoilt()
  }
}
