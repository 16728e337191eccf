import { type Result, ok } from '#protocol/result.ts'
import { type Decision, askApproval, decideApproval } from '../approval/approval.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { AnySql, Sql } from '../database.ts'
import { type By, actorOf } from './by.ts'
import { isIban } from './iban.ts'
import { type Refused, refuse } from './refused.ts'

/** The account that a merchant is paid to: asked for by one, changed when another allows it. */
export async function askAccountChange(
  sql: Sql,
  of: { readonly merchantId: string; readonly iban: string; readonly reason: string; readonly by: By },
): Promise<Result<string, Refused>> {
  const { merchantId, iban, reason, by } = of
  if (!isIban(iban)) return refuse('iban-refused')
  return await sql.begin(async (transaction) => {
    const before = await lockedIban(transaction, merchantId)
    if (before === null) return refuse('record-retired')
    const asked = await askApproval(
      transaction,
      {
        kind: 'payee-account',
        merchantId,
        target: `merchant ${merchantId}`,
        asked: { from: before, to: iban },
        reason,
        askedBy: by.caller.staffId,
      },
      by.atMs,
    )
    if (!asked.ok) return refuse(asked.error)
    await recordStaffAction(transaction, {
      ...actorOf(by),
      action: 'account-change-asked',
      target: `merchant ${merchantId}`,
      merchantId,
      detail: { from: before, to: iban, why: reason, approval: asked.value },
    })
    return ok(asked.value)
  })
}

/** Allowed, refused or withdrawn; when allowed, done in the same transaction. */
export async function decideAccountChange(
  sql: Sql,
  of: { readonly approvalId: string; readonly decision: Omit<Decision, 'by'>; readonly by: By },
): Promise<Result<null, Refused>> {
  const { approvalId, by } = of
  return await sql
    .begin(async (transaction) => {
      const { decision, reason } = of.decision
      const decided = await decideApproval(transaction, approvalId, {
        decision,
        reason,
        by: by.caller.staffId,
        nowMs: by.atMs,
      })
      if (!decided.ok) return refuse(decided.error)
      const [row] = await transaction<
        { merchant_id: string; asked: { from: string; to: string }; asked_by: string }[]
      >`
      SELECT merchant_id, asked, asked_by FROM approval WHERE approval_id = ${approvalId}`
      if (row === undefined) throw new Error('an approval that was decided is gone')
      const { merchant_id: merchantId, asked } = row
      if (decision === 'approved') {
        const before = await lockedIban(transaction, merchantId)
        if (before === null) throw new StaleApproval()
        if (before !== asked.from) throw new StaleApproval()
        await transaction`UPDATE merchant SET iban = ${asked.to} WHERE merchant_id = ${merchantId}`
      }
      await recordStaffAction(transaction, {
        ...actorOf(by),
        action: `account-change-${decision}`,
        target: `merchant ${merchantId}`,
        merchantId,
        detail: { ...asked, askedBy: row.asked_by, why: reason, approval: approvalId },
      })
      return ok(null)
    })
    .catch((error: unknown) => {
      if (error instanceof StaleApproval) return refuse('approval-stale')
      throw error
    })
}

/** What was asked for is not about what stands there now: nothing of the decision is kept. */
class StaleApproval extends Error {}

async function lockedIban(sql: AnySql, merchantId: string): Promise<string | null> {
  const [row] = await sql<{ iban: string }[]>`
    SELECT iban FROM merchant WHERE merchant_id = ${merchantId} AND retired_at IS NULL FOR UPDATE`
  return row?.iban ?? null
}
