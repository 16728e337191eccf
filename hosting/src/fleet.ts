import type { ThingSettings } from '#machine/simulated/thing.ts'

/** A machine of the house: what the fleet file says of it, and the simulated thing that stands for it. */
export interface HouseMachine {
  /** Names its chip's process and folder: `washer`. Letters, digits and hyphens. */
  readonly key: string
  readonly merchantId: string
  readonly name: string
  readonly place: string
  /** What is engraved on it; needed where presence is shown by the plate. */
  readonly number?: string
  readonly presence: 'none' | 'words' | 'button' | 'blink' | 'plate'
  readonly codes: 'displayed' | 'printed'
  readonly alg: 'ES256' | 'EdDSA'
  readonly currency: string
  readonly products: readonly HouseProduct[]
  readonly thing: ThingSettings
  /** Its chip is as it left the factory: somebody has to unpack it and set it up before it sells anything. */
  readonly boxed?: boolean
}

export interface HouseProduct {
  readonly id: number
  readonly name: string
  readonly mode: 'sale' | 'hold'
  /** Sale: the whole price. Hold: the price of one unit. In minor units. */
  readonly priceMinor: bigint
  /** Sale: how many are delivered. Hold: the most that can be used. */
  readonly units: number
  readonly unit: string
  readonly maxDurationS: number
}

export interface HouseMerchant {
  readonly merchantId: string
  readonly name: string
  readonly support: string
  readonly iban: string
}

export interface HouseCustomer {
  readonly username: string
  readonly name: string
  readonly iban: string
  readonly balanceMinor: bigint
  readonly currency: string
}

export interface HouseFleet {
  readonly merchants: readonly HouseMerchant[]
  readonly machines: readonly HouseMachine[]
  readonly customers: readonly HouseCustomer[]
}
