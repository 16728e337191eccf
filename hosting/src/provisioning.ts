import { randomBytes, randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { ChipId } from '#protocol/identifier.ts'
import { currencyOf, formatDecimal } from '#protocol/money.ts'
import { generateNodeKeys, spkiOfPem } from '#protocol/node-keys.ts'
import { type PackedChip, packChip } from './boxed-chip.ts'
import { openAuthority, openFactory, type CertificateFiles } from './certificate.ts'
import type { HouseFleet, HouseMachine } from './fleet.ts'
import { keep, keepSecret, write, writeJson } from './kept-file.ts'

/** A house's keys, secrets and certificates: where they are, and what is public about them. */
export interface Provisioned {
  readonly folder: string
  /** Where the house's authority is kept: root, issuing authorities, what they signed. */
  readonly identityFolder: string
  /** The root's certificate: what every end trusts. */
  readonly rootFile: string
  /** The same, as settings name it. */
  readonly caFile: string
  /** The issuing authorities, the newest last. */
  readonly issuing: readonly CertificateFiles[]
  /** The manufacturer of chips that are not set up yet. */
  readonly factory: { readonly folder: string; readonly caFile: string }
  readonly broker: CertificateFiles
  readonly estServer: CertificateFiles
  readonly system: CertificateFiles
  readonly watcher: CertificateFiles
  /** Signs what the system tells chips. */
  readonly commandKeyFile: string
  /** Its public half, for the chips. */
  readonly commandPublicKeyFile: string
  /** The root's word that this key may command. */
  readonly commandCertificateFile: string
  readonly pseudonymSecretFile: string
  /** What the system shows the bank. */
  readonly bankTokenFile: string
  readonly bankSigningKeyFile: string
  readonly bankPublicKeyFile: string
  readonly bankSeedFile: string
  readonly fleetFile: string
  readonly chips: ReadonlyMap<string, ProvisionedChip>
  /** Those that are still in their box, by the key of the machine they are meant for. */
  readonly packed: ReadonlyMap<string, PackedChip>
  /** By username. The bank's customers are inventions; a person at the stage signs in with these. */
  readonly customerPasswords: ReadonlyMap<string, string>
}

export interface ProvisionedChip {
  readonly chipId: ChipId
  readonly folder: string
  /** Signs what the chip says; another key than that of its certificate. */
  readonly keyFile: string
  readonly certificate: CertificateFiles
}

/** Easy to read from one screen and to type on another. */
const WORDS = [
  'amber',
  'birch',
  'cedar',
  'ember',
  'fjord',
  'heron',
  'lunar',
  'maple',
  'north',
  'olive',
  'quiet',
  'river',
]
const WORDS_IN_PASSWORD = 3

/** Makes what a house needs, in its folder. What is there already stays: a second call changes nothing. */
export async function provision(folder: string, fleet: HouseFleet): Promise<Provisioned> {
  const at = (...parts: string[]) => path.join(folder, ...parts)
  // A folder made by an earlier version has a `certificates` beside it, with another authority. It is left alone.
  const identityFolder = at('identity')
  const authority = await openAuthority(identityFolder)
  const factory = await openFactory(at('factory'))
  const command = await keyPair(at('keys', 'system-command'), 'ES256')
  const bankSigning = await keyPair(at('keys', 'bank-signing'), 'EdDSA')
  const chips = new Map<string, ProvisionedChip>()
  const packed = new Map<string, PackedChip>()
  for (const machine of fleet.machines) {
    const own = at('chips', machine.key)
    if (machine.boxed) {
      packed.set(machine.key, await packChip(own, { factoryFolder: at('factory') }))
      continue
    }
    const id = await keep(
      path.join(own, 'chip-id'),
      () => `${randomBytes(ChipId.lengthBytes).toString('hex')}\n`,
    )
    const chipId = ChipId.of(id.trim())
    const { keyFile } = await keyPair(path.join(own, 'signing'), machine.alg)
    chips.set(machine.key, { chipId, folder: own, keyFile, certificate: await authority.client(chipId) })
  }
  const customerPasswords = await passwords(at('customers'), fleet)
  return {
    folder,
    identityFolder,
    rootFile: authority.caFile,
    caFile: authority.caFile,
    issuing: authority.issuing(),
    factory: { folder: at('factory'), caFile: factory.caFile },
    broker: await authority.server('broker'),
    estServer: await authority.server('est'),
    system: await authority.client('system'),
    watcher: await authority.client('watcher'),
    commandKeyFile: command.keyFile,
    commandPublicKeyFile: command.publicKeyFile,
    commandCertificateFile: await authority.commandCertificate(command.keyFile),
    pseudonymSecretFile: await keepSecret(at('secrets', 'pseudonym')),
    bankTokenFile: await keepSecret(at('secrets', 'bank-token')),
    bankSigningKeyFile: bankSigning.keyFile,
    bankPublicKeyFile: bankSigning.publicKeyFile,
    bankSeedFile: await writeJson(at('bank-seed.json'), seedOf(fleet, at('customers'))),
    fleetFile: await writeJson(at('fleet.json'), await fleetFileOf(fleet, chips)),
    chips,
    packed,
    customerPasswords,
  }
}

async function keyPair(base: string, alg: 'ES256' | 'EdDSA') {
  const keyFile = `${base}.key.pem`
  const pem = await keep(keyFile, () => generateNodeKeys(alg).privateKeyPem)
  const spki = Buffer.from(spkiOfPem(pem)).toString('base64')
  const lines = spki.match(/.{1,64}/g)?.join('\n') ?? ''
  const publicKeyFile = await write(
    `${base}.public.pem`,
    `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`,
  )
  return { keyFile, publicKeyFile }
}

async function passwords(folder: string, fleet: HouseFleet): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { username } of fleet.customers) {
    const words = () =>
      Array.from({ length: WORDS_IN_PASSWORD }, () => WORDS[randomInt(WORDS.length)]).join('-')
    const text = await keep(
      path.join(folder, `${username}.password`),
      () => `${words()}-${String(randomInt(10, 100))}\n`,
    )
    found.set(username, text.trim())
  }
  return found
}

