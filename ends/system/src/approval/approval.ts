import { randomBytes } from 'node:crypto'
import { type Result, fail, ok } from '#protocol/result.ts'
import type { Plain } from '../audit/canonical.ts'
import type { AnySql } from '../database.ts'

/** What one person asks for and another allows. Each kind says in `carry-out.ts` what is then done. */

const LIFE_MS = 3 * 24 * 3_600_000

export type ApprovalKind = 'payee-account'

export interface Asked {
  readonly kind: ApprovalKind
  readonly merchantId: string
  /** What it is about; one open approval for each. */
  readonly target: string
  /** From what to what. */
  readonly asked: { readonly [name: string]: Plain }
  readonly reason: string
  readonly askedBy: string
}

/** In the transaction that holds the target's row: two cannot be open for one target. */
export async function askApproval(
  sql: AnySql,
  asked: Asked,
  nowMs: number,
): Promise<Result<string, 'approval-open'>> {
  const open = await sql`
    SELECT 1 FROM approval WHERE kind = ${asked.kind} AND target = ${asked.target} AND decision IS NULL
      AND expires_at > ${new Date(nowMs)}`
  if (open.length > 0) return fail('approval-open')
  const approvalId = randomBytes(16).toString('hex')
  await sql`
    INSERT INTO approval (approval_id, kind, merchant_id, target, asked, reason, asked_by, asked_at, expires_at)
    VALUES (${approvalId}, ${asked.kind}, ${asked.merchantId}, ${asked.target}, ${asked.asked as never}, ${asked.reason},
      ${asked.askedBy}, ${new Date(nowMs)}, ${new Date(nowMs + LIFE_MS)})`
  return ok(approvalId)
}

export type DecisionRefusal = 'approval-decided' | 'approval-own' | 'approval-not-independent'

export interface Decision {
  readonly decision: 'approved' | 'refused' | 'withdrawn'
  readonly by: string
  readonly reason: string
}

/** In one transaction with what it allows. The row is locked: it is decided once. */
export async function decideApproval(
  sql: AnySql,
  approvalId: string,
  { decision, by, reason, nowMs }: Decision & { readonly nowMs: number },
): Promise<Result<null, DecisionRefusal>> {
  const [row] = await sql<{ asked_by: string; decision: string | null; expires_at: Date }[]>`
    SELECT asked_by, decision, expires_at FROM approval WHERE approval_id = ${approvalId} FOR UPDATE`
  if (row === undefined) throw new Error('an approval that was read is gone')
  if (row.decision !== null || row.expires_at.getTime() <= nowMs) return fail('approval-decided')
  if (decision === 'approved') {
    if (row.asked_by === by) return fail('approval-own')
    if (!(await areIndependent(sql, row.asked_by, by))) return fail('approval-not-independent')
  }
  await sql`
    UPDATE approval SET decision = ${decision}, decided_by = ${by}, decided_reason = ${reason},
      decided_at = ${new Date(nowMs)}
    WHERE approval_id = ${approvalId}`
  return ok(null)
}

/**
 * A second person, and not a second account of the first: the chains of who brought whom in, by an invitation or a role,
 * must not meet. A chain ends before a platform owner, by whom everybody was brought in in the end.
 */
async function areIndependent(sql: AnySql, left: string, right: string): Promise<boolean> {
  const met = await sql`
    WITH RECURSIVE brought (staff_id, by_id) AS (
      SELECT staff_id, invited_by FROM staff_member WHERE invited_by IS NOT NULL
      UNION SELECT staff_id, granted_by FROM staff_role
    ), chain (start_id, staff_id) AS (
      SELECT staff_id, staff_id FROM staff_member WHERE staff_id IN (${left}, ${right})
      UNION
      SELECT chain.start_id, brought.by_id FROM chain JOIN brought USING (staff_id)
      WHERE EXISTS (SELECT 1 FROM staff_member WHERE staff_member.staff_id = brought.by_id)
        AND NOT EXISTS (
          SELECT 1 FROM staff_role WHERE staff_role.staff_id = brought.by_id AND role = 'platform-owner'
            AND withdrawn_at IS NULL)
    )
    SELECT 1 FROM chain one JOIN chain other USING (staff_id)
    WHERE one.start_id = ${left} AND other.start_id = ${right} LIMIT 1`
  return met.length === 0
}
