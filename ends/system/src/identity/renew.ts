import { type Result, fail, ok } from '#protocol/result.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { AnySql, Sql } from '../database.ts'
import type { Authority } from './authority.ts'
import { recordLeaf } from './certificate-record.ts'
import { type Certified, addKey, isKeyKnown } from './enrol.ts'
import type { EnrolmentError } from './enrolment-error.ts'
import { issueLeaf } from './leaf.ts'
import type { Peer } from './peer.ts'
import type { CertificationRequest } from './request.ts'

/** A chip whose answer was lost asks again with the same key, and gets the same certificate for so long. */
const SAME_AGAIN_MS = 60 * 60 * 1000

type LocalPeer = Extract<Peer, { kind: 'local' }>

export interface Standing {
  readonly merchantId: string
  readonly machineId: string
  readonly tenure: number
}

/** Whether a chip with this certificate of ours is still one of ours: not revoked, not released, not held back. */
export async function standingOf(
  sql: AnySql,
  { chipId, issuer, serial }: LocalPeer,
  lock: 'lock' | 'look' = 'look',
): Promise<Result<Standing, EnrolmentError>> {
  const [row] = await sql<
    {
      merchant_id: string
      machine_id: string
      tenure: number
      revoked: boolean
      quarantined: boolean
      released: boolean
      certificate_tenure: number | null
      certificate_revoked: boolean
    }[]
  >`
    SELECT chip.merchant_id, chip.machine_id, chip.tenure, chip.revoked_at IS NOT NULL AS revoked,
      chip.quarantined_at IS NOT NULL AS quarantined, chip.released_at IS NOT NULL AS released,
      c.tenure AS certificate_tenure, c.revoked_at IS NOT NULL AS certificate_revoked
    FROM chip LEFT JOIN chip_certificate c
      ON c.chip_id = chip.chip_id AND c.issuer = ${issuer} AND c.serial = ${serial}
    WHERE chip.chip_id = ${chipId} ${lock === 'lock' ? sql`FOR UPDATE OF chip` : sql``}`
  if (row === undefined) return fail('certificate-unknown')
  if (row.revoked) return fail('chip-revoked')
  if (row.quarantined) return fail('chip-quarantined')
  // A certificate made before the system kept them belongs to a chip's first tenure.
  const sameTenure = (row.certificate_tenure ?? 1) === row.tenure
  if (row.released || row.certificate_revoked || !sameTenure) return fail('certificate-unknown')
  return ok({ merchantId: row.merchant_id, machineId: row.machine_id, tenure: row.tenure })
}

/** A new certificate for a chip that has one: for the same key or a new one, which then signs its payments. */
export async function renew(
  sql: Sql,
  authority: Authority,
  asked: { readonly peer: LocalPeer; readonly request: CertificationRequest; readonly atMs: number },
): Promise<Result<Certified, EnrolmentError>> {
  const { peer, request, atMs } = asked
  const { chipId } = peer
  return await sql.begin(async (transaction) => {
    const standing = await standingOf(transaction, peer, 'lock')
    if (!standing.ok) return standing
    const { merchantId, machineId, tenure } = standing.value
    if (await isKeyKnown(transaction, request.spki, { chipId, tenure })) return fail('key-of-another')
    const [again] = await transaction<{ certificate: Buffer; issuer: string }[]>`
      SELECT certificate, issuer FROM chip_certificate
      WHERE chip_id = ${chipId} AND tenure = ${tenure} AND issuer = ${authority.issuing.serial}
        AND spki_hash = ${Buffer.from(request.spkiHash)} AND superseded_at IS NULL AND revoked_at IS NULL
        AND issued_at > ${new Date(atMs - SAME_AGAIN_MS)} AND not_after > ${new Date(atMs)}`
    if (again) return ok({ der: new Uint8Array(again.certificate), issuer: again.issuer })
    await addKey(transaction, request, { chipId, merchantId, tenure })
    const leaf = await issueLeaf(authority, { chipId, publicKey: request.publicKey }, atMs)
    await recordLeaf(transaction, leaf, { chipId, merchantId, tenure, spkiHash: request.spkiHash, atMs })
    await recordStaffAction(transaction, {
      actor: `chip ${chipId}`,
      atMs,
      action: 'chip-renewed',
      target: `machine ${machineId}`,
      merchantId,
      detail: { serial: leaf.serial, by: peer.serial },
    })
    return ok(leaf)
  })
}
