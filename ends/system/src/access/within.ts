import type postgres from 'postgres'
import type { AnySql } from '../database.ts'
import type { Reach } from './reach.ts'

/** Column names of a query's rows, where they stand. */
export interface PlaceColumns {
  readonly merchant: string
  /** Left out where rows stand with their merchant: sites then reach none of them. */
  readonly site?: string
}

/** A condition for WHERE: the rows that a reach covers and no other (I14). */
export function within(
  sql: AnySql,
  reach: Reach,
  columns: PlaceColumns,
): postgres.PendingQuery<postgres.Row[]> {
  if (reach.everywhere) return sql`true`
  const { merchantIds, sites } = reach
  const [only] = merchantIds
  const merchant = sql(columns.merchant)
  // One merchant is by far the most usual, and by equality an index gives its rows in order.
  const byMerchant =
    merchantIds.length === 1 ? sql`${merchant} = ${only ?? ''}` : sql`${merchant} = ANY (${[...merchantIds]})`
  if (columns.site === undefined || sites.length === 0)
    return merchantIds.length === 0 ? sql`false` : byMerchant
  const bySite = sql`(${merchant}, ${sql(columns.site)}) IN (
    SELECT * FROM unnest(${sites.map((site) => site.merchantId)}::text[], ${sites.map((site) => site.siteId)}::text[]))`
  return merchantIds.length === 0 ? bySite : sql`(${byMerchant} OR ${bySite})`
}
