import type { Verifier } from '#protocol/cose.ts'
import { ChipId } from '#protocol/identifier.ts'
import type { MachineRecord, MachineTariff } from '#system/machine/record.ts'
import { refusalOf } from '#system/machine/record.ts'
import type { MachineKind, MerchantKind } from './fleet.ts'

/** One change of a machine's record; what was in force at a moment can be found again afterwards. */
export interface RecordChange {
  readonly atMs: number
  readonly record: MachineRecord
}

const EPOCH_S = 1_800_000_000
export const EPOCH_MS = EPOCH_S * 1000

/** The fleet as the system's database would hold it, with its whole history. Times are the system's, in epoch ms. */
export class Registry {
  readonly #history = new Map<ChipId, RecordChange[]>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  add(
    chipId: ChipId,
    of: { readonly kind: MachineKind; readonly merchant: MerchantKind; readonly key: Verifier },
  ): void {
    const { kind, merchant, key } = of
    const record: MachineRecord = {
      machineId: `machine-${chipId}`,
      merchant: { ...merchant, support: 'help@example.org' },
      name: kind.name,
      number: kind.thing.engravedNumber,
      place: 'hall',
      presence: kind.presence,
      chipId,
      chipKeys: [key],
      chipRevoked: false,
      chipQuarantined: false,
      sightingSeries: 1,
      enabled: { platform: true, merchant: true, machine: true },
      tariff: {
        tariffVersion: 1,
        currency: merchant.currency,
        validFromS: EPOCH_S - 1,
        products: [...kind.products],
      },
    }
    this.#history.set(chipId, [{ atMs: this.#nowMs(), record }])
  }

  chipIds(): readonly ChipId[] {
    return [...this.#history.keys()]
  }

  now(chipId: ChipId): MachineRecord | null {
    return this.#history.get(chipId)?.at(-1)?.record ?? null
  }

  /** As it was then; the oldest for a moment before all. */
  at(chipId: ChipId, atMs: number): MachineRecord | null {
    const changes = this.#history.get(chipId)
    return (changes?.findLast((change) => change.atMs <= atMs) ?? changes?.[0])?.record ?? null
  }

  isEnabledNow(chipId: ChipId): boolean {
    const record = this.now(chipId)
    return record !== null && refusalOf(record) === null
  }

  history(): ReadonlyMap<ChipId, readonly RecordChange[]> {
    return this.#history
  }

  setEnabled(target: 'all' | { merchantId: string } | { chipId: ChipId }, enabled: boolean): void {
    for (const chipId of this.chipIds()) {
      const record = this.now(chipId)
      if (record === null) continue
      if (target === 'all') this.#change(chipId, { enabled: { ...record.enabled, platform: enabled } })
      else if ('chipId' in target) {
        if (target.chipId === chipId)
          this.#change(chipId, { enabled: { ...record.enabled, machine: enabled } })
      } else if (target.merchantId === record.merchant.merchantId) {
        this.#change(chipId, { enabled: { ...record.enabled, merchant: enabled } })
      }
    }
  }

  revokeChip(chipId: ChipId): void {
    this.#change(chipId, { chipRevoked: true })
  }

  /** A new version with other prices, in force at once. */
  changeTariff(chipId: ChipId, addMinor: bigint): void {
    const tariff = this.now(chipId)?.tariff
    if (!tariff) return
    const products = tariff.products.map((product) => {
      const priceMinor = product.priceMinor + addMinor
      const holdMinor = product.mode === 'hold' ? priceMinor * BigInt(product.units) : 0n
      return { ...product, priceMinor, holdMinor }
    })
    const next: MachineTariff = { ...tariff, tariffVersion: tariff.tariffVersion + 1, products }
    this.#change(chipId, { tariff: next })
  }

  #change(chipId: ChipId, changes: Partial<MachineRecord>): void {
    const before = this.now(chipId)
    if (before === null) return
    this.#history.get(chipId)?.push({ atMs: this.#nowMs(), record: { ...before, ...changes } })
  }
}

export function chipIdOf(index: number): ChipId {
  return ChipId.of((0xc0de_0000 + index).toString(16).padStart(ChipId.lengthBytes * 2, '0'))
}
