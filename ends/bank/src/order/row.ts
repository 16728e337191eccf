import { currencyOf } from '#protocol/money.ts'
import type { Order, OrderKind, ReasonCode, TransactionStatus } from './order.ts'

/** A row of bank_order as the driver gives it. */
export interface OrderRow {
  end_to_end_id: string
  kind: OrderKind
  body_sha256: string
  status: TransactionStatus
  reason_code: ReasonCode | null
  bank_reference: string
  mandate_id: string | null
  debtor_account_id: bigint | null
  creditor_account_id: bigint | null
  original_end_to_end_id: string | null
  closed_by_end_to_end_id: string | null
  currency: string
  amount_minor: bigint
  settled_minor: bigint
  refunded_minor: bigint
  reversed_minor: bigint
  reserved_minor: bigint
  held_minor: bigint
  valid_until: Date | null
  expires_at: Date | null
  day: string
  received_at: Date
  reason: string | null
}

export function rowToOrder(row: OrderRow): Order {
  return {
    endToEndId: row.end_to_end_id,
    kind: row.kind,
    bodySha256: row.body_sha256,
    status: row.status,
    reasonCode: row.reason_code,
    bankReference: row.bank_reference,
    mandateId: row.mandate_id,
    debtorAccountId: row.debtor_account_id,
    creditorAccountId: row.creditor_account_id,
    originalEndToEndId: row.original_end_to_end_id,
    closedByEndToEndId: row.closed_by_end_to_end_id,
    currency: currencyOf(row.currency),
    amountMinor: row.amount_minor,
    settledMinor: row.settled_minor,
    refundedMinor: row.refunded_minor,
    reversedMinor: row.reversed_minor,
    reservedMinor: row.reserved_minor,
    heldMinor: row.held_minor,
    validUntilMs: row.valid_until?.getTime() ?? null,
    expiresAtMs: row.expires_at?.getTime() ?? null,
    day: row.day,
    receivedAtMs: row.received_at.getTime(),
    reason: row.reason,
  }
}

/** An order as JSON for jsonb_populate_recordset; amounts and ids as strings, since JSON numbers are floats. */
export function orderToRow(order: Order): Record<string, string | null> {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
  const id = (value: bigint | null) => (value === null ? null : String(value))
  return {
    end_to_end_id: order.endToEndId,
    kind: order.kind,
    body_sha256: order.bodySha256,
    status: order.status,
    reason_code: order.reasonCode,
    bank_reference: order.bankReference,
    mandate_id: order.mandateId,
    debtor_account_id: id(order.debtorAccountId),
    creditor_account_id: id(order.creditorAccountId),
    original_end_to_end_id: order.originalEndToEndId,
    closed_by_end_to_end_id: order.closedByEndToEndId,
    currency: order.currency,
    amount_minor: String(order.amountMinor),
    settled_minor: String(order.settledMinor),
    refunded_minor: String(order.refundedMinor),
    reversed_minor: String(order.reversedMinor),
    reserved_minor: String(order.reservedMinor),
    held_minor: String(order.heldMinor),
    valid_until: time(order.validUntilMs),
    expires_at: time(order.expiresAtMs),
    day: order.day,
    received_at: time(order.receivedAtMs),
    reason: order.reason,
  }
}
