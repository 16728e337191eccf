import { type Result, ok } from '#protocol/result.ts'
import { type Caller, type Grant, type Place, type Reach, may } from '../access/reach.ts'
import type { Role } from '../access/role.ts'
import { within } from '../access/within.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { AnySql, Sql } from '../database.ts'
import { grantRole } from '../staff-member/accept.ts'
import { levelFits, mayGive } from '../staff-member/grant.ts'
import { endSessions } from '../staff-member/session.ts'
import { type By, actorOf } from './by.ts'
import { type Refused, refuse } from './refused.ts'

export interface StaffRecord {
  readonly staffId: string
  readonly name: string
  readonly email: string
  readonly revision: number
  readonly endedAtMs: number | null
  /** Those alone that the reader reaches: where else somebody works is nobody's business. */
  readonly roles: readonly (Grant & { readonly grantId: string })[]
}

const HELD = { merchant: 'staff_role.merchant_id', site: 'staff_role.site_id' }

/** By id, after `after`. */
export async function listStaff(
  sql: AnySql,
  query: {
    readonly reach: Reach
    readonly after: string | null
    readonly limit: number
    readonly staffId?: string
  },
): Promise<readonly StaffRecord[]> {
  const reached = sql`withdrawn_at IS NULL AND ${within(sql, query.reach, HELD)}`
  return await sql<StaffRecord[]>`
    SELECT staff_id AS "staffId", name, email, revision, (extract(epoch FROM ended_at) * 1000)::float8 AS "endedAtMs",
      coalesce((SELECT jsonb_agg(jsonb_build_object(
          'grantId', grant_id, 'role', role, 'merchantId', merchant_id, 'siteId', site_id) ORDER BY granted_at, grant_id)
        FROM staff_role WHERE staff_role.staff_id = staff_member.staff_id AND ${reached}), '[]') AS roles
    FROM staff_member
    WHERE ${query.staffId === undefined ? sql`true` : sql`staff_id = ${query.staffId}`}
      AND (${query.reach.everywhere} OR EXISTS (
        SELECT 1 FROM staff_role WHERE staff_role.staff_id = staff_member.staff_id AND ${reached}))
      AND staff_id > ${query.after ?? ''}
    ORDER BY staff_id LIMIT ${query.limit}`
}

/** Gives a role to somebody whom the caller can see: never more than the caller has, and never to oneself. */
export async function giveRole(
  sql: Sql,
  of: {
    readonly caller: Caller
    readonly staffId: string
    readonly role: Role
    readonly place: Place
    readonly by: By
  },
): Promise<Result<string, Refused>> {
  const { caller, staffId, role, place, by } = of
  if (caller.staffId === staffId) return refuse('grant-refused')
  if (!levelFits(role, place) || !mayGive(caller, 'role.grant', { role, ...place }))
    return refuse('grant-refused')
  return await sql.begin(async (transaction) => {
    const [member] = await transaction<{ ended: boolean }[]>`
      SELECT ended_at IS NOT NULL AS ended FROM staff_member WHERE staff_id = ${staffId} FOR UPDATE`
    if (member === undefined || member.ended) return refuse('record-unknown')
    const grantId = await grantRole(transaction, { role, ...place, staffId, by: caller.staffId })
    if (grantId === null) return refuse('record-exists')
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: 'role-granted',
      target: `staff ${staffId}`,
      ...(place.merchantId === null ? {} : { merchantId: place.merchantId }),
      detail: { role, siteId: place.siteId, grantId, ...(by.reason === undefined ? {} : { why: by.reason }) },
    })
    return ok(grantId)
  })
}

/** Takes a role away. Whoever may give it may take it; the platform keeps its last owner. */
export async function withdrawRole(
  sql: Sql,
  of: { readonly caller: Caller; readonly staffId: string; readonly grantId: string; readonly by: By },
): Promise<Result<null, Refused>> {
  const { caller, staffId, grantId, by } = of
  if (caller.staffId === staffId) return refuse('grant-refused')
  return await sql.begin(async (transaction) => {
    // One at a time: of two owners who take each other's role, one stays.
    await transaction`SELECT 1 FROM platform FOR UPDATE`
    const [row] = await transaction<Grant[]>`
      SELECT role, merchant_id AS "merchantId", site_id AS "siteId" FROM staff_role
      WHERE grant_id = ${grantId} AND staff_id = ${staffId} AND withdrawn_at IS NULL FOR UPDATE`
    if (row === undefined || !may(caller, 'role.withdraw', row)) return refuse('record-unknown')
    if (!mayGive(caller, 'role.withdraw', row)) return refuse('grant-refused')
    if (row.role === 'platform-owner' && (await isLastOwner(transaction, staffId))) {
      return refuse('in-use', { because: 'last-owner' })
    }
    await transaction`UPDATE staff_role SET withdrawn_at = ${new Date(by.atMs)} WHERE grant_id = ${grantId}`
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: 'role-withdrawn',
      target: `staff ${staffId}`,
      ...(row.merchantId === null ? {} : { merchantId: row.merchantId }),
      detail: { role: row.role, siteId: row.siteId, grantId, why: by.reason ?? '' },
    })
    return ok(null)
  })
}

/** Somebody leaves: every role, session and key of theirs ends with it. */
export async function endStaff(
  sql: Sql,
  of: { readonly staffId: string; readonly by: By },
): Promise<Result<null, Refused>> {
  const { staffId, by } = of
  return await sql.begin(async (transaction) => {
    await transaction`SELECT 1 FROM platform FOR UPDATE`
    if (await isLastOwner(transaction, staffId)) return refuse('in-use', { because: 'last-owner' })
    const at = new Date(by.atMs)
    const ended = await transaction`
      UPDATE staff_member SET ended_at = ${at} WHERE staff_id = ${staffId} AND ended_at IS NULL RETURNING 1`
    if (ended.length === 0) return refuse('record-retired')
    await transaction`UPDATE staff_role SET withdrawn_at = ${at} WHERE staff_id = ${staffId} AND withdrawn_at IS NULL`
    await transaction`UPDATE api_key SET revoked_at = ${at} WHERE made_by = ${staffId} AND revoked_at IS NULL`
    await transaction`
      UPDATE invitation SET withdrawn_at = ${at}
      WHERE invited_by = ${staffId} AND used_at IS NULL AND withdrawn_at IS NULL`
    await endSessions(transaction, { staffId })
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: 'staff-ended',
      target: `staff ${staffId}`,
      detail: { why: by.reason ?? '' },
    })
    return ok(null)
  })
}

async function isLastOwner(sql: AnySql, staffId: string): Promise<boolean> {
  const owners = await sql<{ staff_id: string }[]>`
    SELECT DISTINCT staff_id FROM staff_role JOIN staff_member USING (staff_id)
    WHERE role = 'platform-owner' AND withdrawn_at IS NULL AND ended_at IS NULL LIMIT 2`
  return owners.length === 1 && owners[0]?.staff_id === staffId
}
