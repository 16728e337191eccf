import { createHash, randomBytes, randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Air, airNetwork, startAir } from '#chip/setup/radio/air.ts'
import type { Phone } from '#chip/setup/radio/air-phone.ts'
import { ChipId } from '#protocol/identifier.ts'
import { openFactory } from './certificate.ts'
import type { HouseMachine } from './fleet.ts'
import { keep, writeJson } from './kept-file.ts'
import { freePort } from './port.ts'

/** What is printed on the label of a chip, and nowhere else. */
export interface BoxLabel {
  /** The hotspot's name and passphrase: the first QR code. */
  readonly ssid: string
  readonly passphrase: string
  /** Whoever can read it has the chip in hand. */
  readonly proof: string
  /** Where the set-up page is: the second QR code. */
  readonly url: string
}

/** A chip as it left the factory, before anybody opened its box. */
export interface PackedChip {
  readonly chipId: ChipId
  readonly folder: string
  readonly label: Omit<BoxLabel, 'url'>
  readonly idevid: { readonly keyFile: string; readonly certificateFile: string }
}

/** The box, the air around it, and the phone of the person who sets the chip up. */
export interface Box {
  readonly label: BoxLabel
  readonly air: Air
  readonly phone: Phone
  /** The settings of the chip's process, as its factory made them. */
  readonly factoryFile: string
  close(): Promise<void>
}

/** Home of the machine: where its chip belongs. */
export const HOME_NETWORK = airNetwork({
  ssid: 'Lindenhof',
  passphrase: 'clean-shirts-2026',
  strengthPercent: 78,
})

/** What a radio in a basement finds, near and far. */
const NETWORKS = [
  HOME_NETWORK,
  airNetwork({ ssid: 'Lindenhof Guests', strengthPercent: 64, gives: 'portal' }),
  airNetwork({ ssid: 'Bakery', passphrase: 'two-rolls-please', strengthPercent: 41, gives: 'no-route' }),
  airNetwork({ ssid: 'Campus', passphrase: '', strengthPercent: 22, security: 'wpa-enterprise' }),
]

/** Easy to read from a label and to type on a phone. */
const LABEL_ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const PASSPHRASE_CHARACTERS = 12
const PROOF_DIGITS = 8

/** Packs a chip in a folder of its own, or finds it packed there. */
export async function packChip(folder: string, places: { factoryFolder: string }): Promise<PackedChip> {
  const keepLine = async (name: string, make: () => string) =>
    (await keep(path.join(folder, name), () => `${make()}\n`)).trim()
  const chipId = ChipId.of(await keepLine('chip-id', () => randomBytes(ChipId.lengthBytes).toString('hex')))
  const factory = await openFactory(places.factoryFolder)
  return {
    chipId,
    folder,
    label: {
      ssid: `Farthing ${chipId.slice(-4).toUpperCase()}`,
      passphrase: await keepLine('label-passphrase', () => randomText(PASSPHRASE_CHARACTERS)),
      proof: await keepLine('label-proof', () =>
        Array.from({ length: PROOF_DIGITS }, () => String(randomInt(10))).join(''),
      ),
    },
    idevid: await factory.idevid(chipId, 'ES256'),
  }
}

function randomText(characters: number): string {
  return Array.from({ length: characters }, () => LABEL_ALPHABET[randomInt(LABEL_ALPHABET.length)]).join('')
}

/** True once somebody has switched it on: what is unpacked stays unpacked. */
export function wasUnpacked({ folder }: PackedChip): boolean {
  return existsSync(path.join(folder, 'data'))
}

export interface BoxPlan {
  readonly chip: PackedChip
  readonly machine: HouseMachine
  readonly rootFile: string
  readonly wirePort: number
  readonly pageFolder: string
  readonly frameOrigins: readonly string[]
  readonly times?: Readonly<Record<string, number>>
  readonly linkTimes?: Readonly<Record<string, number>>
}

/** Puts the box on the floor of the laundry: an air around it, a phone beside it, its chip not switched on yet. */
export async function unloadBox(plan: BoxPlan): Promise<Box> {
  const { chip, machine } = plan
  const air = await startAir({ networks: NETWORKS })
  const phone = await air.phone()
  // A browser reaches the chip's page through the phone alone, so the phone's address is the page's.
  const url = `http://localhost:${String(phone.port)}`
  const factoryFile = await writeJson(path.join(chip.folder, 'factory.json'), {
    chipId: chip.chipId,
    name: chip.label.ssid,
    dataFolder: path.join(chip.folder, 'data'),
    idevid: chip.idevid,
    rootFile: plan.rootFile,
    label: {
      hotspotPassphrase: chip.label.passphrase,
      proofHash: createHash('sha256').update(chip.label.proof).digest('hex'),
    },
    radio: { kind: 'simulated', host: air.host, port: air.port },
    setup: {
      host: '127.0.0.1',
      port: await freePort(),
      publicUrl: url,
      dnsPort: 0,
      pageFolder: plan.pageFolder,
      frameOrigins: plan.frameOrigins,
    },
    codes: machine.codes,
    wire: { host: '127.0.0.1', port: plan.wirePort },
    ...(plan.times ? { times: plan.times } : {}),
    ...(plan.linkTimes ? { linkTimes: plan.linkTimes } : {}),
  })
  return { label: { ...chip.label, url }, air, phone, factoryFile, close: () => air.close() }
}
