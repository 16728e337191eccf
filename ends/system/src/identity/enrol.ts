import type { ChipId } from '#protocol/identifier.ts'
import { keyIdOfSpki } from '#protocol/node-keys.ts'
import { type Result, fail, ok } from '#protocol/result.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { AnySql, Sql } from '../database.ts'
import type { Authority } from './authority.ts'
import { recordLeaf } from './certificate-record.ts'
import type { EnrolmentError } from './enrolment-error.ts'
import { issueLeaf } from './leaf.ts'
import type { CertificationRequest } from './request.ts'
import { withdrawChip } from './withdrawal.ts'

/** One after the other: two chips with one key, or two claims of one chip, cannot slip past each other. */
const ENROLMENT_LOCK = 7_214_041

export interface Certified {
  readonly der: Uint8Array
  /** The serial of its issuer's certificate. */
  readonly issuer: string
}

export interface EnrolmentAsked {
  /** As the factory's certificate has it. */
  readonly chipId: ChipId
  readonly claimCodeHash: Uint8Array
  readonly request: CertificationRequest
}

interface ClaimRow {
  readonly claim_id: string
  readonly merchant_id: string
  readonly machine_id: string
  readonly chip_id: string | null
  readonly replaces: boolean
  readonly expires_at: Date
  readonly used_by: string | null
  readonly spki_hash: Buffer | null
  readonly certificate: Buffer | null
  readonly issuer: string | null
  readonly revoked: boolean | null
}

interface ChipRow {
  readonly merchant_id: string
  readonly tenure: number
  readonly revoked: boolean
  readonly quarantined: boolean
  readonly released: boolean
}

/**
 * Binds a chip to the claim's machine and certifies its key: chip, key, certificate, claim and audit entry, all or
 * nothing. The same chip with the same claim and key again gets what it got, since that answer may have been lost.
 */
