import type { HouseCustomer, HouseFleet, HouseMachine } from '#hosting/fleet.ts'
import { ibanOf } from '#hosting/iban.ts'
import type { ThingSettings } from '#machine/simulated/thing.ts'

/** Machines of every kind, fast ones, so that a life of each takes a second. */

const THING: ThingSettings = {
  metered: false,
  evidence: 'sensor',
  resumesByItself: false,
  display: false,
  button: false,
  lamp: false,
  engravedNumber: '',
  unitDurationMs: 120,
  stockUnits: null,
  coinUnits: 0,
}

type Kind = Pick<HouseMachine, 'presence' | 'codes' | 'alg' | 'products' | 'thing'> & {
  readonly number?: string
}

const KINDS: readonly Kind[] = [
  {
    presence: 'words',
    codes: 'displayed',
    alg: 'ES256',
    products: [
      {
        id: 1,
        name: 'Cotton 60°',
        mode: 'sale',
        priceMinor: 250n,
        units: 6,
        unit: 'minute',
        maxDurationS: 3,
      },
    ],
    thing: { ...THING, evidence: 'acknowledged', display: true },
  },
  {
    presence: 'button',
    codes: 'printed',
    alg: 'EdDSA',
    products: [
      {
        id: 1,
        name: 'Three waters',
        mode: 'sale',
        priceMinor: 301n,
        units: 3,
        unit: 'piece',
        maxDurationS: 3,
      },
    ],
    thing: { ...THING, button: true },
  },
  {
    presence: 'plate',
    codes: 'printed',
    alg: 'ES256',
    number: '0417',
    products: [
      { id: 1, name: 'Massage', mode: 'sale', priceMinor: 300n, units: 5, unit: 'minute', maxDurationS: 3 },
    ],
    thing: { ...THING, engravedNumber: '0417', evidence: 'acknowledged' },
  },
  {
    presence: 'blink',
    codes: 'printed',
    alg: 'EdDSA',
    products: [
      { id: 1, name: 'Electricity', mode: 'hold', priceMinor: 45n, units: 8, unit: 'kWh', maxDurationS: 3 },
    ],
    thing: { ...THING, metered: true, lamp: true },
  },
]

const BALANCE_MINOR = 10_000_000n

export interface SmokeSize {
  readonly machines: number
  readonly payers: number
  /** So many machines more, whose chips are still in their boxes. */
  readonly freshChips?: number
}

/** `machines` machines of two merchants, `payers` customers of the bank with money enough. */
export function smokeFleet({ machines, payers, freshChips = 0 }: SmokeSize): HouseFleet {
  return {
    merchants: ['suds', 'kiosk'].map((merchantId, index) => ({
      merchantId,
      name: `Merchant ${merchantId}`,
      support: `help@${merchantId}.example`,
      iban: ibanOf(1001 + index),
    })),
    machines: [
      ...Array.from({ length: machines }, (_, index) => machine(index)),
      ...Array.from({ length: freshChips }, (_, index) => ({ ...machine(machines + index), boxed: true })),
    ],
    customers: Array.from({ length: payers }, (_, index) => customer(index)),
  }
}

function machine(index: number): HouseMachine {
  const kind = KINDS[index % KINDS.length]
  if (!kind) throw new RangeError('there are kinds of machines')
  return {
    key: `m${String(index)}`,
    merchantId: index % 2 === 0 ? 'suds' : 'kiosk',
    name: `Machine ${String(index)}`,
    place: 'Test hall',
    currency: 'EUR',
    ...kind,
  }
}

function customer(index: number): HouseCustomer {
  const username = `payer${String(index)}`
  return {
    username,
    name: `Payer ${String(index)}`,
    iban: ibanOf(2001 + index),
    balanceMinor: BALANCE_MINOR,
    currency: 'EUR',
  }
}
