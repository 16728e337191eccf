import type { AnySql } from '../database.ts'
import { type RevocationReason, revokeCertificates } from './certificate-record.ts'

/**
 * For good: the chip, every certificate it has, and a release that was under way. Undefined where there is no such chip.
 * In the transaction of whoever decides it.
 */
export async function withdrawChip(
  sql: AnySql,
  chipId: string,
  reason: Extract<RevocationReason, 'replaced' | 'distrusted'>,
): Promise<{ readonly merchantId: string } | undefined> {
  const [row] = await sql<{ merchant_id: string }[]>`
    UPDATE chip SET revoked_at = coalesce(revoked_at, now()) WHERE chip_id = ${chipId} RETURNING merchant_id`
  if (row === undefined) return undefined
  await revokeCertificates(sql, chipId, reason)
  await sql`
    UPDATE retirement SET state = 'void', changed_at_ms = (extract(epoch FROM now()) * 1000)::bigint
    WHERE chip_id = ${chipId} AND state = 'asked'`
  return { merchantId: row.merchant_id }
}
