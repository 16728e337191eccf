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

/** Newest first. Sites reach payments by their machines. */
export async function listPayments(sql: AnySql, query: PaymentQuery): Promise<readonly StaffPayment[]> {
  const [afterMs = 0, afterId = ''] = query.after ?? []
  const all = [
    within(sql, query.reach, { merchant: 'payment.merchant_id', site: 'machine.site_id' }),
    query.merchantId === undefined ? sql`true` : sql`payment.merchant_id = ${query.merchantId}`,
    query.machineId === undefined ? sql`true` : sql`payment.machine_id = ${query.machineId}`,
    query.state === undefined ? sql`true` : sql`state = ${query.state}`,
    query.endReason === undefined ? sql`true` : sql`body ->> 'endReason' = ${query.endReason}`,
    query.openCase ? sql`open_case IS NOT NULL` : sql`true`,
    query.fromMs === undefined ? sql`true` : sql`claimed_at_ms >= ${query.fromMs}`,
    query.toMs === undefined ? sql`true` : sql`claimed_at_ms < ${query.toMs}`,
    query.after === null ? sql`true` : sql`(claimed_at_ms, payment_id) < (${afterMs}, ${afterId})`,
  ].reduce((left, right) => sql`${left} AND ${right}`)
  const rows = await sql<PaymentRow[]>`
    SELECT body::text AS body, payment.merchant_id, machine.site_id
    FROM payment JOIN machine USING (machine_id)
    WHERE ${all} ORDER BY claimed_at_ms DESC, payment_id DESC LIMIT ${query.limit}`
  return rows.map(staffPayment)
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
