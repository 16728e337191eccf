import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Caller, type Grant, type Place, covers } from '../access/reach.ts'
import { type Action, isAction, rowOf } from '../access/table.ts'
import type { AnySql } from '../database.ts'

/** `fk_` so that scanners for leaked secrets know it; the id, by which people do; 256 random bits. */
const KEY_TEXT = /^fk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/
export const KEY_LIFE_DAYS_MAX = 400
const USE_NOTED_MS = 60_000

export interface NewKey {
  readonly name: string
  readonly scopes: readonly Action[]
  readonly place: Place
  readonly madeBy: string
  readonly expiresAtMs: number
}

/** Returns the whole key, which is shown once; its SHA-256 is kept. */
export async function makeKey(
  sql: AnySql,
  key: NewKey,
  nowMs: number,
): Promise<{ readonly keyId: string; readonly keyText: string }> {
  const keyId = randomBytes(8).toString('hex')
  const secret = randomBytes(32)
  await sql`
    INSERT INTO api_key (key_id, secret_hash, name, scopes, merchant_id, site_id, made_by, created_at, expires_at)
    VALUES (${keyId}, ${hashOf(secret)}, ${key.name}, ${[...key.scopes]}, ${key.place.merchantId}, ${key.place.siteId},
      ${key.madeBy}, ${new Date(nowMs)}, ${new Date(key.expiresAtMs)})`
  return { keyId, keyText: `fk_${keyId}_${secret.toString('base64url')}` }
}

/** The first of these scopes that a key cannot have: needs a touch, or its maker may not do it there. */
export function scopeRefused(caller: Caller, scopes: readonly Action[], place: Place): Action | null {
  const mayDo = (action: Action) =>
    caller.grants.some((grant) => rowOf(action).roles.includes(grant.role) && covers(grant, place))
  return scopes.find((action) => rowOf(action).touch === true || !mayDo(action)) ?? null
}

interface KeyRow {
  readonly key_id: string
  readonly secret_hash: Buffer
  readonly scopes: readonly string[]
  readonly merchant_id: string | null
  readonly site_id: string | null
  readonly staff_id: string
  readonly name: string
  readonly used_at: Date | null
  readonly grants: readonly Grant[]
}

/**
 * Whoever this key acts for: its maker, with the maker's roles of this very moment, no further than the key reaches. Null
 * when the key is none, expired, revoked, or its maker has left.
 */
export async function callerOfKey(sql: AnySql, keyText: string, nowMs: number): Promise<Caller | null> {
  const [, keyId, secretText] = KEY_TEXT.exec(keyText) ?? []
  if (keyId === undefined || secretText === undefined) return null
  const now = new Date(nowMs)
  const [row] = await sql<KeyRow[]>`
    SELECT key_id, secret_hash, scopes, api_key.merchant_id, api_key.site_id, staff_id, member.name, api_key.used_at,
      coalesce((
        SELECT jsonb_agg(jsonb_build_object('role', role, 'merchantId', merchant_id, 'siteId', site_id))
        FROM staff_role WHERE staff_role.staff_id = member.staff_id AND withdrawn_at IS NULL), '[]') AS grants
    FROM api_key JOIN staff_member member ON staff_id = made_by
    WHERE key_id = ${keyId} AND revoked_at IS NULL AND api_key.expires_at > ${now} AND member.ended_at IS NULL`
  const given = hashOf(Buffer.from(secretText, 'base64url'))
  if (row === undefined || !timingSafeEqual(row.secret_hash, given)) return null
  if (row.used_at === null || nowMs - row.used_at.getTime() > USE_NOTED_MS) {
    await sql`UPDATE api_key SET used_at = ${now} WHERE key_id = ${keyId}`
  }
  const place = { merchantId: row.merchant_id, siteId: row.site_id }
  return {
    staffId: row.staff_id,
    name: row.name,
    grants: row.grants.flatMap((grant) => narrowed(grant, place)),
    sessionId: null,
    keyId,
    scopes: new Set(row.scopes.filter(isAction)),
  }
}

/** What is left of a grant inside a key's place: the smaller of the two, or nothing where they do not meet. */
function narrowed(grant: Grant, place: Place): readonly Grant[] {
  if (covers(grant, place)) return [{ ...grant, ...place }]
  return covers(place, grant) ? [grant] : []
}

function hashOf(secret: Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest()
}
