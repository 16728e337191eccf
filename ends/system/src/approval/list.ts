import type { Plain } from '../audit/canonical.ts'
import type { Reach } from '../access/reach.ts'
import { within } from '../access/within.ts'
import type { AnySql } from '../database.ts'

export interface ApprovalRecord {
  readonly approvalId: string
  readonly kind: string
  readonly merchantId: string
  readonly target: string
  readonly asked: { readonly [name: string]: Plain }
  readonly reason: string
  readonly askedBy: string
  /** To the microsecond, as the database orders by it. */
  readonly askedAt: string
  readonly askedAtMs: number
  readonly expiresAtMs: number
  readonly state: 'open' | 'expired' | 'approved' | 'refused' | 'withdrawn'
  readonly decidedBy: string | null
  readonly decidedReason: string | null
  readonly decidedAtMs: number | null
}

/** Newest first. An approval stands with its merchant: sites reach none. */
export async function listApprovals(
  sql: AnySql,
  query: {
    readonly reach: Reach
    readonly after: readonly [askedAt: string, approvalId: string] | null
    readonly limit: number
    readonly nowMs: number
    readonly approvalId?: string
  },
): Promise<readonly ApprovalRecord[]> {
  const [askedAt = '', id = ''] = query.after ?? []
  return await sql<ApprovalRecord[]>`
    SELECT approval_id AS "approvalId", kind, merchant_id AS "merchantId", target, asked, reason, asked_by AS "askedBy",
      asked_at::text AS "askedAt", (extract(epoch FROM asked_at) * 1000)::float8 AS "askedAtMs",
      (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAtMs",
      coalesce(decision, CASE WHEN expires_at <= ${new Date(query.nowMs)} THEN 'expired' ELSE 'open' END) AS state,
      decided_by AS "decidedBy", decided_reason AS "decidedReason",
      (extract(epoch FROM decided_at) * 1000)::float8 AS "decidedAtMs"
    FROM approval
    WHERE ${within(sql, query.reach, { merchant: 'merchant_id' })}
      AND ${query.approvalId === undefined ? sql`true` : sql`approval_id = ${query.approvalId}`}
      AND ${query.after === null ? sql`true` : sql`(asked_at, approval_id) < (${askedAt}::text::timestamptz, ${id})`}
    ORDER BY asked_at DESC, approval_id DESC LIMIT ${query.limit}`
}
