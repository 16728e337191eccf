import type { Verifier } from '#protocol/cose.ts'
import type { ChipId } from '#protocol/identifier.ts'
import type { Product, Tariff } from '#protocol/message/tariff.ts'
import type { ClaimRefusal } from '../payment/reason.ts'
import type { PresenceMethod } from '../payment/state.ts'

/** A tariff as the system owns it; with `name` and `chipId` it is the message that a chip gets. */
export type MachineTariff = Omit<Tariff, 'name' | 'chipId'>

/** What the system knows of the machine behind one chip, merged from its merchant, its chip and its tariffs. */
export interface MachineRecord {
  readonly machineId: string
  readonly merchant: {
    readonly merchantId: string
    readonly name: string
    readonly support: string
    readonly iban: string
  }
  readonly name: string
  /** The number engraved on the machine; empty when it has none. */
  readonly number: string
  readonly place: string
  readonly picture?: string
  readonly presence: PresenceMethod
  /** The most that one payment may be, in minor units, where presence is not proven by the machine itself. */
  readonly unprovenMaxMinor?: bigint
  readonly chipId: ChipId
  /** Imported once. All keys of this tenure, retired ones included: they verify what they signed in their time. */
  readonly chipKeys: readonly Verifier[]
  /** Revoked or released: it causes nothing any more, and what it signed is evidence. */
  readonly chipRevoked: boolean
  /** There may be two of it (`identity/clone.ts`): it causes nothing until staff have looked. */
  readonly chipQuarantined: boolean
  /** Grows whenever what was seen of the chip's boots is to be forgotten. */
  readonly sightingSeries: number
  readonly enabled: { readonly platform: boolean; readonly merchant: boolean; readonly machine: boolean }
  /** The tariff in force: the newest. Null while the machine sells nothing. */
  readonly tariff: MachineTariff | null
}

/** Why nothing may be begun at this machine; null when all is well (kill switches, I13). */
export function refusalOf(record: MachineRecord): ClaimRefusal | null {
  if (!record.enabled.platform) return 'system-disabled'
  if (!record.enabled.merchant) return 'merchant-disabled'
  if (!record.enabled.machine) return 'machine-disabled'
  if (record.chipRevoked) return 'chip-revoked'
  return record.chipQuarantined ? 'chip-quarantined' : null
}

/** Nothing that such a chip says may cause anything; its signed outcomes are kept as evidence in a case (I13). */
export function isDistrusted(record: MachineRecord): boolean {
  return record.chipRevoked || record.chipQuarantined
}

export function productOf(record: MachineRecord, productId: number): Product | null {
  return record.tariff?.products.find(({ id }) => id === productId) ?? null
}

/** Methods by which the machine itself has no part in showing that the payer is there. */
const UNPROVEN: ReadonlySet<PresenceMethod> = new Set(['none', 'plate'] as const)

/** Whether one payment of so much, in minor units, is more than a machine without proof of presence may take. */
export function isAboveLimit(record: MachineRecord, amountMinor: bigint): boolean {
  const { presence, unprovenMaxMinor } = record
  return UNPROVEN.has(presence) && unprovenMaxMinor !== undefined && amountMinor > unprovenMaxMinor
}
