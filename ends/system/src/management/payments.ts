import type postgres from 'postgres'
import type { Place, Reach } from '../access/reach.ts'
import { within } from '../access/within.ts'
import type { AnySql } from '../database.ts'
import { pseudonymOf } from '../payer/pseudonym.ts'
import { decodePayment } from '../payment/codec.ts'
import type { Payment } from '../payment/state.ts'

/** One page's question. Times are epoch milliseconds; `after` is the last row of the page before. */
export interface PaymentQuery {
  readonly reach: Reach
  readonly merchantId?: string
  readonly machineId?: string
  readonly state?: string
  readonly endReason?: string
  readonly openCase: boolean
  readonly fromMs?: number
  readonly toMs?: number
  readonly after: readonly [claimedAtMs: number, paymentId: string] | null
  readonly limit: number
}

export interface StaffPayment {
  readonly place: Place
  readonly payment: Payment
}

interface PaymentRow {
  readonly body: string
  readonly merchant_id: string
  readonly site_id: string | null
}

type Fragment = postgres.PendingQuery<postgres.Row[]>

/**
 * Newest first. Sites reach payments by their machines. Each merchant and each machine of the reach gives its own newest by
 * an index, and of these the newest are taken: walking all payments for those few would take as long as there are payments.
 */
export async function listPayments(sql: AnySql, query: PaymentQuery): Promise<readonly StaffPayment[]> {
  const [afterMs = 0, afterId = ''] = query.after ?? []
  const all = [
    query.state === undefined ? sql`true` : sql`state = ${query.state}`,
    query.endReason === undefined ? sql`true` : sql`body ->> 'endReason' = ${query.endReason}`,
    query.openCase ? sql`open_case IS NOT NULL` : sql`true`,
    query.fromMs === undefined ? sql`true` : sql`claimed_at_ms >= ${query.fromMs}`,
    query.toMs === undefined ? sql`true` : sql`claimed_at_ms < ${query.toMs}`,
    query.after === null ? sql`true` : sql`(claimed_at_ms, payment_id) < (${afterMs}, ${afterId})`,
  ].reduce((left, right) => sql`${left} AND ${right}`)
  const newest = (of: Fragment) => sql`
    SELECT payment_id, claimed_at_ms FROM payment WHERE ${of} AND ${all}
    ORDER BY claimed_at_ms DESC, payment_id DESC LIMIT ${query.limit}`
  // Bodies are read of those alone that are shown.
  const rows = await sql<PaymentRow[]>`
    SELECT body::text AS body, payment.merchant_id, machine.site_id
    FROM (SELECT * FROM (${reachedBy(sql, query, newest)}) AS every
        ORDER BY claimed_at_ms DESC, payment_id DESC LIMIT ${query.limit}) AS found
      JOIN payment USING (payment_id, claimed_at_ms) JOIN machine USING (machine_id)
    WHERE ${within(sql, query.reach, { merchant: 'payment.merchant_id', site: 'machine.site_id' })}
    ORDER BY claimed_at_ms DESC, payment_id DESC`
  return rows.map(staffPayment)
}

/** The newest payments of each merchant or machine that the question is about. */
function reachedBy(sql: AnySql, query: PaymentQuery, newest: (of: Fragment) => Fragment): Fragment {
  const { reach, machineId, merchantId } = query
  const ofMachines = (which: Fragment) => sql`
    SELECT one.* FROM machine AS reached CROSS JOIN LATERAL (
      ${newest(sql`payment.machine_id = reached.machine_id`)}) AS one
    WHERE ${which} AND ${within(sql, reach, { merchant: 'reached.merchant_id', site: 'reached.site_id' })}`
  if (machineId !== undefined) {
    const named = sql`reached.machine_id = ${machineId}`
    return ofMachines(
      merchantId === undefined ? named : sql`${named} AND reached.merchant_id = ${merchantId}`,
    )
  }
  if (reach.everywhere) {
    return newest(merchantId === undefined ? sql`true` : sql`payment.merchant_id = ${merchantId}`)
  }
  const asked = (id: string) => merchantId === undefined || merchantId === id
  const merchantIds = reach.merchantIds.filter(asked)
  const sites = reach.sites.filter((site) => asked(site.merchantId) && !merchantIds.includes(site.merchantId))
  const ofMerchants = sql`
    SELECT one.* FROM unnest(${merchantIds}::text[]) AS reached (merchant_id) CROSS JOIN LATERAL (
      ${newest(sql`payment.merchant_id = reached.merchant_id`)}) AS one`
  if (sites.length === 0) return ofMerchants
  const inSites = sql`(reached.merchant_id, reached.site_id) IN (
    SELECT * FROM unnest(${sites.map((site) => site.merchantId)}::text[], ${sites.map((site) => site.siteId)}::text[]))`
  return merchantIds.length === 0 ? ofMachines(inSites) : sql`${ofMerchants} UNION ALL ${ofMachines(inSites)}`
}

/** Null for what is not there and for what is another's. */
export async function readPayment(
  sql: AnySql,
  paymentId: string,
  reach: Reach,
): Promise<(StaffPayment & { readonly events: readonly StaffEvent[] }) | null> {
  const [row] = await sql<PaymentRow[]>`
    SELECT body::text AS body, payment.merchant_id, machine.site_id FROM payment JOIN machine USING (machine_id)
    WHERE payment_id = ${paymentId}
      AND ${within(sql, reach, { merchant: 'payment.merchant_id', site: 'machine.site_id' })}`
  if (row === undefined) return null
  const events = await sql<StaffEvent[]>`
    SELECT version, at_ms::float8 AS "atMs", event_text::jsonb ->> 'kind' AS kind, hash FROM payment_event
    WHERE payment_id = ${paymentId} ORDER BY version`
  return {
    ...staffPayment(row),
    events: events.map((event) => ({ ...event, kind: event.kind ?? 'claimed' })),
  }
}

export interface StaffEvent {
  readonly version: number
  readonly atMs: number
  readonly kind: string
  readonly hash: string
}

function staffPayment(row: PaymentRow): StaffPayment {
  return {
    payment: decodePayment(row.body),
    place: { merchantId: row.merchant_id, siteId: row.site_id },
  }
}

/**
 * As staff see it, before fields are taken away by role. No device, no account, no key of a payer; the payer by the
 * pseudonym that this merchant knows (I18).
 */
export function paymentRecord(payment: Payment, pseudonymSecret: string) {
  const { merchantId } = payment.payee
  return {
    paymentId: payment.paymentId,
    merchantId,
    machineId: payment.machineId,
    chipId: payment.chipId,
    state: payment.state,
    goods: payment.purchase.goods,
    claimedAtMs: payment.claimedAtMs,
    closedAtMs: payment.closedAtMs ?? null,
    endReason: payment.endReason ?? null,
    case: payment.case === undefined ? null : { settledAtMs: null, ...payment.case },
    outcome: payment.outcome ?? null,
    amountMinor: payment.purchase.amountMinor.toString(),
    currency: payment.purchase.currency,
    lossMinor: payment.lossMinor.toString(),
    orders: payment.orders.map((order) => ({
      orderId: order.orderId,
      kind: order.kind,
      amountMinor: order.amountMinor.toString(),
      status: order.status,
      reason: order.reason ?? null,
      bankReference: order.bankReference ?? null,
      madeAtMs: order.madeAtMs,
    })),
    payer:
      payment.payerId === undefined
        ? null
        : pseudonymOf(pseudonymSecret, { payerId: payment.payerId, merchantId }),
  }
}
