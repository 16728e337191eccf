import type { HouseFleet, HouseMachine } from '#hosting/fleet.ts'
import { ibanOf } from '#hosting/iban.ts'
import type { ThingSettings } from '#machine/simulated/thing.ts'

/** A machine of every kind, quick ones: whole lives of them fit into a test. */

const THING: ThingSettings = {
  metered: false,
  evidence: 'sensor',
  resumesByItself: false,
  display: false,
  button: false,
  lamp: false,
  engravedNumber: '',
  unitDurationMs: 100,
  stockUnits: null,
  coinUnits: 0,
}

const AT_HOME = { merchantId: 'lindenhof', place: 'Lindenhof, basement', currency: 'EUR' } as const
const AT_STATION = { merchantId: 'ringkiosk', place: 'Ring station', currency: 'EUR' } as const

const MACHINES = {
  washer: {
    ...AT_HOME,
    key: 'washer',
    name: 'Washing machine 4',
    presence: 'words',
    codes: 'displayed',
    alg: 'ES256',
    products: [
      {
        id: 1,
        name: 'Cotton 60°',
        mode: 'sale',
        priceMinor: 250n,
        units: 5,
        unit: 'minute',
        maxDurationS: 20,
      },
    ],
    thing: { ...THING, evidence: 'acknowledged', display: true },
  },
  /** As the washing machine, and slow enough for a phone to fall asleep meanwhile. */
  dryer: {
    ...AT_HOME,
    key: 'dryer',
    name: 'Dryer 2',
    presence: 'words',
    codes: 'displayed',
    alg: 'EdDSA',
    products: [
      { id: 1, name: 'Dry', mode: 'sale', priceMinor: 200n, units: 8, unit: 'minute', maxDurationS: 20 },
    ],
    thing: { ...THING, evidence: 'acknowledged', display: true, unitDurationMs: 400 },
  },
  snacks: {
    ...AT_STATION,
    key: 'snacks',
    name: 'Snacks and drinks',
    presence: 'button',
    codes: 'printed',
    alg: 'EdDSA',
    products: [
      {
        id: 1,
        name: 'Chocolate bar',
        mode: 'sale',
        priceMinor: 120n,
        units: 1,
        unit: 'piece',
        maxDurationS: 20,
      },
      {
        id: 2,
        name: 'Three waters',
        mode: 'sale',
        priceMinor: 301n,
        units: 3,
        unit: 'piece',
        maxDurationS: 20,
      },
    ],
    thing: { ...THING, button: true },
  },
  chair: {
    ...AT_STATION,
    key: 'chair',
    name: 'Massage chair',
    number: '0417',
    presence: 'plate',
    codes: 'printed',
    alg: 'ES256',
    products: [
      { id: 1, name: 'Massage', mode: 'sale', priceMinor: 300n, units: 4, unit: 'minute', maxDurationS: 20 },
    ],
    thing: { ...THING, evidence: 'acknowledged', engravedNumber: '0417' },
  },
  charger: {
    ...AT_HOME,
    key: 'charger',
    name: 'Charging point 2',
    presence: 'blink',
    codes: 'printed',
    alg: 'EdDSA',
    products: [
      {
        id: 1,
        name: 'Electricity',
        mode: 'hold',
        priceMinor: 45n,
        units: 200,
        unit: 'kWh',
        maxDurationS: 90,
      },
    ],
    thing: { ...THING, metered: true, lamp: true, unitDurationMs: 300 },
  },
} as const satisfies Record<string, HouseMachine>

export type MachineKey = keyof typeof MACHINES

/** Ada has money enough; Ben has less than anything costs. */
export function browserFleet(keys: readonly MachineKey[]): HouseFleet {
  return {
    merchants: [
      {
        merchantId: 'lindenhof',
        name: 'Lindenhof Housing',
        support: 'laundry@lindenhof.example, +49 30 0000 17',
        iban: ibanOf(1001),
      },
      {
        merchantId: 'ringkiosk',
        name: 'Kiosk am Ring',
        support: 'help@ringkiosk.example',
        iban: ibanOf(1002),
      },
    ],
    machines: keys.map((key) => MACHINES[key]),
    customers: [
      { username: 'ada', name: 'Ada Park', iban: ibanOf(2001), balanceMinor: 1_000_000n, currency: 'EUR' },
      { username: 'ben', name: 'Ben Low', iban: ibanOf(2002), balanceMinor: 90n, currency: 'EUR' },
    ],
  }
}
