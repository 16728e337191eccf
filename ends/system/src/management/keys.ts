import { type Result, ok } from '#protocol/result.ts'
import type { Caller, Place, Reach } from '../access/reach.ts'
import { within } from '../access/within.ts'
import { type NewKey, makeKey, scopeRefused } from '../api-key/api-key.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { AnySql, Sql } from '../database.ts'
import { type By, actorOf } from './by.ts'
import { type Refused, refuse } from './refused.ts'

export interface KeyRecord extends Place {
  readonly keyId: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly madeBy: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly usedAtMs: number | null
  readonly revokedAtMs: number | null
}

/** By id. Never a secret: there is none to show. */
export async function listKeys(
  sql: AnySql,
  query: {
    readonly reach: Reach
    readonly after: string | null
    readonly limit: number
    readonly keyId?: string
  },
): Promise<readonly KeyRecord[]> {
  return await sql<KeyRecord[]>`
    SELECT key_id AS "keyId", name, scopes, merchant_id AS "merchantId", site_id AS "siteId", made_by AS "madeBy",
      (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
      (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAtMs",
      (extract(epoch FROM used_at) * 1000)::float8 AS "usedAtMs",
      (extract(epoch FROM revoked_at) * 1000)::float8 AS "revokedAtMs"
    FROM api_key
    WHERE ${within(sql, query.reach, { merchant: 'merchant_id', site: 'site_id' })}
      AND ${query.keyId === undefined ? sql`true` : sql`key_id = ${query.keyId}`} AND key_id > ${query.after ?? ''}
    ORDER BY key_id LIMIT ${query.limit}`
}

/** The whole key comes back once; the trail has its id and what it may. */
export async function addKey(
  sql: Sql,
  of: { readonly caller: Caller; readonly key: NewKey; readonly by: By },
): Promise<Result<Awaited<ReturnType<typeof makeKey>>, Refused>> {
  const { caller, key, by } = of
  const field = scopeRefused(caller, key.scopes, key.place)
  if (field !== null) return refuse('grant-refused', { field })
  return await sql.begin(async (transaction) => {
    const made = await makeKey(transaction, key, by.atMs)
    const { merchantId, siteId } = key.place
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: 'api-key-added',
      target: `api-key ${made.keyId}`,
      ...(merchantId === null ? {} : { merchantId }),
      detail: { scopes: key.scopes, siteId, expiresAtMs: key.expiresAtMs },
    })
    return ok(made)
  })
}

export async function revokeKey(
  sql: Sql,
  of: { readonly keyId: string; readonly by: By },
): Promise<Result<null, Refused>> {
  const { keyId, by } = of
  return await sql.begin(async (transaction) => {
    const [revoked] = await transaction<{ merchant_id: string | null }[]>`
      UPDATE api_key SET revoked_at = ${new Date(by.atMs)} WHERE key_id = ${keyId} AND revoked_at IS NULL
      RETURNING merchant_id`
    if (revoked === undefined) return refuse('record-retired')
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: 'api-key-revoked',
      target: `api-key ${keyId}`,
      ...(revoked.merchant_id === null ? {} : { merchantId: revoked.merchant_id }),
      detail: { why: by.reason ?? '' },
    })
    return ok(null)
  })
}
