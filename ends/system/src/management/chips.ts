import type postgres from 'postgres'
import { type Result, ok } from '#protocol/result.ts'
import type { Reach } from '../access/reach.ts'
import { within } from '../access/within.ts'
import type { AnySql, Sql } from '../database.ts'
import { revokeChip } from '../staff/switch.ts'
import { type By, actorOf } from './by.ts'
import { type Refused, refuse } from './refused.ts'

export interface ChipRecord {
  readonly chipId: string
  readonly machineId: string
  readonly merchantId: string
  readonly siteId: string | null
  readonly revision: number
  readonly revokedAtMs: number | null
  readonly createdAtMs: number
  readonly keyIds: readonly string[]
}

interface ChipQuery {
  readonly reach: Reach
  readonly where: postgres.PendingQuery<postgres.Row[]>
  readonly after: string | null
  readonly limit: number
}

/** By id. A chip stands where its machine stands. */
export async function listChips(sql: AnySql, query: ChipQuery): Promise<readonly ChipRecord[]> {
  return await sql<ChipRecord[]>`
    SELECT chip_id AS "chipId", chip.machine_id AS "machineId", chip.merchant_id AS "merchantId", site_id AS "siteId",
      chip.revision, (extract(epoch FROM revoked_at) * 1000)::float8 AS "revokedAtMs",
      (extract(epoch FROM chip.created_at) * 1000)::float8 AS "createdAtMs",
      ARRAY(SELECT key_id FROM chip_key WHERE chip_key.chip_id = chip.chip_id ORDER BY added_at) AS "keyIds"
    FROM chip JOIN machine USING (machine_id)
    WHERE ${within(sql, query.reach, { merchant: 'chip.merchant_id', site: 'machine.site_id' })} AND ${query.where}
      AND chip_id > ${query.after ?? ''}
    ORDER BY chip_id LIMIT ${query.limit}`
}

/** For good. The caller's right to it was looked at before. */
export async function revokeManagedChip(
  sql: Sql,
  of: { readonly chipId: string; readonly revision: number; readonly by: By },
): Promise<Result<null, Refused>> {
  const [chip] = await sql<{ revision: number; revoked: boolean }[]>`
    SELECT revision, revoked_at IS NOT NULL AS revoked FROM chip WHERE chip_id = ${of.chipId}`
  if (chip === undefined) return refuse('record-unknown')
  if (chip.revision !== of.revision) {
    return refuse('version-passed', { versions: { yours: of.revision, current: chip.revision } })
  }
  if (chip.revoked) return refuse('record-retired')
  const revoked = await revokeChip(sql, of.chipId, { ...actorOf(of.by), why: of.by.reason ?? '' })
  return revoked.ok ? ok(null) : refuse('record-unknown')
}
