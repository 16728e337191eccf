import { isDeepStrictEqual } from 'node:util'
import { keyIdOfSpki } from '#protocol/node-keys.ts'
import { type Result, fail, ok } from '#protocol/result.ts'
import { type StaffAction, recordStaffAction } from '../audit/staff-action.ts'
import type { AnySql, Sql } from '../database.ts'
import { provisionedLeaf, registerLeaf } from '../identity/certificate-record.ts'
import { type FleetFile, type MachineEntry, type MerchantEntry, productsOf } from './fleet-file.ts'
import type { ProductRow } from './load.ts'

export interface FleetApplied {
  readonly merchants: number
  readonly machines: number
  /** Machines whose prices changed; their chips get the new tariff. */
  readonly newTariffs: readonly string[]
}

/**
 * Brings the registry to what the file says, all of it or nothing. What is not in the file stays as it is. Doing it
 * twice changes nothing the second time; changed prices make a new tariff version.
 */
export async function applyFleet(
  sql: Sql,
  fleet: FleetFile,
  action: Pick<StaffAction, 'actor' | 'atMs'>,
): Promise<Result<FleetApplied, string>> {
  const refusals: string[] = []
  const applied = await sql
    .begin(async (transaction) => {
      for (const merchant of fleet.merchants) {
        const refusal = await applyMerchant(transaction, merchant)
        if (refusal !== null) {
          refusals.push(`merchant ${merchant.merchantId}: ${refusal}.`)
          throw new FleetRefused()
        }
      }
      const newTariffs: string[] = []
      for (const machine of fleet.machines) {
        const refusal = await applyMachine(transaction, machine)
        if (refusal !== null) {
          refusals.push(`machine ${machine.machineId}: ${refusal}.`)
          throw new FleetRefused()
        }
        if (await applyTariff(transaction, machine, action.atMs)) newTariffs.push(machine.machineId)
      }
      await recordStaffAction(transaction, {
        ...action,
        action: 'fleet-applied',
        target: 'fleet',
        detail: { merchants: fleet.merchants.length, machines: fleet.machines.length, newTariffs },
      })
      return { merchants: fleet.merchants.length, machines: fleet.machines.length, newTariffs }
    })
    .catch((error: unknown) => {
      if (error instanceof FleetRefused) return null
      throw error
    })
  return applied === null ? fail(refusals[0] ?? 'refused') : ok(applied)
}

/** Leaves the transaction; the reason is told beside it. */
class FleetRefused extends Error {}

async function applyMerchant(sql: AnySql, merchant: MerchantEntry): Promise<string | null> {
  const { merchantId, name, support, iban } = merchant
  const [known] = await sql<{ iban: string; retired: boolean }[]>`
    SELECT iban, retired_at IS NOT NULL AS retired FROM merchant WHERE merchant_id = ${merchantId}`
  if (known?.retired) return 'it is retired'
  // Whoever writes the file is one person, and an account is changed by two.
  if (known !== undefined && known.iban !== iban)
    return 'its account is changed by two people, in the management'
  await sql`
    INSERT INTO merchant (merchant_id, name, support, iban) VALUES (${merchantId}, ${name}, ${support}, ${iban})
    ON CONFLICT (merchant_id) DO UPDATE SET name = excluded.name, support = excluded.support`
  for (const site of merchant.sites ?? []) {
    await sql`
      INSERT INTO site (merchant_id, site_id, name) VALUES (${merchantId}, ${site.siteId}, ${site.name})
      ON CONFLICT (merchant_id, site_id) DO UPDATE SET name = excluded.name`
  }
  return null
}

