import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { ChipId, type Result } from '#protocol'
import type { ChipTimes } from './core/settings.ts'
import { LINK_TIMES, type LinkTimes } from './link.ts'
import { checkTimes, chipTimes, linkTimes, readJson, refuseFirst, type SettingsError } from './settings.ts'
import type { SetUpListen, SetUpParts, SetUpTimes } from './setup/set-up-parts.ts'

/** What a chip knows as it leaves the factory. Secrets of its identity are named by their files. */
export interface FactorySettings {
  readonly chipId: ChipId
  /** Of the hotspot, as the label has it. */
  readonly name: string
  /** All that the chip ever learns stands in here; an empty one is a chip in its box. */
  readonly dataFolder: string
  readonly idevid: { readonly keyFile: string; readonly certificateFile: string }
  /** The one certificate that the chip trusts. */
  readonly rootFile: string
  readonly label: SetUpParts['label']
  readonly radio: RadioSettings
  readonly setup: SetUpListen
  readonly wire: { readonly host: string; readonly port: number }
  readonly codes: 'displayed' | 'printed'
  readonly times: ChipTimes
  readonly linkTimes: LinkTimes
  readonly setupTimes: Partial<SetUpTimes>
}

export type RadioSettings =
  | { readonly kind: 'simulated'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'network-manager'
      readonly interface: string
      /** A second one for the hotspot, where the adapter can be station and access point at once. */
      readonly hotspotInterface?: string
    }
  | { readonly kind: 'none' }

const closed = { additionalProperties: false } as const
const text = Type.String({ minLength: 1, maxLength: 4096 })
/** As Linux takes it. */
const interfaceName = Type.String({ pattern: '^[^\\s/:]{1,15}$' })
const port = Type.Integer({ minimum: 1, maximum: 65_535 })
const portOrNone = Type.Integer({ minimum: 0, maximum: 65_535 })
const durationMs = Type.Integer({ minimum: 1, maximum: 86_400_000 })

const schema = Type.Object(
  {
    chipId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    name: Type.String({ minLength: 1, maxLength: 32 }),
    dataFolder: text,
    idevid: Type.Object({ keyFile: text, certificateFile: text }, closed),
    rootFile: text,
    label: Type.Object(
      {
        hotspotPassphrase: Type.String({ pattern: '^[\\x20-\\x7e]{8,63}$' }),
        proofHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      },
      closed,
    ),
    radio: Type.Union([
      Type.Object({ kind: Type.Literal('simulated'), host: text, port }, closed),
      Type.Object(
        {
          kind: Type.Literal('network-manager'),
          interface: interfaceName,
          hotspotInterface: Type.Optional(interfaceName),
        },
        closed,
      ),
      Type.Object({ kind: Type.Literal('none') }, closed),
    ]),
    setup: Type.Object(
      {
        host: text,
        port: portOrNone,
        publicUrl: Type.String({ pattern: '^http://[0-9A-Za-z.-]+(:[0-9]{1,5})?$' }),
        dnsPort: portOrNone,
        pageFolder: Type.Optional(text),
        frameOrigins: Type.Optional(Type.Array(text, { maxItems: 8 })),
      },
      closed,
    ),
    wire: Type.Object({ host: text, port }, closed),
    codes: Type.Optional(Type.Union([Type.Literal('displayed'), Type.Literal('printed')])),
    times: Type.Optional(chipTimes),
    linkTimes: Type.Optional(linkTimes),
    setupTimes: Type.Optional(
      Type.Object(
        {
          openMs: Type.Optional(durationMs),
          hotspotGoesAfterMs: Type.Optional(durationMs),
          resultShownMs: Type.Optional(durationMs),
          resultSeenMs: Type.Optional(durationMs),
          stepMs: Type.Optional(durationMs),
        },
        closed,
      ),
    ),
  },
  closed,
)

/** Reads, checks and freezes what `--factory` names. */
export function readFactorySettings(path: string): Result<FactorySettings, SettingsError> {
  const given = readJson('--factory', path)
  return given.ok ? checkFactorySettings(given.value) : given
}

export function checkFactorySettings(given: unknown): Result<FactorySettings, SettingsError> {
  if (!Value.Check(schema, given)) return withoutLabel(refuseFirst(schema, given))
  const times = checkTimes(given.times)
  if (!times.ok) return times
  const { radio, setup } = given
  if (radio.kind === 'network-manager' && setup.host === new URL(setup.publicUrl).hostname) {
    // The page's server stands before the hotspot does, and longer.
    const accepted =
      '0.0.0.0: the address of the hotspot is there only while it is up, and others see no page anyway'
    return { ok: false, error: { setting: 'setup.host', given: setup.host, accepted } }
  }
  const value: FactorySettings = Object.freeze({
    ...given,
    chipId: ChipId.of(given.chipId),
    codes: given.codes ?? 'displayed',
    times: times.value,
    linkTimes: Object.freeze({ ...LINK_TIMES, ...given.linkTimes }),
    setupTimes: Object.freeze({ ...given.setupTimes }),
  })
  return { ok: true, value }
}

/** What is secret on the label is not repeated in a message. */
function withoutLabel({ error }: { error: SettingsError }): { ok: false; error: SettingsError } {
  const given = error.setting.startsWith('label') ? 'something else' : error.given
  return { ok: false, error: { ...error, given } }
}
