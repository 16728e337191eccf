import { currencyOf } from '#protocol/money.ts'
import type { Product } from '#protocol/message/tariff.ts'
import type { ThingSettings } from '#machine/simulated/thing.ts'
import type { ChipSettings } from '#chip/core/settings.ts'
import type { PresenceMethod } from '#system/payment/state.ts'

/** What stands in the simulated world: every way to show presence, every grade of evidence, sale and hold. */
export interface MachineKind {
  readonly name: string
  readonly presence: PresenceMethod
  readonly codes: ChipSettings['codes']
  readonly thing: ThingSettings
  readonly products: readonly Product[]
}

const THING: ThingSettings = {
  metered: false,
  evidence: 'sensor',
  resumesByItself: false,
  display: false,
  button: false,
  lamp: false,
  engravedNumber: '',
  unitDurationMs: 1000,
  stockUnits: null,
  coinUnits: 0,
}

const PRODUCT: Product = {
  id: 1,
  name: 'Wash',
  mode: 'sale',
  priceMinor: 250n,
  units: 1,
  unit: 'piece',
  holdMinor: 0n,
  maxDurationS: 90,
}

export const MACHINE_KINDS: readonly MachineKind[] = [
  {
    name: 'washing machine',
    presence: 'words',
    codes: 'displayed',
    thing: { ...THING, display: true, unitDurationMs: 45_000, coinUnits: 1 },
    products: [PRODUCT],
  },
  {
    name: 'dryer',
    presence: 'words',
    codes: 'displayed',
    thing: {
      ...THING,
      display: true,
      evidence: 'acknowledged',
      resumesByItself: true,
      unitDurationMs: 10_000,
      coinUnits: 2,
    },
    products: [{ ...PRODUCT, name: 'Dry', units: 6, unit: 'minute', priceMinor: 150n, maxDurationS: 120 }],
  },
  {
    name: 'snack machine',
    presence: 'button',
    codes: 'printed',
    thing: { ...THING, button: true, unitDurationMs: 2000, stockUnits: 40, coinUnits: 1 },
    products: [
      { ...PRODUCT, name: 'Three bars', units: 3, maxDurationS: 30 },
      { ...PRODUCT, id: 2, name: 'One bar', priceMinor: 99n, maxDurationS: 15 },
    ],
  },
  {
    name: 'massage chair',
    presence: 'plate',
    codes: 'printed',
    thing: { ...THING, evidence: 'command-only', unitDurationMs: 12_000, engravedNumber: '4711' },
    products: [
      { ...PRODUCT, name: 'Massage', units: 5, unit: 'minute', priceMinor: 501n, maxDurationS: 300 },
    ],
  },
  {
    name: 'claw machine',
    presence: 'blink',
    codes: 'printed',
    thing: { ...THING, lamp: true, evidence: 'acknowledged', unitDurationMs: 8000, coinUnits: 1 },
    products: [{ ...PRODUCT, name: 'Game', units: 2, priceMinor: 101n, maxDurationS: 60 }],
  },
  {
    name: 'charger',
    presence: 'words',
    codes: 'displayed',
    thing: { ...THING, display: true, metered: true, unitDurationMs: 2000 },
    products: [
      {
        ...PRODUCT,
        name: 'Charge',
        mode: 'hold',
        units: 60,
        unit: 'Wh',
        priceMinor: 7n,
        holdMinor: 420n,
        maxDurationS: 300,
      },
    ],
  },
  {
    name: 'air pump',
    presence: 'none',
    codes: 'printed',
    thing: { ...THING, evidence: 'sensor', resumesByItself: true, unitDurationMs: 4000 },
    products: [{ ...PRODUCT, name: 'Air', units: 4, unit: 'piece', priceMinor: 50n, maxDurationS: 40 }],
  },
]

export interface MerchantKind {
  readonly merchantId: string
  readonly name: string
  readonly iban: string
  readonly currency: ReturnType<typeof currencyOf>
}

export const MERCHANTS: readonly MerchantKind[] = [
  { merchantId: 'north', name: 'North Laundry', iban: 'DE00NORTH', currency: currencyOf('EUR') },
  { merchantId: 'east', name: 'East Arcade', iban: 'JP00EAST', currency: currencyOf('JPY') },
  { merchantId: 'south', name: 'South Station', iban: 'KW00SOUTH', currency: currencyOf('KWD') },
]
