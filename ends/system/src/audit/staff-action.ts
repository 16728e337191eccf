import type { AnySql } from '../database.ts'
import { CHAIN_START, type Plain, canonicalJson, sha256Hex } from './canonical.ts'

export interface StaffAction {
  readonly atMs: number
  /** Who did it: the account under which the command ran. */
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly merchantId?: string
  readonly detail: { readonly [name: string]: Plain }
}

interface StaffActionRow {
  readonly sequence: string
  readonly at_ms: string
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly merchant_id: string | null
  readonly detail: { readonly [name: string]: Plain }
  readonly prev_hash: string
  readonly hash: string
}

const CHAIN_LOCK = 7_214_006

/** In the transaction of what it records: both happen or neither. */
export async function recordStaffAction(sql: AnySql, action: StaffAction): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${CHAIN_LOCK})`
  const [last] = await sql<{ sequence: string; hash: string }[]>`
    SELECT sequence, hash FROM staff_action ORDER BY sequence DESC LIMIT 1`
  const row = {
    sequence: String(BigInt(last?.sequence ?? 0) + 1n),
    at_ms: String(action.atMs),
    actor: action.actor,
    action: action.action,
    target: action.target,
    merchant_id: action.merchantId ?? null,
    detail: action.detail,
    prev_hash: last?.hash ?? CHAIN_START,
  }
  await sql`
    INSERT INTO staff_action ${sql({ ...row, detail: sql.json(action.detail as never), hash: hashOf(row) } as never)}`
}

function hashOf(row: Omit<StaffActionRow, 'hash'>): string {
  return sha256Hex(canonicalJson({ ...row }))
}

/** Null when the chain holds, or the sequence number at which it does not. */
export async function brokenStaffAction(sql: AnySql): Promise<string | null> {
  const rows = await sql<StaffActionRow[]>`
    SELECT sequence, at_ms, actor, action, target, merchant_id, detail, prev_hash, hash
    FROM staff_action ORDER BY sequence`
  let previous = CHAIN_START
  let expected = 1n
  for (const { hash, ...row } of rows) {
    if (BigInt(row.sequence) !== expected || row.prev_hash !== previous || hashOf(row) !== hash)
      return row.sequence
    previous = hash
    expected += 1n
  }
  return null
}
