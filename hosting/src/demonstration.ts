import type { ThingSettings } from '#machine/simulated/thing.ts'
import type { HouseFleet, HouseMachine } from './fleet.ts'
import { ibanOf } from './iban.ts'

const NO_EXTRAS: ThingSettings = {
  metered: false,
  evidence: 'acknowledged',
  resumesByItself: false,
  display: false,
  button: false,
  lamp: false,
  engravedNumber: '',
  unitDurationMs: 1_000,
  stockUnits: null,
  coinUnits: 0,
}

const WASHER: HouseMachine = {
  key: 'washer',
  merchantId: 'lindenhof',
  name: 'Washing machine 4',
  place: 'Lindenhof, laundry room in the basement',
  presence: 'words',
  codes: 'displayed',
  alg: 'ES256',
  currency: 'EUR',
  products: [
    {
      id: 1,
      name: 'Cotton 60°',
      mode: 'sale',
      priceMinor: 250n,
      units: 12,
      unit: 'minute',
      maxDurationS: 60,
    },
    {
      id: 2,
      name: 'Quick 30°',
      mode: 'sale',
      priceMinor: 180n,
      units: 6,
      unit: 'minute',
      maxDurationS: 60,
    },
  ],
  thing: { ...NO_EXTRAS, display: true, unitDurationMs: 1_200, coinUnits: 12 },
}

const SNACKS: HouseMachine = {
  key: 'snacks',
  merchantId: 'ringkiosk',
  name: 'Snacks and drinks',
  place: 'Ring station, platform 2',
  presence: 'button',
  codes: 'printed',
  alg: 'EdDSA',
  currency: 'EUR',
  products: [
    {
      id: 1,
      name: 'Chocolate bar',
      mode: 'sale',
      priceMinor: 120n,
      units: 1,
      unit: 'piece',
      maxDurationS: 30,
    },
    {
      id: 2,
      name: 'Three waters',
      mode: 'sale',
      priceMinor: 300n,
      units: 3,
      unit: 'piece',
      maxDurationS: 60,
    },
  ],
  thing: {
    ...NO_EXTRAS,
    evidence: 'sensor',
    button: true,
    unitDurationMs: 2_500,
    stockUnits: 40,
    coinUnits: 1,
  },
}

const CHAIR: HouseMachine = {
  key: 'chair',
  merchantId: 'ringkiosk',
  name: 'Massage chair',
  number: '0417',
  place: 'Ring station, waiting hall',
  presence: 'plate',
  codes: 'printed',
  alg: 'ES256',
  currency: 'EUR',
  products: [
    { id: 1, name: 'Massage', mode: 'sale', priceMinor: 300n, units: 10, unit: 'minute', maxDurationS: 60 },
  ],
  thing: { ...NO_EXTRAS, engravedNumber: '0417', unitDurationMs: 1_400, coinUnits: 10 },
}

const CHARGER: HouseMachine = {
  key: 'charger',
  merchantId: 'lindenhof',
  name: 'Charging point 2',
  place: 'Lindenhof, car park',
  presence: 'blink',
  codes: 'printed',
  alg: 'EdDSA',
  currency: 'EUR',
  products: [
    { id: 1, name: 'Electricity', mode: 'hold', priceMinor: 45n, units: 20, unit: 'kWh', maxDurationS: 120 },
  ],
  thing: { ...NO_EXTRAS, metered: true, evidence: 'sensor', lamp: true, unitDurationMs: 1_500 },
}

const DRYER: HouseMachine = {
  key: 'dryer',
  merchantId: 'lindenhof',
  name: 'Tumble dryer 1',
  place: 'Lindenhof, laundry room in the basement',
  presence: 'words',
  codes: 'displayed',
  alg: 'ES256',
  currency: 'EUR',
  products: [
    { id: 1, name: 'Dry', mode: 'sale', priceMinor: 150n, units: 8, unit: 'minute', maxDurationS: 60 },
  ],
  thing: { ...NO_EXTRAS, display: true, unitDurationMs: 1_200 },
  boxed: true,
}

/**
 * The house that `npm start` shows: two merchants, four machines and one whose chip is still in its box, two customers
 * of the reference bank.
 */
export const DEMONSTRATION: HouseFleet = {
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
      support: 'help@ringkiosk.example, +49 30 0000 42',
      iban: ibanOf(1002),
    },
  ],
  machines: [WASHER, SNACKS, CHAIR, CHARGER, DRYER],
  customers: [
    { username: 'ada', name: 'Ada Park', iban: ibanOf(2001), balanceMinor: 25_000n, currency: 'EUR' },
    { username: 'ben', name: 'Ben Low', iban: ibanOf(2002), balanceMinor: 90n, currency: 'EUR' },
  ],
}
