import { createPrivateKey, createPublicKey } from 'node:crypto'
import { ibanOf } from '#hosting/iban.ts'
import { ChipId } from '#protocol/identifier.ts'
import { type Currency, currencyOf } from '#protocol/money.ts'
import type { Product } from '#protocol/message/tariff.ts'
import { keyIdOfSpki } from '#protocol/node-keys.ts'
import type { MachineRecord } from '#system/machine/record.ts'
import type { PresenceMethod } from '#system/payment/state.ts'
import { type Chance, weighted } from './chance.ts'

/** Of each machine's kind: what it sells, and how it shows that the payer is there. */
interface MachineKind {
  readonly name: string
  readonly presence: PresenceMethod
  readonly products: readonly Product[]
  readonly weight: number
}

const sale = { mode: 'sale', holdMinor: 0n } as const
const KINDS: readonly MachineKind[] = [
  {
    name: 'Washer',
    presence: 'words',
    weight: 4,
    products: [
      { ...sale, id: 1, name: 'Wash 40', priceMinor: 350n, units: 1, unit: 'wash', maxDurationS: 3600 },
      { ...sale, id: 2, name: 'Wash 60', priceMinor: 450n, units: 1, unit: 'wash', maxDurationS: 5400 },
    ],
  },
  {
    name: 'Snacks',
    presence: 'words',
    weight: 3,
    products: [
      { ...sale, id: 1, name: 'Three bars', priceMinor: 400n, units: 3, unit: 'piece', maxDurationS: 60 },
    ],
  },
  {
    name: 'Charger',
    presence: 'words',
    weight: 2,
    products: [
      {
        id: 1,
        name: 'Charging',
        mode: 'hold',
        priceMinor: 45n,
        holdMinor: 3600n,
        units: 80,
        unit: 'kWh',
        maxDurationS: 14_400,
      },
    ],
  },
  {
    name: 'Claw machine',
    presence: 'button',
    weight: 2,
    products: [
      { ...sale, id: 1, name: 'Five tries', priceMinor: 500n, units: 5, unit: 'try', maxDurationS: 300 },
    ],
  },
  {
    name: 'Massage chair',
    presence: 'plate',
    weight: 1,
    products: [
      { ...sale, id: 1, name: 'Ten minutes', priceMinor: 200n, units: 1, unit: 'session', maxDurationS: 600 },
    ],
  },
]

export interface SeededMerchant {
  readonly merchantId: string
  readonly name: string
  readonly support: string
  readonly iban: string
  readonly currency: Currency
  readonly siteIds: readonly string[]
  readonly weight: number
}
export interface SeededMachine {
  readonly record: MachineRecord
  readonly siteId: string
  readonly spki: Uint8Array
  readonly keyId: string
}
export interface SeededFleet {
  readonly merchants: readonly SeededMerchant[]
  readonly machines: readonly SeededMachine[]
  /** A machine as payers come to them: a few merchants have most. */
  readonly draw: (chance: Chance) => SeededMachine
}

const MERCHANTS_MIN = 12
const MACHINES_MIN = 60
const PAYMENTS_PER_MACHINE = 200
const MACHINES_PER_SITE = 12
/** Zipf's exponents: of merchants, and of the machines of one. */
const MERCHANT_SKEW = 1.1
const MACHINE_SKEW = 0.3

/** As large as so many payments in a year ask for. */
export function makeFleet(chance: Chance, payments: number): SeededFleet {
  const merchantCount = Math.max(MERCHANTS_MIN, Math.round(Math.sqrt(payments) / 2))
  const machineCount = Math.max(MACHINES_MIN, Math.round(payments / PAYMENTS_PER_MACHINE))
  const weights = Array.from({ length: merchantCount }, (_, rank) => (rank + 1) ** -MERCHANT_SKEW)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const drawKind = weighted(KINDS, (kind) => kind.weight)
  const merchants: SeededMerchant[] = []
  const machines: { readonly machine: SeededMachine; readonly weight: number }[] = []
  for (const [rank, weight] of weights.entries()) {
    const own = Math.max(1, Math.round((machineCount * weight) / total))
    const merchant = makeMerchant(rank, weight, Math.ceil(own / MACHINES_PER_SITE))
    merchants.push(merchant)
    const shares = Array.from({ length: own }, (_, index) => (index + 1) ** -MACHINE_SKEW)
    const whole = shares.reduce((sum, share) => sum + share, 0)
    for (const [index, share] of shares.entries()) {
      const machine = makeMachine(chance, { merchant, kind: drawKind(chance), index })
      machines.push({ machine, weight: (weight * share) / whole })
    }
  }
  const drawn = weighted(machines, (of) => of.weight)
  return {
    merchants,
    machines: machines.map(({ machine }) => machine),
    draw: (by) => drawn(by).machine,
  }
}

function makeMerchant(rank: number, weight: number, sites: number): SeededMerchant {
  const merchantId = `merchant-${String(rank + 1).padStart(5, '0')}`
  return {
    merchantId,
    name: `Merchant ${String(rank + 1)}`,
    support: `help@${merchantId}.example`,
    iban: ibanOf(1_000_000 + rank),
    currency: currencyOf('EUR'),
    siteIds: Array.from({ length: sites }, (_, index) => `site-${String(index + 1).padStart(4, '0')}`),
    weight,
  }
}

function makeMachine(
  chance: Chance,
  of: { readonly merchant: SeededMerchant; readonly kind: MachineKind; readonly index: number },
): SeededMachine {
  const { merchant, kind, index } = of
  const { merchantId, name, support, iban, currency, siteIds } = merchant
  const spki = publicKey(chance)
  const siteId = siteIds[Math.floor(index / MACHINES_PER_SITE)] ?? 'site-0001'
  const record: MachineRecord = {
    machineId: `${merchantId}-${String(index + 1).padStart(5, '0')}`,
    merchant: { merchantId, name, support, iban },
    name: `${kind.name} ${String(index + 1)}`,
    number: String(1000 + index),
    place: `Hall ${siteId.slice(-4)}`,
    presence: kind.presence,
    chipId: ChipId.of(chance.id(ChipId.lengthBytes)),
    chipKeys: [],
    chipRevoked: false,
    chipQuarantined: false,
    sightingSeries: 1,
    enabled: { platform: true, merchant: true, machine: true },
    tariff: { tariffVersion: 1, currency, validFromS: 0, products: [...kind.products] },
  }
  return { record, siteId, spki, keyId: keyIdOfSpki(spki) }
}

/** PKCS #8 of an Ed25519 key (RFC 8410 section 7) before its 32 bytes: so that keys repeat by the seed as well. */
const ED25519_PRIVATE = Buffer.from('302e020100300506032b657004220420', 'hex')
const SEED_BYTES = 32

function publicKey(chance: Chance): Uint8Array {
  const key = Buffer.concat([ED25519_PRIVATE, Buffer.from(chance.id(SEED_BYTES), 'hex')])
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  return new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }))
}
