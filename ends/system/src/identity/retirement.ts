import { RetirementId } from '#protocol/identifier.ts'
import type { ChipId } from '#protocol/identifier.ts'
import { type Result, fail, ok } from '#protocol/result.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { RandomHex } from '../clock.ts'
import type { AnySql, Sql } from '../database.ts'
import { revokeCertificates } from './certificate-record.ts'

export interface Retirement {
  readonly retirementId: RetirementId
  readonly chipId: ChipId
}

export type RetirementFault = 'unknown' | 'not-in-use' | 'quarantined'

export interface RetirementAct {
  readonly actor: string
  readonly atMs: number
  readonly random: RandomHex
}

/** Staff let a chip go: recorded before anything is sent. Asked twice, it is the same release. */
export async function askRetirement(
  sql: Sql,
  chipId: ChipId,
  by: RetirementAct,
): Promise<Result<RetirementId, RetirementFault>> {
  return await sql.begin((transaction) => openRetirement(transaction, chipId, by))
}

/**
 * Staff do not wait for the chip's answer, which may have been lost with the chip or on its way: its time with this
 * owner ends now. What it had not told by then is settled as of a chip that never spoke again.
 */
export async function insistOnRetirement(
  sql: Sql,
  chipId: ChipId,
  by: RetirementAct,
): Promise<Result<RetirementId, RetirementFault>> {
  return await sql.begin(async (transaction) => {
    const opened = await openRetirement(transaction, chipId, by)
    if (!opened.ok) return opened
    const retirement = { retirementId: opened.value, chipId }
    const how = { state: 'insisted', action: 'release-insisted', actor: by.actor, atMs: by.atMs } as const
    await endTenure(transaction, retirement, how)
    return opened
  })
}

async function openRetirement(
  transaction: AnySql,
  chipId: ChipId,
  by: RetirementAct,
): Promise<Result<RetirementId, RetirementFault>> {
  const [chip] = await transaction<
    {
      merchant_id: string
      machine_id: string
      tenure: number
      in_use: boolean
      quarantined: boolean
    }[]
  >`
    SELECT merchant_id, machine_id, tenure, revoked_at IS NULL AND released_at IS NULL AS in_use,
      quarantined_at IS NOT NULL AS quarantined
    FROM chip WHERE chip_id = ${chipId} FOR UPDATE`
  if (chip === undefined) return fail('unknown')
  if (!chip.in_use) return fail('not-in-use')
  if (chip.quarantined) return fail('quarantined')
  const [open] = await transaction<{ retirement_id: RetirementId }[]>`
    SELECT retirement_id FROM retirement WHERE chip_id = ${chipId} AND state = 'asked'`
  if (open) return ok(open.retirement_id)
  const retirementId = RetirementId.of(by.random(RetirementId.lengthBytes))
  await transaction`
    INSERT INTO retirement (retirement_id, chip_id, merchant_id, machine_id, tenure, asked_by, asked_at_ms, state,
      changed_at_ms)
    VALUES (${retirementId}, ${chipId}, ${chip.merchant_id}, ${chip.machine_id}, ${chip.tenure}, ${by.actor},
      ${by.atMs}, 'asked', ${by.atMs})`
  await recordStaffAction(transaction, {
    actor: by.actor,
    atMs: by.atMs,
    action: 'release-asked',
    target: `chip ${chipId}`,
    merchantId: chip.merchant_id,
    detail: { retirementId, machineId: chip.machine_id },
  })
  return ok(retirementId)
}

/** Those that still wait for the chip, by their ids, from behind `after` on. */
export async function openRetirements(
  sql: Sql,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly Retirement[]> {
  const rows = await sql<{ retirement_id: RetirementId; chip_id: ChipId }[]>`
    SELECT retirement_id, chip_id FROM retirement WHERE state = 'asked' AND retirement_id > ${page.after}
    ORDER BY retirement_id LIMIT ${page.limit}`
  return rows.map((row) => ({ retirementId: row.retirement_id, chipId: row.chip_id }))
}

/** The chip is gone: its machine is free, its certificates are revoked, and it may be claimed again. */
export async function noteRetired(sql: Sql, retirement: Retirement, atMs: number): Promise<boolean> {
  const actor = `chip ${retirement.chipId}`
  const how = { state: 'retired', action: 'chip-released', actor, atMs } as const
  return await sql.begin((transaction) => endTenure(transaction, retirement, how))
}

/** False where that release is not open (any more). */
async function endTenure(
  transaction: AnySql,
  { retirementId, chipId }: Retirement,
  how: {
    readonly state: 'retired' | 'insisted'
    readonly action: string
    readonly actor: string
    readonly atMs: number
  },
): Promise<boolean> {
  const { state, action, actor, atMs } = how
  const [row] = await transaction<{ merchant_id: string; machine_id: string }[]>`
    UPDATE retirement SET state = ${state}, changed_at_ms = ${atMs}
    WHERE retirement_id = ${retirementId} AND chip_id = ${chipId} AND state = 'asked'
    RETURNING merchant_id, machine_id`
  if (row === undefined) return false
  await transaction`UPDATE chip SET released_at = ${new Date(atMs)} WHERE chip_id = ${chipId}`
  await transaction`
    UPDATE chip_key SET retired_at = ${new Date(atMs)} WHERE chip_id = ${chipId} AND retired_at IS NULL`
  await revokeCertificates(transaction, chipId, 'released')
  await recordStaffAction(transaction, {
    actor,
    atMs,
    action,
    target: `machine ${row.machine_id}`,
    merchantId: row.merchant_id,
    detail: { retirementId, chipId },
  })
  return true
}
