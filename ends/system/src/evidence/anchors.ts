import type { Head } from '../audit/anchor.ts'
import type { AnySql } from '../database.ts'
import type { Payment } from '../payment/state.ts'
import type { EvidenceAnchor, EvidenceFile } from './evidence-file.ts'

/** Anchors looked at after the payment's last event: the next one binds it, unless many payments moved at once. */
const AFTER_MAX = 3
/** Of all that are found. A payment that goes on for long is bound many times, and the last ones say most. */
const ANCHORS_MAX = 20

interface AnchorRow {
  readonly sequence: string
  readonly at_ms: string
  readonly prev_hash: string
  readonly hash: string
  readonly heads: readonly Head[]
}

/**
 * The anchors that bind links of this payment's chain, in their order. What else they bind is of other merchants, and
 * only in the platform's file.
 */
export async function anchorsOf(
  sql: AnySql,
  payment: Payment,
  audience: EvidenceFile['for'],
): Promise<EvidenceAnchor[]> {
  const { paymentId } = payment
  const rows = await sql<AnchorRow[]>`
    WITH span AS (SELECT min(at_ms) AS first, max(at_ms) AS last FROM payment_event WHERE payment_id = ${paymentId}),
    near AS (
      (SELECT anchor.* FROM audit_anchor anchor, span WHERE at_ms >= span.first AND at_ms < span.last)
      UNION ALL
      (SELECT anchor.* FROM audit_anchor anchor WHERE at_ms >= (SELECT last FROM span)
        ORDER BY at_ms, sequence LIMIT ${AFTER_MAX}))
    SELECT sequence, at_ms, prev_hash, hash, heads FROM near
    WHERE heads @> ${sql.json([{ paymentId }])}
    ORDER BY near.sequence DESC LIMIT ${ANCHORS_MAX}`
  return rows.toReversed().flatMap(({ heads, ...row }) => {
    const own = heads.find((head) => head.paymentId === paymentId)
    if (own === undefined) return []
    return [
      {
        sequence: row.sequence,
        atMs: Number(row.at_ms),
        previousHash: row.prev_hash,
        hash: row.hash,
        version: own.version,
        eventHash: own.hash,
        heads: audience === 'platform' ? [...heads] : null,
      },
    ]
  })
}