export async function enrol(
  sql: Sql,
  authority: Authority,
  { asked, atMs }: { readonly asked: EnrolmentAsked; readonly atMs: number },
): Promise<Result<Certified, EnrolmentError>> {
  return await sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${ENROLMENT_LOCK})`
    const claim = await findClaim(transaction, asked.claimCodeHash)
    const fault = claimFault(claim, asked, atMs)
    if (fault) return fail(fault)
    if (claim === undefined) return fail('claim-unknown')
    if (claim.certificate !== null && claim.issuer !== null) {
      return ok({ der: new Uint8Array(claim.certificate), issuer: claim.issuer })
    }
    const chip = await findChip(transaction, asked.chipId)
    const refusal = chipFault(chip)
    if (refusal) return fail(refusal)
    if (await isKeyKnown(transaction, asked.request.spki)) return fail('key-of-another')
    const before = await chipIn(transaction, claim.machine_id)
    if (before !== undefined && !claim.replaces) return fail('chip-owned')
    if (before !== undefined) await withdrawChip(transaction, before, 'replaced')
    return ok(await bind(transaction, authority, { asked, claim, chip, before, atMs }))
  })
}

async function findClaim(sql: AnySql, codeHash: Uint8Array): Promise<ClaimRow | undefined> {
  const [row] = await sql<ClaimRow[]>`
    SELECT claim_id, claim.merchant_id, machine_id, claim.chip_id, replaces, expires_at, used_by, claim.spki_hash,
      certificate, issuer, revoked_at IS NOT NULL AS revoked
    FROM claim LEFT JOIN chip_certificate
      ON chip_certificate.chip_id = claim.used_by AND chip_certificate.serial = claim.serial
    WHERE code_hash = ${Buffer.from(codeHash)} FOR UPDATE OF claim`
  return row
}

function claimFault(
  claim: ClaimRow | undefined,
  { chipId, request }: EnrolmentAsked,
  atMs: number,
): EnrolmentError | null {
  if (claim === undefined) return 'claim-unknown'
  if (claim.chip_id !== null && claim.chip_id !== chipId) return 'claim-other-chip'
  if (claim.used_by !== null) {
    const again = claim.used_by === chipId && claim.spki_hash?.equals(request.spkiHash) === true
    return again && claim.revoked === false ? null : 'claim-used'
  }
  return atMs > claim.expires_at.getTime() ? 'claim-expired' : null
}

async function findChip(sql: AnySql, chipId: ChipId): Promise<ChipRow | undefined> {
  const [row] = await sql<ChipRow[]>`
    SELECT merchant_id, tenure, revoked_at IS NOT NULL AS revoked, quarantined_at IS NOT NULL AS quarantined,
      released_at IS NOT NULL AS released
    FROM chip WHERE chip_id = ${chipId} FOR UPDATE`
  return row
}

function chipFault(chip: ChipRow | undefined): EnrolmentError | null {
  if (chip === undefined) return null
  if (chip.revoked) return 'chip-revoked'
  if (chip.quarantined) return 'chip-quarantined'
  return chip.released ? null : 'chip-owned'
}

/** Another chip's, or this one's from before it was released: a key serves one owner. */
export async function isKeyKnown(
  sql: AnySql,
  spki: Uint8Array,
  own?: { readonly chipId: ChipId; readonly tenure: number },
): Promise<boolean> {
  const rows = await sql<{ chip_id: string; tenure: number }[]>`
    SELECT chip_id, tenure FROM chip_key WHERE key_id = ${keyIdOfSpki(spki)} AND spki = ${Buffer.from(spki)}`
  return rows.some(({ chip_id, tenure }) => chip_id !== own?.chipId || tenure !== own.tenure)
}

async function chipIn(sql: AnySql, machineId: string): Promise<string | undefined> {
  const [row] = await sql<{ chip_id: string }[]>`
    SELECT chip_id FROM chip WHERE machine_id = ${machineId} AND revoked_at IS NULL AND released_at IS NULL FOR UPDATE`
  return row?.chip_id
}

interface Binding {
  readonly asked: EnrolmentAsked
  readonly claim: ClaimRow
  readonly chip: ChipRow | undefined
  /** The chip that was in the machine. */
  readonly before: string | undefined
  readonly atMs: number
}

async function bind(sql: AnySql, authority: Authority, binding: Binding): Promise<Certified> {
  const { claim, chip, before, atMs } = binding
  const { chipId, request } = binding.asked
  const { merchant_id: merchantId, machine_id: machineId } = claim
  const tenure = (chip?.tenure ?? 0) + 1
  await sql`
    INSERT INTO chip (chip_id, merchant_id, machine_id, tenure) VALUES (${chipId}, ${merchantId}, ${machineId}, ${tenure})
    ON CONFLICT (chip_id) DO UPDATE SET merchant_id = excluded.merchant_id, machine_id = excluded.machine_id,
      tenure = excluded.tenure, released_at = NULL, sighting_series = chip.sighting_series + 1`
  await addKey(sql, request, { chipId, merchantId, tenure })
  const leaf = await issueLeaf(authority, { chipId, publicKey: request.publicKey }, atMs)
  await recordLeaf(sql, leaf, { chipId, merchantId, tenure, spkiHash: request.spkiHash, atMs })
  await sql`
    UPDATE claim SET used_at = ${new Date(atMs)}, used_by = ${chipId}, spki_hash = ${Buffer.from(request.spkiHash)},
      serial = ${leaf.serial}
    WHERE claim_id = ${claim.claim_id}`
  await recordStaffAction(sql, {
    actor: `chip ${chipId}`,
    atMs,
    action: 'chip-enrolled',
    target: `machine ${machineId}`,
    merchantId,
    detail: { claimId: claim.claim_id, serial: leaf.serial, tenure, replaced: before ?? null },
  })
  return leaf
}

/** What the chip signs payments with from now on; keys before it stay, to verify what they signed. */
export async function addKey(
  sql: AnySql,
  { spki, alg }: CertificationRequest,
  owner: { readonly chipId: ChipId; readonly merchantId: string; readonly tenure: number },
): Promise<void> {
  await sql`
    INSERT INTO chip_key (chip_id, merchant_id, key_id, algorithm, spki, tenure)
    VALUES (${owner.chipId}, ${owner.merchantId}, ${keyIdOfSpki(spki)}, ${alg}, ${Buffer.from(spki)}, ${owner.tenure})
    ON CONFLICT (chip_id, key_id) DO NOTHING`
}
