import { randomBytes } from 'node:crypto'
import type { Bank, MandateRequest, MandateStatus } from '../bank/port.ts'
import type { AnySql, Sql } from '../database.ts'
import type { Payment } from '../payment/state.ts'
import { firstOrderId } from '../payment/step.ts'
import type { Device } from './device.ts'

/** What the bank's customer is offered beside the approval of this one payment. */
const RECURRING_DAYS = 90
const RECURRING_PER_PAYMENT = 2n
const RECURRING_PER_DAY = 10n
const DAY_MS = 86_400_000
/** Sent to the bank and back within one payment; more is someone playing. */
const MANDATES_PER_PAYMENT_MAX = 5

interface MandateRow {
  readonly mandate_id: string
  readonly redirect_url: string | null
  readonly request: StoredRequest
  readonly status: string
}

interface StoredRequest {
  readonly amountMinor: string
  readonly currency: string
  readonly creditorName: string
  readonly perPaymentMinor: string
  readonly perDayMinor: string
  readonly orderId: string
  readonly validUntilMs: number
  readonly redirectUri: string
  readonly language: 'en' | 'zh-CN'
}

export interface ApprovalRequest {
  readonly payment: Payment
  readonly device: Device
  readonly redirectUri: string
  readonly language: 'en' | 'zh-CN'
  readonly nowMs: number
}

/**
 * The mandate that this payment's approval is about. Its id and its bytes are stored before anything is sent, and a
 * repeat sends the same again. Null when there were too many.
 */
export async function storeMandate(sql: Sql, approval: ApprovalRequest): Promise<MandateRequest | null> {
  const { payment, device } = approval
  return await sql.begin(async (transaction) => {
    await transaction`SELECT 1 FROM device WHERE device_id = ${device.deviceId} FOR UPDATE`
    const rows = await transaction<MandateRow[]>`
      SELECT mandate_id, redirect_url, request, status FROM mandate
      WHERE payment_id = ${payment.paymentId} ORDER BY created_at DESC`
    const open = rows.find(({ status }) => status === 'made' || status === 'received')
    if (open !== undefined) return requestOf(open.mandate_id, open.request)
    if (rows.length >= MANDATES_PER_PAYMENT_MAX) return null
    const mandateId = randomBytes(16).toString('hex')
    const stored = storedRequest(approval)
    await transaction`
      INSERT INTO mandate (mandate_id, device_id, payment_id, status, currency, request)
      VALUES (${mandateId}, ${device.deviceId}, ${payment.paymentId}, 'made', ${payment.purchase.currency},
        ${transaction.json(stored as never)})`
    return requestOf(mandateId, stored)
  })
}

function storedRequest({ payment, redirectUri, language, nowMs }: ApprovalRequest): StoredRequest {
  const { amountMinor, currency } = payment.purchase
  return {
    amountMinor: amountMinor.toString(),
    currency,
    creditorName: payment.payee.name,
    perPaymentMinor: (amountMinor * RECURRING_PER_PAYMENT).toString(),
    perDayMinor: (amountMinor * RECURRING_PER_DAY).toString(),
    validUntilMs: nowMs + RECURRING_DAYS * DAY_MS,
    orderId: firstOrderId(payment),
    redirectUri,
    language,
  }
}

function requestOf(mandateId: string, stored: StoredRequest): MandateRequest {
  const currency = stored.currency as MandateRequest['money']['currency']
  const money = { amountMinor: BigInt(stored.amountMinor), currency }
  return {
    mandateId,
    orderId: stored.orderId,
    creditorName: stored.creditorName,
    money,
    recurring: {
      perPayment: { amountMinor: BigInt(stored.perPaymentMinor), currency },
      perDay: { amountMinor: BigInt(stored.perDayMinor), currency },
      validUntilMs: stored.validUntilMs,
    },
    redirectUri: stored.redirectUri,
    language: stored.language,
  }
}

