import { type Result, fail, ok } from '#protocol/result.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { Sql } from '../database.ts'
import type { CloneSign } from './clone.ts'

/**
 * Nothing may be begun with this chip until staff have looked; its certificates stay good, so that what it signs is
 * still heard, as evidence. False where it is held back already, or no longer in use.
 */
export async function quarantineChip(
  sql: Sql,
  chipId: string,
  why: { readonly sign: CloneSign; readonly atMs: number },
): Promise<boolean> {
  return await sql.begin(async (transaction) => {
    const [row] = await transaction<{ merchant_id: string }[]>`
      UPDATE chip SET quarantined_at = ${new Date(why.atMs)}, quarantine_reason = ${why.sign}
      WHERE chip_id = ${chipId} AND quarantined_at IS NULL AND revoked_at IS NULL AND released_at IS NULL
      RETURNING merchant_id`
    if (row === undefined) return false
    await recordStaffAction(transaction, {
      actor: 'system',
      atMs: why.atMs,
      action: 'chip-quarantined',
      target: `chip ${chipId}`,
      merchantId: row.merchant_id,
      detail: { sign: why.sign },
    })
    return true
  })
}

/** Staff have looked, and there is one chip only. What was seen of its boots is forgotten. */
export async function liftQuarantine(
  sql: Sql,
  chipId: string,
  act: { readonly actor: string; readonly atMs: number },
): Promise<Result<null, 'unknown' | 'not-quarantined'>> {
  return await sql.begin(async (transaction) => {
    const [chip] = await transaction`SELECT 1 FROM chip WHERE chip_id = ${chipId}`
    if (chip === undefined) return fail('unknown')
    const [row] = await transaction<{ merchant_id: string }[]>`
      UPDATE chip SET quarantined_at = NULL, quarantine_reason = NULL, sighting_series = sighting_series + 1
      WHERE chip_id = ${chipId} AND quarantined_at IS NOT NULL RETURNING merchant_id`
    if (row === undefined) return fail('not-quarantined')
    await recordStaffAction(transaction, {
      ...act,
      action: 'quarantine-lifted',
      target: `chip ${chipId}`,
      merchantId: row.merchant_id,
      detail: {},
    })
    return ok(null)
  })
}
