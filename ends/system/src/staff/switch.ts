import { type Result, fail, ok } from '#protocol/result.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { Sql } from '../database.ts'
import { withdrawChip } from '../identity/withdrawal.ts'

export type SwitchTarget =
  | { readonly kind: 'all' }
  | { readonly kind: 'merchant'; readonly id: string }
  | { readonly kind: 'machine'; readonly id: string }

export interface Act {
  readonly actor: string
  readonly atMs: number
  readonly why?: string
}

/** Who acts, when, and what of the settings the answer needs. */
export interface StaffAct extends Act {
  /** Where chips enrol, as they reach it; undefined where they cannot. */
  readonly estAddress?: string
  /** Where invitations lead. */
  readonly publicOrigin?: string
}

/** The kill switches. In force on every node when this returns: whoever acts asks the database itself. */
export async function setEnabled(
  sql: Sql,
  change: { readonly target: SwitchTarget; readonly enabled: boolean },
  act: Act,
): Promise<Result<null, 'unknown'>> {
  const { target, enabled } = change
  return await sql.begin(async (transaction) => {
    const rows =
      target.kind === 'all'
        ? await transaction<{ merchant_id: string | null }[]>`
            UPDATE platform SET enabled = ${enabled} RETURNING NULL AS merchant_id`
        : target.kind === 'merchant'
          ? await transaction<{ merchant_id: string | null }[]>`
              UPDATE merchant SET enabled = ${enabled} WHERE merchant_id = ${target.id} RETURNING merchant_id`
          : await transaction<{ merchant_id: string | null }[]>`
              UPDATE machine SET enabled = ${enabled} WHERE machine_id = ${target.id} RETURNING merchant_id`
    const [row] = rows
    if (row === undefined) return fail('unknown')
    await recordStaffAction(transaction, {
      actor: act.actor,
      atMs: act.atMs,
      action: enabled ? 'enabled' : 'disabled',
      target: target.kind === 'all' ? 'all' : `${target.kind} ${target.id}`,
      ...(row.merchant_id === null ? {} : { merchantId: row.merchant_id }),
      detail: act.why === undefined ? {} : { why: act.why },
    })
    return ok(null)
  })
}

/** For good: a revoked chip is not trusted again; another one takes its place in the machine. */
export async function revokeChip(sql: Sql, chipId: string, act: Act): Promise<Result<null, 'unknown'>> {
  return await sql.begin(async (transaction) => {
    const withdrawn = await withdrawChip(transaction, chipId, 'distrusted')
    if (withdrawn === undefined) return fail('unknown')
    await recordStaffAction(transaction, {
      actor: act.actor,
      atMs: act.atMs,
      action: 'chip-revoked',
      target: `chip ${chipId}`,
      merchantId: withdrawn.merchantId,
      detail: act.why === undefined ? {} : { why: act.why },
    })
    return ok(null)
  })
}
