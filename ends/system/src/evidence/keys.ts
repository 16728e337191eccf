import { X509Certificate } from 'node:crypto'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { MESSAGES } from '#protocol/message/registry.ts'
import { parseSign1, verifySign1 } from '#protocol/cose.ts'
import { keyIdOfSpki, nodeVerifier, sha256 } from '#protocol/node-keys.ts'
import type { AnySql } from '../database.ts'
import { isIssuedBy } from '../identity/certificate-file.ts'
import type { Payment } from '../payment/state.ts'
import type { CommandKey } from './command-keeper.ts'
import type { EvidenceKey, EvidenceMessage } from './evidence-file.ts'

/** The keys of the chip that signed anything of this payment, with the certificates that were good when it was claimed. */
export async function chipKeysOf(
  sql: AnySql,
  about: {
    readonly payment: Payment
    readonly signed: readonly EvidenceMessage[]
    readonly issuers: readonly Uint8Array[]
  },
): Promise<EvidenceKey[]> {
  const { payment, signed, issuers } = about
  const known = await sql<{ spki: Buffer }[]>`SELECT spki FROM chip_key WHERE chip_id = ${payment.chipId}`
  const keys: EvidenceKey[] = []
  for (const { spki } of known) {
    if (!signed.some(({ kind, bytes }) => kind !== 'command' && isSignedBy(bytes, spki))) continue
    const claimedAt = new Date(payment.claimedAtMs)
    const [leaf] = await sql<{ certificate: Buffer }[]>`
      SELECT certificate FROM chip_certificate
      WHERE chip_id = ${payment.chipId} AND spki_hash = ${Buffer.from(sha256(spki))}
      ORDER BY (issued_at <= ${claimedAt} AND not_after >= ${claimedAt}) DESC, issued_at DESC LIMIT 1`
    keys.push(keyOf('chip', spki, leaf === undefined ? [] : chainOf(leaf.certificate, issuers)))
  }
  return keys
}

/** Of the commands as they were sent, and the one that seals now. */
export function systemKeysOf(
  rows: readonly { readonly spki: Buffer | null; readonly certificate: Buffer | null }[],
  sealing: CommandKey,
): EvidenceKey[] {
  const keys = new Map<string, EvidenceKey>()
  for (const { spki, certificate } of [...rows, sealing]) {
    if (spki === null) continue
    const key = keyOf('system', spki, certificate === null ? [] : [certificate])
    keys.set(key.keyId, key)
  }
  return [...keys.values()]
}

function keyOf(of: EvidenceKey['of'], spki: Uint8Array, certificates: readonly Uint8Array[]): EvidenceKey {
  return {
    of,
    keyId: keyIdOfSpki(spki),
    spki: toBase64url(spki),
    certificates: certificates.map(toBase64url),
  }
}

function isSignedBy(bytes: string, spki: Uint8Array): boolean {
  const sign1 = parseSign1(fromBase64url(bytes) ?? new Uint8Array(0), MESSAGES.outcome.maxBytes)
  return sign1.ok && verifySign1(sign1.value, nodeVerifier(spki))
}

function chainOf(leaf: Uint8Array, issuers: readonly Uint8Array[]): readonly Uint8Array[] {
  const certificate = new X509Certificate(leaf)
  const issuer = issuers.find((der) => isIssuedBy(certificate, new X509Certificate(der)))
  return issuer === undefined ? [leaf] : [leaf, issuer]
}
