import { X509Certificate } from 'node:crypto'
import type { ChipId } from '#protocol/identifier.ts'
import { sha256 } from '#protocol/node-keys.ts'
import type { AnySql } from '../database.ts'
import { certificatesIn, isIssuedBy, serialOf } from './certificate-file.ts'
import type { Leaf } from './leaf.ts'

/** Why a certificate is revoked (RFC 5280 section 5.3.1). */
export const REVOCATION_REASONS = { replaced: 5, released: 5, distrusted: 9 } as const
export type RevocationReason = keyof typeof REVOCATION_REASONS

export interface CertificateOwner {
  readonly chipId: string
  readonly merchantId: string
  readonly tenure: number
}

/** In the transaction that issues it. Those before it stay good until they expire, since this one may never arrive. */
export async function recordLeaf(
  sql: AnySql,
  leaf: Leaf,
  about: CertificateOwner & { readonly spkiHash: Uint8Array; readonly atMs: number },
): Promise<void> {
  const { chipId, merchantId, tenure, spkiHash, atMs } = about
  await sql`
    UPDATE chip_certificate SET superseded_at = ${new Date(atMs)}
    WHERE chip_id = ${chipId} AND superseded_at IS NULL`
  await sql`
    INSERT INTO chip_certificate (issuer, serial, chip_id, merchant_id, tenure, spki_hash, certificate, not_after, issued_at)
    VALUES (${leaf.issuer}, ${leaf.serial}, ${chipId}, ${merchantId}, ${tenure}, ${Buffer.from(spkiHash)},
      ${Buffer.from(leaf.der)}, ${new Date(leaf.notAfterMs)}, ${new Date(atMs)})`
}

/** From a PEM text with the leaf and its issuer; null where it is something else. */
export function provisionedLeaf(pem: string, chipId: string): Leaf | null {
  try {
    const [leaf, issuer] = certificatesIn(pem)
    if (!leaf || !issuer || leaf.subject !== `CN=${chipId}` || !isIssuedBy(leaf, issuer)) return null
    const der = new Uint8Array(leaf.raw)
    return { issuer: serialOf(issuer), serial: serialOf(leaf), der, notAfterMs: leaf.validToDate.getTime() }
  } catch {
    return null
  }
}

/** A certificate that was made elsewhere, known from now on by its serial, so that it can be revoked. */
export async function registerLeaf(sql: AnySql, leaf: Leaf, owner: CertificateOwner): Promise<void> {
  const known = new X509Certificate(leaf.der)
  const spkiHash = sha256(new Uint8Array(known.publicKey.export({ type: 'spki', format: 'der' })))
  await sql`
    INSERT INTO chip_certificate (issuer, serial, chip_id, merchant_id, tenure, spki_hash, certificate, not_after, issued_at)
    VALUES (${leaf.issuer}, ${leaf.serial}, ${owner.chipId}, ${owner.merchantId}, ${owner.tenure}, ${Buffer.from(spkiHash)},
      ${Buffer.from(leaf.der)}, ${new Date(leaf.notAfterMs)}, ${known.validFromDate})
    ON CONFLICT (issuer, serial) DO NOTHING`
}

/** Every certificate that this chip has, of whatever age. */
export async function revokeCertificates(
  sql: AnySql,
  chipId: ChipId | string,
  reason: RevocationReason,
): Promise<void> {
  await sql`
    UPDATE chip_certificate SET revoked_at = now(), revocation_reason = ${REVOCATION_REASONS[reason]}
    WHERE chip_id = ${chipId} AND revoked_at IS NULL`
}
