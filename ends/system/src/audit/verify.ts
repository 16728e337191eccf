import type { Sql } from '../database.ts'
import { CHAIN_START, chainHash } from '../payment/chain.ts'
import { decodeEvent, decodePayment, encodePayment } from '../payment/codec.ts'
import type { Payment } from '../payment/state.ts'
import { transition } from '../payment/transition.ts'
import { brokenAnchor } from './anchor.ts'
import { type Plain, canonicalJson } from './canonical.ts'
import { brokenStaffAction } from './staff-action.ts'

const PAYMENTS_AT_ONCE = 200

export interface AuditReport {
  readonly payments: number
  readonly events: number
  /** In words; empty when the whole trail holds. */
  readonly broken: readonly string[]
}

interface EventRow {
  readonly payment_id: string
  readonly version: number
  readonly event_text: string
  readonly prev_hash: string
  readonly hash: string
}

/**
 * Walks the whole audit trail (I11): every payment's chain link by link, replayed through `transition` to the state
 * that the database has now; the anchors over all chains; and the chain of what staff did.
 */
export async function verifyAudit(sql: Sql): Promise<AuditReport> {
  const broken: string[] = []
  let payments = 0
  let events = 0
  for (let after = ''; ; ) {
    const rows = await sql<{ payment_id: string; body: string }[]>`
      SELECT payment_id, body::text AS body FROM payment WHERE payment_id > ${after}
      ORDER BY payment_id LIMIT ${PAYMENTS_AT_ONCE}`
    const last = rows.at(-1)
    if (last === undefined) break
    const chains = await readChains(
      sql,
      rows.map((row) => row.payment_id),
    )
    for (const row of rows) {
      const chain = chains.get(row.payment_id) ?? []
      payments += 1
      events += chain.length
      const fault = brokenChain(chain, row.body)
      if (fault !== null) broken.push(`payment ${row.payment_id}: ${fault}`)
    }
    after = last.payment_id
  }
  const anchor = await brokenAnchor(sql)
  if (anchor !== null) broken.push(anchor)
  const action = await brokenStaffAction(sql)
  if (action !== null) broken.push(`staff action ${action} was changed`)
  return { payments, events, broken }
}

async function readChains(sql: Sql, paymentIds: readonly string[]): Promise<ReadonlyMap<string, EventRow[]>> {
  const rows = await sql<EventRow[]>`
    SELECT payment_id, version, event_text, prev_hash, hash FROM payment_event
    WHERE payment_id = ANY (${[...paymentIds]}) ORDER BY payment_id, version`
  const chains = new Map<string, EventRow[]>()
  for (const row of rows) {
    const chain = chains.get(row.payment_id) ?? []
    chain.push(row)
    chains.set(row.payment_id, chain)
  }
  return chains
}

/** What is wrong with one payment's chain, in words; null when it holds and leads to `body`. */
export function brokenChain(chain: readonly EventRow[], body: string): string | null {
  let previous = CHAIN_START
  let payment: Payment | null = null
  for (const [index, row] of chain.entries()) {
    if (row.version !== index + 1) return `entry ${String(index + 1)} is missing`
    if (row.prev_hash !== previous || chainHash(previous, row.version, row.event_text) !== row.hash) {
      return `entry ${String(row.version)} was changed`
    }
    payment = payment === null ? claimed(row) : replay(payment, row)
    previous = row.hash
  }
  if (payment === null) return 'it has no entries'
  return canonical(encodePayment(payment)) === canonical(body)
    ? null
    : 'its entries do not lead to its present state'
}

/** The first entry holds the payment as it was claimed. */
function claimed(row: EventRow): Payment {
  const entry = JSON.parse(row.event_text) as { payment: unknown }
  return { ...decodePayment(JSON.stringify(entry.payment)), chainHash: row.hash }
}

function replay(payment: Payment, row: EventRow): Payment {
  const step = transition(payment, decodeEvent(row.event_text))
  return { ...step.payment, version: row.version, chainHash: row.hash }
}

function canonical(text: string): string {
  return canonicalJson(JSON.parse(text) as Plain)
}
