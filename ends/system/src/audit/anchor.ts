import type { AnySql, Sql } from '../database.ts'
import { CHAIN_START, sha256Hex } from './canonical.ts'

const HEADS_MAX = 5000
/** Catching up after a long silence; what is left waits for the next time. */
const ROUNDS_MAX = 100
const ANCHOR_LOCK = 7_214_007

/** The last link of one payment's chain, at the time of an anchor. */
export interface Head {
  readonly paymentId: string
  readonly version: number
  readonly hash: string
}

interface AnchorRow {
  readonly sequence: string
  readonly at_ms: string
  readonly heads: readonly Head[]
  readonly prev_hash: string
  readonly hash: string
}

/**
 * Binds the heads of all chains that moved since the last anchor into one hash, chained to the anchor before (I11):
 * from then on no chain can be cut short or replaced as a whole unseen. Returns how many chains were bound.
 */
export async function anchorChains(sql: Sql, atMs: number): Promise<number> {
  let bound = 0
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const heads = await sql.begin((transaction) => anchorOnce(transaction, atMs))
    bound += heads
    if (heads < HEADS_MAX) break
  }
  return bound
}

async function anchorOnce(sql: AnySql, atMs: number): Promise<number> {
  await sql`SELECT pg_advisory_xact_lock(${ANCHOR_LOCK})`
  const heads = await sql<Head[]>`
    SELECT event.payment_id AS "paymentId", event.version, event.hash
    FROM payment JOIN payment_event event USING (payment_id, version)
      LEFT JOIN audit_head USING (payment_id)
    WHERE audit_head.version IS NULL OR audit_head.version < payment.version
    ORDER BY event.payment_id LIMIT ${HEADS_MAX}`
  if (heads.length === 0) return 0
  const [last] = await sql<{ sequence: string; hash: string }[]>`
    SELECT sequence, hash FROM audit_anchor ORDER BY sequence DESC LIMIT 1`
  const sequence = String(BigInt(last?.sequence ?? 0) + 1n)
  const anchor = { sequence, at_ms: String(atMs), heads: [...heads], prev_hash: last?.hash ?? CHAIN_START }
  await sql`
    INSERT INTO audit_anchor (sequence, at_ms, heads, prev_hash, hash)
    VALUES (${sequence}, ${atMs}, ${sql.json(anchor.heads as never)}, ${anchor.prev_hash}, ${anchorHash(anchor)})`
  await sql`
    INSERT INTO audit_head (payment_id, version)
    SELECT * FROM unnest(${heads.map((head) => head.paymentId)}::text[], ${heads.map((head) => head.version)}::int[])
    ON CONFLICT (payment_id) DO UPDATE SET version = excluded.version`
  return heads.length
}

/** SHA-256 over the anchor before, its own number and time, and a line for each head. */
export function anchorHash(anchor: Omit<AnchorRow, 'hash'>): string {
  const lines = anchor.heads.map((head) => `${head.paymentId} ${String(head.version)} ${head.hash}`)
  return sha256Hex([anchor.prev_hash, anchor.sequence, anchor.at_ms, ...lines].join('\n'))
}

/** Null when every anchor holds and every chain still has what it was anchored with; else what does not, in words. */
export async function brokenAnchor(sql: Sql): Promise<string | null> {
  let previous = CHAIN_START
  let expected = 1n
  for await (const rows of sql<AnchorRow[]>`
    SELECT sequence, at_ms, heads, prev_hash, hash FROM audit_anchor ORDER BY sequence`.cursor(20)) {
    for (const { hash, ...anchor } of rows) {
      const inPlace = BigInt(anchor.sequence) === expected && anchor.prev_hash === previous
      if (!inPlace || anchorHash(anchor) !== hash) return `anchor ${anchor.sequence} was changed`
      const lost = await lostHead(sql, anchor.heads)
      if (lost !== null) return `payment ${lost} is not what anchor ${anchor.sequence} bound`
      previous = hash
      expected += 1n
    }
  }
  return null
}

async function lostHead(sql: AnySql, heads: readonly Head[]): Promise<string | null> {
  const [lost] = await sql<{ payment_id: string }[]>`
    SELECT head.payment_id
    FROM unnest(${heads.map((head) => head.paymentId)}::text[], ${heads.map((head) => head.version)}::int[],
      ${heads.map((head) => head.hash)}::text[]) AS head (payment_id, version, hash)
      LEFT JOIN payment_event event USING (payment_id, version)
    WHERE event.hash IS DISTINCT FROM head.hash LIMIT 1`
  return lost?.payment_id ?? null
}