/** As `ends/bank` reads it. */
function seedOf(fleet: HouseFleet, passwordFolder: string): unknown {
  return {
    customers: fleet.customers.map(({ username, name, iban, balanceMinor, currency }) => ({
      username,
      passwordFile: path.join(passwordFolder, `${username}.password`),
      name,
      iban,
      balance: balanceOf(currency, balanceMinor),
    })),
    merchants: fleet.merchants.map(({ merchantId, name, iban }) => ({
      name,
      iban,
      balance: balanceOf(fleet.machines.find((machine) => machine.merchantId === merchantId)?.currency, 0n),
    })),
  }
}

function balanceOf(currency: string | undefined, amountMinor: bigint) {
  const money = { currency: currencyOf(currency ?? 'EUR'), amountMinor }
  return { currency: money.currency, amount: formatDecimal(money) }
}

/** As `ends/system` reads it. */
async function fleetFileOf(fleet: HouseFleet, chips: ReadonlyMap<string, ProvisionedChip>): Promise<unknown> {
  return {
    merchants: fleet.merchants,
    machines: await Promise.all(
      fleet.machines.map(async (machine) => {
        const chip = chips.get(machine.key)
        // Without one it waits for whoever claims it when setting a chip up.
        if (!chip) return machineEntry(machine, {})
        const spki = Buffer.from(spkiOfPem(await readFile(chip.keyFile, 'utf8'))).toString('base64')
        return machineEntry(machine, {
          chipId: chip.chipId,
          chipKey: { alg: machine.alg, spki },
          chipCertificate: await readFile(chip.certificate.certificateFile, 'utf8'),
        })
      }),
    ),
  }
}

function machineEntry(machine: HouseMachine, chip: object): unknown {
  const { key, merchantId, name, number, place, presence, currency, products } = machine
  return {
    machineId: key,
    merchantId,
    name,
    ...(number === undefined ? {} : { number }),
    place,
    presence,
    ...chip,
    tariff: {
      currency,
      products: products.map((product) => ({ ...product, priceMinor: String(product.priceMinor) })),
    },
  }
}