export async function mandateSent(sql: AnySql, mandateId: string, redirectUrl: string): Promise<void> {
  await sql`
    UPDATE mandate SET redirect_url = ${redirectUrl}, changed_at = now(),
      status = CASE status WHEN 'made' THEN 'received' ELSE status END
    WHERE mandate_id = ${mandateId}`
}

/** Asks the bank and keeps what it says. Null when the mandate is not ours, or the bank is silent. */
export async function refreshMandate(sql: Sql, bank: Bank, mandateId: string): Promise<MandateStatus | null> {
  const [known] = await sql`SELECT 1 FROM mandate WHERE mandate_id = ${mandateId}`
  if (known === undefined) return null
  const status = await bank.mandateStatus(mandateId)
  if (status === null) return null
  await sql`
    UPDATE mandate SET status = ${status.status}, scope = ${status.scope},
      per_payment_minor = ${status.perPayment?.amountMinor.toString() ?? null},
      valid_until = ${status.validUntilMs === null ? null : new Date(status.validUntilMs)},
      debtor_pseudonym = ${status.debtorPseudonym}, changed_at = now()
    WHERE mandate_id = ${mandateId}`
  return status
}

/** What the bank says of an approval: granted, refused, or undefined while it is not decided or not known. */
export async function askApproval(sql: Sql, bank: Bank, mandateId: string): Promise<boolean | undefined> {
  const status = await refreshMandate(sql, bank, mandateId)
  if (status === null || status.status === 'received') return undefined
  return status.status === 'valid'
}

/** The bank's pseudonym of whoever approved, as far as the bank has said. */
export async function debtorOf(sql: AnySql, mandateId: string): Promise<string | null> {
  const [row] = await sql<{ debtor_pseudonym: string | null }[]>`
    SELECT debtor_pseudonym FROM mandate WHERE mandate_id = ${mandateId}`
  return row?.debtor_pseudonym ?? null
}

/**
 * A standing mandate of this device's payer that covers this payment; null when the bank has to be asked first. One that
 * the bank has refused within a day (its limit was reached, say) is not tried again: the payer approves anew.
 */
export async function standingMandate(sql: AnySql, payment: Payment, device: Device): Promise<string | null> {
  if (device.payerId === null) return null
  const [row] = await sql<{ mandate_id: string }[]>`
    SELECT mandate_id FROM mandate
    WHERE payer_id = ${device.payerId} AND status = 'valid' AND scope = 'recurring'
      AND currency = ${payment.purchase.currency}
      AND (per_payment_minor IS NULL OR per_payment_minor >= ${payment.purchase.amountMinor.toString()}::numeric)
      AND (valid_until IS NULL OR valid_until > now() + interval '1 minute')
      AND NOT EXISTS (
        SELECT 1 FROM payment p
        WHERE p.payer_id = mandate.payer_id AND p.state = 'ended'
          AND p.claimed_at_ms > (extract(epoch FROM now() - interval '1 day') * 1000)::bigint
          AND p.body->>'mandateId' = mandate.mandate_id
          AND p.body->>'endReason' IN ('bank-limit', 'bank-mandate-invalid'))
    ORDER BY created_at DESC LIMIT 1`
  return row?.mandate_id ?? null
}

/** Standing mandates of a payer, to ask the bank about again. */
export async function standingMandates(
  sql: AnySql,
  payerId: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await sql<{ mandate_id: string }[]>`
    SELECT mandate_id FROM mandate WHERE payer_id = ${payerId} AND status = 'valid' AND scope = 'recurring'
    ORDER BY created_at DESC LIMIT ${limit}`
  return rows.map((row) => row.mandate_id)
}

export async function paymentOfMandate(
  sql: AnySql,
  mandateId: string,
): Promise<{ readonly paymentId: string; readonly deviceId: string } | null> {
  const [row] = await sql<{ payment_id: string; device_id: string }[]>`
    SELECT payment_id, device_id FROM mandate WHERE mandate_id = ${mandateId}`
  return row === undefined ? null : { paymentId: row.payment_id, deviceId: row.device_id }
}
