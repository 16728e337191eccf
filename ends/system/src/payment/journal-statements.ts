import { CHAIN_START, claimedEntryText } from './chain.ts'
import { columnsOf } from './columns.ts'
import type { Entry } from './journal.ts'
import type { Payment } from './state.ts'

/** The two statements that write payments, each for a whole batch; the arrays are the batch's columns. */

export const BATCH_MAX = 200

export type Parameters = readonly (readonly (string | number | null)[])[]

const PAYMENT_ARRAYS = `
  $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::text[], $9::text[],
  $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[], $16::text[], $17::text[],
  $18::text[], $19::text[], $20::bigint[]`
const PAYMENT_COLUMNS = `
  payment_id, merchant_id, machine_id, chip_id, device_id, payer_id, version, state, holds_slot,
  code_hash, due_at_ms, claimed_at_ms, closed_at_ms, complained_at_ms, open_case, body, event_text,
  prev_hash, hash, at_ms`

const NOTIFY = `SELECT payment_id, pg_notify('farthing_payment', payment_id) FROM changed`

export const CREATE = `
WITH input AS (SELECT * FROM unnest(${PAYMENT_ARRAYS}) AS i (${PAYMENT_COLUMNS})),
changed AS (
  INSERT INTO payment (payment_id, merchant_id, machine_id, chip_id, device_id, payer_id, version, state, holds_slot,
    code_hash, due_at_ms, claimed_at_ms, closed_at_ms, complained_at_ms, open_case, body)
  SELECT payment_id, merchant_id, machine_id, chip_id, device_id, payer_id, version, state, holds_slot::boolean,
    code_hash, due_at_ms, claimed_at_ms, closed_at_ms, complained_at_ms, open_case, body::jsonb FROM input
  ON CONFLICT DO NOTHING
  RETURNING payment_id),
told AS (
  INSERT INTO payment_event (payment_id, version, merchant_id, at_ms, event_text, prev_hash, hash)
  SELECT i.payment_id, i.version, i.merchant_id, i.at_ms, i.event_text, i.prev_hash, i.hash
  FROM input i JOIN changed USING (payment_id))
${NOTIFY}`

export const APPEND = `
WITH input AS (SELECT * FROM unnest(${PAYMENT_ARRAYS}, $21::int[]) AS i (${PAYMENT_COLUMNS}, expected_version)),
changed AS (
  UPDATE payment p SET payer_id = i.payer_id, version = i.version, state = i.state, holds_slot = i.holds_slot::boolean,
    code_hash = i.code_hash, due_at_ms = i.due_at_ms, closed_at_ms = i.closed_at_ms,
    complained_at_ms = i.complained_at_ms, open_case = i.open_case, body = i.body::jsonb
  FROM input i WHERE p.payment_id = i.payment_id AND p.version = i.expected_version
  RETURNING p.payment_id),
told AS (
  INSERT INTO payment_event (payment_id, version, merchant_id, at_ms, event_text, prev_hash, hash)
  SELECT i.payment_id, i.version, i.merchant_id, i.at_ms, i.event_text, i.prev_hash, i.hash
  FROM input i JOIN changed USING (payment_id)),
ordered AS (
  INSERT INTO payment_order (order_id, payment_id, merchant_id, kind, refund_reason, amount_minor, currency)
  SELECT o.* FROM unnest($22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::numeric[], $28::text[])
    AS o (order_id, payment_id, merchant_id, kind, refund_reason, amount_minor, currency)
  JOIN changed USING (payment_id)),
posted AS (
  INSERT INTO ledger_posting (payment_id, version, line, merchant_id, account, currency, debit_minor, credit_minor)
  SELECT l.* FROM unnest($29::text[], $30::int[], $31::int[], $32::text[], $33::text[], $34::text[],
    $35::numeric[], $36::numeric[])
    AS l (payment_id, version, line, merchant_id, account, currency, debit_minor, credit_minor)
  JOIN changed USING (payment_id)),
kept AS (
  INSERT INTO payment_evidence (payment_id, merchant_id, kind, at_ms, bytes)
  SELECT e.payment_id, e.merchant_id, e.kind, e.at_ms, decode(e.bytes, 'base64')
  FROM unnest($37::text[], $38::text[], $39::text[], $40::bigint[], $41::text[])
    AS e (payment_id, merchant_id, kind, at_ms, bytes)
  JOIN changed USING (payment_id)
  ON CONFLICT DO NOTHING)
${NOTIFY}`

interface Link {
  readonly payment: Payment
  readonly eventText: string
  readonly previousHash: string
  readonly atMs: number
}

function paymentParameters(links: readonly Link[]): Parameters {
  const rows = links.map(({ payment }) => columnsOf(payment))
  return [
    rows.map((row) => row.paymentId),
    rows.map((row) => row.merchantId),
    rows.map((row) => row.machineId),
    rows.map((row) => row.chipId),
    rows.map((row) => row.deviceId),
    rows.map((row) => row.payerId),
    rows.map((row) => row.version),
    rows.map((row) => row.state),
    rows.map((row) => String(row.holdsSlot)),
    rows.map((row) => row.codeHash),
    rows.map((row) => row.dueAtMs),
    rows.map((row) => row.claimedAtMs),
    rows.map((row) => row.closedAtMs),
    rows.map((row) => row.complainedAtMs),
    rows.map((row) => row.openCase),
    rows.map((row) => row.body),
    links.map(({ eventText }) => eventText),
    links.map(({ previousHash }) => previousHash),
    links.map(({ payment }) => payment.chainHash),
    links.map(({ atMs }) => atMs),
  ]
}

export function createParameters(payments: readonly Payment[]): Parameters {
  return paymentParameters(
    payments.map((payment) => ({
      payment,
      eventText: claimedEntryText(payment),
      previousHash: CHAIN_START,
      atMs: payment.claimedAtMs,
    })),
  )
}

export function appendParameters(entries: readonly Entry[]): Parameters {
  const orders = entries.flatMap(({ payment, newOrders }) =>
    newOrders.map((order) => ({ ...order, payment })),
  )
  const lines = entries.flatMap(({ payment, postings }) =>
    postings.map((posting, line) => ({ ...posting, line, payment })),
  )
  const words = entries.flatMap(({ payment, signed }) => (signed ? [{ ...signed, payment }] : []))
  return [
    ...paymentParameters(
      entries.map(({ payment, eventText, previousHash, event }) => ({
        payment,
        eventText,
        previousHash,
        atMs: event.atMs,
      })),
    ),
    entries.map((entry) => entry.expectedVersion),
    orders.map((order) => order.orderId),
    orders.map((order) => order.payment.paymentId),
    orders.map((order) => order.payment.payee.merchantId),
    orders.map((order) => order.kind),
    orders.map((order) => order.reason ?? ''),
    orders.map((order) => order.amountMinor.toString()),
    orders.map((order) => order.payment.purchase.currency),
    lines.map((line) => line.payment.paymentId),
    lines.map((line) => line.payment.version),
    lines.map((line) => line.line),
    lines.map((line) => line.payment.payee.merchantId),
    lines.map((line) => line.account),
    lines.map((line) => line.payment.purchase.currency),
    lines.map((line) => line.debitMinor.toString()),
    lines.map((line) => line.creditMinor.toString()),
    words.map((word) => word.payment.paymentId),
    words.map((word) => word.payment.payee.merchantId),
    words.map((word) => word.kind),
    words.map((word) => word.atMs),
    words.map((word) => Buffer.from(word.bytes).toString('base64')),
  ]
}
