import type { Verifier } from '#protocol/cose.ts'
import { ChipId } from '#protocol/identifier.ts'
import { currencyOf } from '#protocol/money.ts'
import { nodeVerifier } from '#protocol/node-keys.ts'
import type { Product } from '#protocol/message/tariff.ts'
import type { AnySql } from '../database.ts'
import type { PresenceMethod } from '../payment/state.ts'
import type { MachineRecord, MachineTariff } from './record.ts'

interface MachineRow {
  readonly machine_id: string
  readonly merchant_id: string
  readonly merchant_name: string
  readonly support: string
  readonly iban: string
  readonly name: string
  readonly number: string
  readonly place: string
  readonly picture: string | null
  readonly presence: PresenceMethod
  readonly unproven_max_minor: string | null
  readonly chip_id: string
  readonly chip_revoked: boolean
  readonly chip_quarantined: boolean
  readonly sighting_series: number
  readonly platform_enabled: boolean
  readonly merchant_enabled: boolean
  readonly machine_enabled: boolean
  readonly keys: readonly string[]
  readonly tariff: TariffRow | null
}

export interface TariffRow {
  readonly version: number
  readonly currency: string
  readonly valid_from_s: number
  readonly products: readonly ProductRow[]
}

/** A product as the database keeps it: amounts as text, since JSON numbers are floats. */
export interface ProductRow extends Omit<Product, 'priceMinor' | 'holdMinor'> {
  readonly priceMinor: string
  readonly holdMinor: string
}

/** One query; null when nobody registered this chip. */
export async function loadMachine(sql: AnySql, chipId: ChipId): Promise<MachineRecord | null> {
  const [row] = await sql<MachineRow[]>`
    SELECT machine.machine_id, machine.merchant_id, merchant.name AS merchant_name, merchant.support, merchant.iban,
      machine.name, machine.number, machine.place, machine.picture, machine.presence,
      machine.unproven_max_minor::text AS unproven_max_minor,
      chip.chip_id, chip.revoked_at IS NOT NULL OR chip.released_at IS NOT NULL AS chip_revoked,
      chip.quarantined_at IS NOT NULL AS chip_quarantined, chip.sighting_series,
      platform.enabled AS platform_enabled, merchant.enabled AS merchant_enabled, machine.enabled AS machine_enabled,
      ARRAY(
        SELECT encode(spki, 'base64') FROM chip_key
        WHERE chip_key.chip_id = chip.chip_id AND chip_key.tenure = chip.tenure ORDER BY added_at DESC
      ) AS keys,
      (
        SELECT jsonb_build_object(
          'version', version, 'currency', currency, 'valid_from_s', valid_from_s, 'products', products)
        FROM tariff WHERE tariff.machine_id = machine.machine_id ORDER BY version DESC LIMIT 1
      ) AS tariff
    FROM chip JOIN machine USING (machine_id) JOIN merchant ON merchant.merchant_id = machine.merchant_id
      CROSS JOIN platform
    WHERE chip.chip_id = ${chipId}`
  return row === undefined ? null : recordOf(row)
}

/** What a machine says of itself, whichever chip is in it. */
export async function loadPlacard(
  sql: AnySql,
  machineId: string,
): Promise<Pick<MachineRecord, 'name' | 'number' | 'place' | 'merchant'> | null> {
  const [row] = await sql<
    Pick<MachineRow, 'name' | 'number' | 'place' | 'merchant_id' | 'merchant_name' | 'support' | 'iban'>[]
  >`
    SELECT machine.name, machine.number, machine.place, merchant_id, merchant.name AS merchant_name, merchant.support,
      merchant.iban
    FROM machine JOIN merchant USING (merchant_id) WHERE machine_id = ${machineId}`
  if (row === undefined) return null
  const { name, number, place, support, iban } = row
  return {
    name,
    number,
    place,
    merchant: { merchantId: row.merchant_id, name: row.merchant_name, support, iban },
  }
}

/** The kill switches alone: asked before every step that spends money or moves a machine. */
export async function isChipEnabled(sql: AnySql, chipId: ChipId): Promise<boolean> {
  const [row] = await sql<{ enabled: boolean }[]>`
    SELECT chip.revoked_at IS NULL AND chip.released_at IS NULL AND chip.quarantined_at IS NULL AND machine.enabled AND merchant.enabled AND platform.enabled AS enabled
    FROM chip JOIN machine USING (machine_id) JOIN merchant ON merchant.merchant_id = machine.merchant_id
      CROSS JOIN platform
    WHERE chip.chip_id = ${chipId}`
  return row?.enabled === true
}

/** Every chip that is in use, for whoever has to reach them all. */
export async function chipsInUse(sql: AnySql): Promise<readonly ChipId[]> {
  const rows = await sql<{ chip_id: string }[]>`
    SELECT chip_id FROM chip WHERE revoked_at IS NULL AND released_at IS NULL ORDER BY chip_id`
  return rows.map((row) => ChipId.of(row.chip_id))
}

function recordOf(row: MachineRow): MachineRecord {
  return Object.freeze({
    machineId: row.machine_id,
    merchant: Object.freeze({
      merchantId: row.merchant_id,
      name: row.merchant_name,
      support: row.support,
      iban: row.iban,
    }),
    name: row.name,
    number: row.number,
    place: row.place,
    ...(row.picture === null ? {} : { picture: row.picture }),
    ...(row.unproven_max_minor === null ? {} : { unprovenMaxMinor: BigInt(row.unproven_max_minor) }),
    presence: row.presence,
    chipId: ChipId.of(row.chip_id),
    chipKeys: row.keys.map(verifierOf),
    chipRevoked: row.chip_revoked,
    chipQuarantined: row.chip_quarantined,
    sightingSeries: row.sighting_series,
    enabled: Object.freeze({
      platform: row.platform_enabled,
      merchant: row.merchant_enabled,
      machine: row.machine_enabled,
    }),
    tariff: row.tariff === null ? null : tariffOf(row.tariff),
  })
}

export function tariffOf(row: TariffRow): MachineTariff {
  return Object.freeze({
    tariffVersion: row.version,
    currency: currencyOf(row.currency),
    validFromS: row.valid_from_s,
    products: row.products.map((product) => ({
      ...product,
      priceMinor: BigInt(product.priceMinor),
      holdMinor: BigInt(product.holdMinor),
    })),
  })
}

const VERIFIERS_MAX = 50_000
const verifiers = new Map<string, Verifier>()

/** Importing a key costs about as much as a signature: each is imported once, whoever reloads the record. */
function verifierOf(spkiBase64: string): Verifier {
  const known = verifiers.get(spkiBase64)
  if (known !== undefined) return known
  const verifier = nodeVerifier(new Uint8Array(Buffer.from(spkiBase64, 'base64')))
  if (verifiers.size >= VERIFIERS_MAX) verifiers.clear()
  verifiers.set(spkiBase64, verifier)
  return verifier
}