async function applyMachine(sql: AnySql, machine: MachineEntry): Promise<string | null> {
  const [merchant] = await sql`SELECT 1 FROM merchant WHERE merchant_id = ${machine.merchantId}`
  if (merchant === undefined) return `there is no merchant ${machine.merchantId}`
  const [owner] = await sql<{ merchant_id: string; retired: boolean }[]>`
    SELECT merchant_id, retired_at IS NOT NULL AS retired FROM machine WHERE machine_id = ${machine.machineId}`
  if (owner !== undefined && owner.merchant_id !== machine.merchantId) return 'it belongs to another merchant'
  if (owner?.retired) return 'it is retired'
  await sql`
    INSERT INTO machine (machine_id, merchant_id, site_id, name, number, place, picture, presence)
    VALUES (${machine.machineId}, ${machine.merchantId}, ${machine.siteId ?? null}, ${machine.name},
      ${machine.number ?? ''}, ${machine.place}, ${machine.picture ?? null}, ${machine.presence})
    ON CONFLICT (machine_id) DO UPDATE SET site_id = excluded.site_id, name = excluded.name,
      number = excluded.number, place = excluded.place, picture = excluded.picture, presence = excluded.presence`
  return await applyChip(sql, machine)
}

async function applyChip(sql: AnySql, machine: MachineEntry): Promise<string | null> {
  const { chipId, machineId, merchantId, chipKey, chipCertificate } = machine
  if (chipId === undefined || chipKey === undefined) return null
  const [inUse] = await sql<{ chip_id: string }[]>`
    SELECT chip_id FROM chip WHERE machine_id = ${machineId} AND revoked_at IS NULL AND released_at IS NULL`
  if (inUse !== undefined && inUse.chip_id !== chipId) {
    return `chip ${inUse.chip_id} is in it; revoke that chip before another takes its place`
  }
  const [known] = await sql<{ machine_id: string; revoked: boolean; released: boolean; tenure: number }[]>`
    SELECT machine_id, tenure, revoked_at IS NOT NULL AS revoked, released_at IS NOT NULL AS released FROM chip WHERE chip_id = ${chipId}`
  if (known !== undefined && known.machine_id !== machineId)
    return `chip ${chipId} is in machine ${known.machine_id}`
  if (known?.revoked) return `chip ${chipId} was revoked`
  if (known?.released) return `chip ${chipId} was released; it has to be set up anew`
  if (known === undefined) {
    await sql`INSERT INTO chip (chip_id, merchant_id, machine_id) VALUES (${chipId}, ${merchantId}, ${machineId})`
  }
  const spki = Buffer.from(chipKey.spki, 'base64')
  await sql`
    INSERT INTO chip_key (chip_id, merchant_id, key_id, algorithm, spki)
    VALUES (${chipId}, ${merchantId}, ${keyIdOfSpki(new Uint8Array(spki))}, ${chipKey.alg}, ${spki})
    ON CONFLICT (chip_id, key_id) DO NOTHING`
  const leaf = chipCertificate === undefined ? null : provisionedLeaf(chipCertificate, chipId)
  if (leaf) await registerLeaf(sql, leaf, { chipId, merchantId, tenure: known?.tenure ?? 1 })
  return null
}

/** True when the prices are new. */
async function applyTariff(sql: AnySql, machine: MachineEntry, atMs: number): Promise<boolean> {
  const products: ProductRow[] = productsOf(machine).map((product) => ({
    ...product,
    priceMinor: product.priceMinor.toString(),
    holdMinor: product.holdMinor.toString(),
  }))
  const { currency } = machine.tariff
  const [newest] = await sql<{ version: number; currency: string; products: ProductRow[] }[]>`
    SELECT version, currency, products FROM tariff WHERE machine_id = ${machine.machineId}
    ORDER BY version DESC LIMIT 1`
  if (newest?.currency === currency && isDeepStrictEqual(newest.products, products)) return false
  await sql`
    INSERT INTO tariff (machine_id, merchant_id, version, currency, valid_from_s, products)
    VALUES (${machine.machineId}, ${machine.merchantId}, ${(newest?.version ?? 0) + 1}, ${currency},
      ${Math.floor(atMs / 1000)}, ${products as never})`
  return true
}
