import type { ChipId } from '#protocol/identifier.ts'
import { type Result, fail, ok } from '#protocol/result.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { RandomHex } from '../clock.ts'
import type { Sql } from '../database.ts'
import { hashClaimCode, makeClaimCode } from './claim-code.ts'

const CLAIM_LIFE_MS = 24 * 60 * 60 * 1000
const ID_BYTES = 16

export interface ClaimAsked {
  readonly machineId: string
  /** The machine's present chip goes when the new one is enrolled. */
  readonly replaces: boolean
  /** Only this chip; any, when left out. */
  readonly chipId?: ChipId
}

export interface MadeClaim {
  readonly claimId: string
  /** Shown once; kept nowhere. */
  readonly code: string
  readonly expiresAtMs: number
}

export type ClaimFault = 'machine-unknown' | 'machine-has-chip' | 'machine-has-none'

/** A code that binds one chip to this machine, once. Claims for the machine that nobody has used yet are void then. */
export async function makeClaim(
  sql: Sql,
  asked: ClaimAsked,
  by: { readonly actor: string; readonly atMs: number; readonly random: RandomHex },
): Promise<Result<MadeClaim, ClaimFault>> {
  const { machineId, replaces, chipId } = asked
  const { actor, atMs, random } = by
  const code = makeClaimCode()
  const claimId = random(ID_BYTES)
  const expiresAtMs = atMs + CLAIM_LIFE_MS
  return await sql.begin(async (transaction) => {
    const [machine] = await transaction<
      { merchant_id: string; site_id: string | null; chip_id: string | null }[]
    >`
      SELECT machine.merchant_id, machine.site_id, chip.chip_id FROM machine LEFT JOIN chip
        ON chip.machine_id = machine.machine_id AND chip.revoked_at IS NULL AND chip.released_at IS NULL
      WHERE machine.machine_id = ${machineId}`
    if (machine === undefined) return fail('machine-unknown')
    if (machine.chip_id !== null && !replaces) return fail('machine-has-chip')
    if (machine.chip_id === null && replaces) return fail('machine-has-none')
    await transaction`
      UPDATE claim SET expires_at = ${new Date(atMs)}
      WHERE machine_id = ${machineId} AND used_at IS NULL AND expires_at > ${new Date(atMs)}`
    await transaction`
      INSERT INTO claim (claim_id, code_hash, merchant_id, site_id, machine_id, chip_id, replaces, made_by, made_at, expires_at)
      VALUES (${claimId}, ${Buffer.from(hashClaimCode(code) ?? [])}, ${machine.merchant_id}, ${machine.site_id},
        ${machineId}, ${chipId ?? null}, ${replaces}, ${actor}, ${new Date(atMs)}, ${new Date(expiresAtMs)})`
    await recordStaffAction(transaction, {
      actor,
      atMs,
      action: 'claim-made',
      target: `machine ${machineId}`,
      merchantId: machine.merchant_id,
      detail: { claimId, replaces, chipId: chipId ?? null },
    })
    return ok({ claimId, code, expiresAtMs })
  })
}

/** The chip's own page at its hotspot, which reads the fragment; no server ever sees it. */
export function claimLink(estAddress: string, code: string): string {
  return `http://10.41.0.1/#s=${estAddress}&c=${code}`
}
