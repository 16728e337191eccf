import { ChipId } from '#protocol/identifier.ts'
import { tariff as tariffMessage } from '#protocol/message/tariff.ts'
import { isCurrency } from '#protocol/money.ts'
import { type Result, ok } from '#protocol/result.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { AnySql, Sql } from '../database.ts'
import type { ProductRow } from '../machine/load.ts'
import { type By, actorOf } from './by.ts'
import { type Refused, refuse } from './refused.ts'

/**
 * Prices of one machine, by version; the newest is what the system sells at, and it is in force at the machine once its
 * chip says so. A price that depends on the time of day cannot be told to a chip yet: the protocol's tariff has one price
 * for each product, so whoever wants another in the evening adds a version then.
 */
export interface TariffRecord {
  readonly version: number
  readonly currency: string
  readonly validFromS: number
  readonly products: readonly ProductRow[]
  readonly createdAtMs: number
}

export interface NewTariff {
  readonly currency: string
  readonly products: readonly Omit<ProductRow, 'holdMinor'>[]
}

/** Newest first, older than `before`. */
export async function listTariffs(
  sql: AnySql,
  machineId: string,
  { before, limit }: { readonly before: number | null; readonly limit: number },
): Promise<readonly TariffRecord[]> {
  return await sql<TariffRecord[]>`
    SELECT version, currency, valid_from_s::float8 AS "validFromS", products,
      (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs"
    FROM tariff WHERE machine_id = ${machineId} AND ${before === null ? sql`true` : sql`version < ${before}`}
    ORDER BY version DESC LIMIT ${limit}`
}

/** A new version after `version`, which is 0 for a machine that never had one. It reaches the chips by itself. */
export async function addTariff(
  sql: Sql,
  of: {
    readonly machineId: string
    readonly merchantId: string
    readonly version: number
    readonly tariff: NewTariff
    readonly by: By
  },
): Promise<Result<TariffRecord, Refused>> {
  const { machineId, merchantId, tariff, by } = of
  const products: ProductRow[] = tariff.products.map((product) => ({
    ...product,
    holdMinor: product.mode === 'hold' ? String(BigInt(product.priceMinor) * BigInt(product.units)) : '0',
  }))
  const problem = problemOf({ currency: tariff.currency, products })
  if (problem !== null) return refuse('tariff-refused', { field: problem })
  return await sql.begin(async (transaction) => {
    // The machine's row holds everybody else off, so that versions follow one another.
    await transaction`SELECT 1 FROM machine WHERE machine_id = ${machineId} FOR UPDATE`
    const [newest] = await listTariffs(transaction, machineId, { before: null, limit: 1 })
    const current = newest?.version ?? 0
    if (current !== of.version) return refuse('version-passed', { versions: { yours: of.version, current } })
    await transaction`
      INSERT INTO tariff (machine_id, merchant_id, version, currency, valid_from_s, products)
      VALUES (${machineId}, ${merchantId}, ${current + 1}, ${tariff.currency}, ${Math.floor(by.atMs / 1000)},
        ${products as never})`
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: 'tariff-added',
      target: `machine ${machineId}`,
      merchantId,
      detail: {
        from:
          newest === undefined
            ? null
            : { version: current, currency: newest.currency, products: plain(newest.products) },
        to: { version: current + 1, currency: tariff.currency, products: plain(products) },
        ...(by.reason === undefined ? {} : { why: by.reason }),
      },
    })
    const [added] = await listTariffs(transaction, machineId, { before: null, limit: 1 })
    return added === undefined ? refuse('internal') : ok(added)
  })
}

function plain(products: readonly ProductRow[]) {
  return products.map((product) => ({ ...product }))
}

/** The limits are the protocol's, and the same for every chip. */
function problemOf({
  currency,
  products,
}: {
  currency: string
  products: readonly ProductRow[]
}): string | null {
  if (!isCurrency(currency)) return 'currency'
  const valid = tariffMessage.validate({
    name: 'tariff',
    chipId: ChipId.of('0'.repeat(ChipId.lengthBytes * 2)),
    tariffVersion: 1,
    currency,
    validFromS: 0,
    products: products.map((product) => ({
      ...product,
      priceMinor: BigInt(product.priceMinor),
      holdMinor: BigInt(product.holdMinor),
    })),
  })
  return valid.ok ? null : (valid.error.field ?? valid.error.code)
}
