import { type Result, ok } from '#protocol/result.ts'
import type { Caller, Reach } from '../access/reach.ts'
import type { Role } from '../access/role.ts'
import { within } from '../access/within.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { AnySql, Sql } from '../database.ts'
import { levelFits, mayGive } from '../staff-member/grant.ts'
import { type Invitation, makeInvitation } from '../staff-member/invitation.ts'
import { type By, actorOf } from './by.ts'
import { type Refused, refuse } from './refused.ts'

export interface InvitationRecord extends Omit<Invitation, 'invitedBy'> {
  /** To the microsecond, as the database orders by it. */
  readonly createdAt: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly state: 'open' | 'used' | 'withdrawn' | 'expired'
}

/** Newest first. */
export async function listInvitations(
  sql: AnySql,
  query: {
    readonly reach: Reach
    readonly after: readonly [createdAt: string, invitationId: string] | null
    readonly limit: number
    readonly nowMs: number
    readonly invitationId?: string
  },
): Promise<readonly InvitationRecord[]> {
  const [createdAt = '', id = ''] = query.after ?? []
  return await sql<InvitationRecord[]>`
    SELECT invitation_id AS "invitationId", email, name, role, merchant_id AS "merchantId", site_id AS "siteId",
      created_at::text AS "createdAt", (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
      (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAtMs",
      CASE WHEN used_at IS NOT NULL THEN 'used' WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'
        WHEN expires_at <= ${new Date(query.nowMs)} THEN 'expired' ELSE 'open' END AS state
    FROM invitation
    WHERE ${within(sql, query.reach, { merchant: 'merchant_id', site: 'site_id' })}
      AND ${query.invitationId === undefined ? sql`true` : sql`invitation_id = ${query.invitationId}`}
      AND ${query.after === null ? sql`true` : sql`(created_at, invitation_id) < (${createdAt}::text::timestamptz, ${id})`}
    ORDER BY created_at DESC, invitation_id DESC LIMIT ${query.limit}`
}

/** Invites to a role, never to more than whoever invites has. The secret is for the link alone. */
export async function inviteStaff(
  sql: Sql,
  of: {
    readonly caller: Caller
    readonly invited: Omit<Invitation, 'invitationId' | 'invitedBy' | 'role'> & { readonly role: Role }
    readonly by: By
  },
): Promise<Result<Awaited<ReturnType<typeof makeInvitation>>, Refused>> {
  const { caller, invited, by } = of
  if (!levelFits(invited.role, invited) || !mayGive(caller, 'invitation.add', invited))
    return refuse('grant-refused')
  return await sql.begin(async (transaction) => {
    const { merchantId, role, siteId } = invited
    const made = await makeInvitation(transaction, { ...invited, invitedBy: caller.staffId }, by.atMs)
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: 'invitation-added',
      target: `invitation ${made.invitationId}`,
      ...(merchantId === null ? {} : { merchantId }),
      detail: { role, siteId },
    })
    return ok(made)
  })
}

export async function withdrawInvitation(
  sql: Sql,
  of: { readonly invitationId: string; readonly merchantId: string | null; readonly by: By },
): Promise<Result<null, Refused>> {
  const { invitationId, merchantId, by } = of
  return await sql.begin(async (transaction) => {
    const withdrawn = await transaction`
      UPDATE invitation SET withdrawn_at = ${new Date(by.atMs)}
      WHERE invitation_id = ${invitationId} AND used_at IS NULL AND withdrawn_at IS NULL RETURNING 1`
    if (withdrawn.length === 0) return refuse('record-retired')
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: 'invitation-withdrawn',
      target: `invitation ${invitationId}`,
      ...(merchantId === null ? {} : { merchantId }),
      detail: { why: by.reason ?? '' },
    })
    return ok(null)
  })
}
