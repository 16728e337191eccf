import type { HouseFleet, HouseMachine } from '#hosting/fleet.ts'
import { ibanOf } from '#hosting/iban.ts'
import type { ThingSettings } from '#machine/simulated/thing.ts'

/** The machines at which things go wrong: few, and quick. */

const THING: ThingSettings = {
  metered: false,
  evidence: 'acknowledged',
  resumesByItself: false,
  display: false,
  button: false,
  lamp: false,
  engravedNumber: '',
  unitDurationMs: 150,
  stockUnits: null,
  coinUnits: 0,
}

const COMMON = { place: 'Test hall', currency: 'EUR', alg: 'ES256' } as const

/** Shows a fresh code for each sale. */
export const WASHER: HouseMachine = {
  ...COMMON,
  key: 'washer',
  merchantId: 'suds',
  name: 'Washer',
  presence: 'words',
  codes: 'displayed',
  products: [
    { id: 1, name: 'Cotton', mode: 'sale', priceMinor: 250n, units: 5, unit: 'minute', maxDurationS: 3 },
  ],
  thing: { ...THING, display: true },
}

/** A printed code and nothing else to show presence by; takes coins too. */
export const VENDOR: HouseMachine = {
  ...COMMON,
  key: 'vendor',
  merchantId: 'kiosk',
  name: 'Vendor',
  presence: 'none',
  codes: 'printed',
  products: [
    { id: 1, name: 'Waters', mode: 'sale', priceMinor: 300n, units: 3, unit: 'piece', maxDurationS: 3 },
  ],
  thing: { ...THING, coinUnits: 40 },
}

/** Holds first, captures what its meter says. */
export const CHARGER: HouseMachine = {
  ...COMMON,
  key: 'charger',
  merchantId: 'suds',
  name: 'Charger',
  presence: 'none',
  codes: 'printed',
  products: [
    { id: 1, name: 'Current', mode: 'hold', priceMinor: 45n, units: 8, unit: 'kWh', maxDurationS: 3 },
  ],
  thing: { ...THING, metered: true, evidence: 'sensor' },
}

export const MERCHANTS = { suds: ibanOf(1001), kiosk: ibanOf(1002) } as const
/** Enough for one or two payments; every other payer of the hall has plenty. */
export const POOR_BALANCE_MINOR = 100n
const BALANCE_MINOR = 1_000_000n

/** With customers `payer0` to `payer5`, and `poor`. */
export function hallFleet(...machines: readonly HouseMachine[]): HouseFleet {
  const payers = Array.from({ length: 6 }, (_, index) => ({
    username: `payer${String(index)}`,
    balanceMinor: BALANCE_MINOR,
  }))
  const customers = [...payers, { username: 'poor', balanceMinor: POOR_BALANCE_MINOR }]
  return {
    merchants: Object.entries(MERCHANTS).map(([merchantId, iban]) => ({
      merchantId,
      name: `Merchant ${merchantId}`,
      support: `help@${merchantId}.example`,
      iban,
    })),
    machines,
    customers: customers.map(({ username, balanceMinor }, index) => ({
      username,
      name: `Customer ${username}`,
      iban: ibanOf(2001 + index),
      balanceMinor,
      currency: 'EUR',
    })),
  }
}
