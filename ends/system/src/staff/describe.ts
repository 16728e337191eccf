import type { PaymentId } from '#protocol/identifier.ts'
import { formatDecimal } from '#protocol/money.ts'
import type { Sql } from '../database.ts'
import { ERRORS } from '../error/table.ts'
import { readFreeStart } from '../free-start/free-start.ts'
import { PostgresJournal } from '../payment/journal-postgres.ts'
import type { Payment } from '../payment/state.ts'
import { type StaffAnswer, refused, said } from './answer.ts'

/** One payment or free start with its whole story. */
export async function describePayment(sql: Sql, paymentId: PaymentId): Promise<StaffAnswer> {
  const payment = await new PostgresJournal(sql).read(paymentId)
  if (payment === undefined) return await describeFreeStart(sql, paymentId)
  const events = await sql<{ version: number; at_ms: string; kind: string }[]>`
    SELECT version, at_ms, event_text::jsonb ->> 'kind' AS kind FROM payment_event
    WHERE payment_id = ${paymentId} ORDER BY version`
  const story = events.map(({ version, at_ms, kind }) => ({ version, atMs: Number(at_ms), kind }))
  const words = [
    `Payment ${payment.paymentId}: ${stateInWords(payment)}`,
    `  ${price(payment)} to ${payment.payee.name}, for ${payment.purchase.goods} at machine ${payment.machineId} (chip ${payment.chipId})`,
    ...payment.orders.map(
      (order) =>
        `  ${order.kind} of ${formatDecimal({ amountMinor: order.amountMinor, currency: payment.purchase.currency })}: ${order.status}${order.bankReference === undefined ? '' : `, bank reference ${order.bankReference}`}`,
    ),
    ...story.map(({ version, atMs, kind }) => `  ${String(version).padStart(3)}  ${at(atMs)}  ${kind}`),
  ]
  return said(words, { ...paymentData(payment), events: story })
}

async function describeFreeStart(sql: Sql, startId: PaymentId): Promise<StaffAnswer> {
  const start = await readFreeStart(sql, startId)
  if (start === undefined) return refused(`There is no payment and no free start ${startId}.`)
  const because = start.refusedBecause === null ? '' : ` because ${start.refusedBecause}`
  const outcome =
    start.outcome === null
      ? ''
      : `, ${start.outcome.result}, ${String(start.outcome.deliveredMin)} of ${String(start.outcome.ordered)}`
  return said([`Free start ${startId} at chip ${start.chipId}: ${start.state}${because}${outcome}`], {
    freeStart: start,
  })
}

export function caseLine(payment: Payment): string {
  const { case: open } = payment
  if (open === undefined) return payment.paymentId
  const { title } = ERRORS[open.reason]
  return `${payment.paymentId}  ${at(open.openedAtMs)}  ${price(payment)}  ${payment.machineId}  ${open.reason}: ${title}`
}

/** For programs; amounts as text, since JSON numbers are floats. No device and no payer is named. */
export function paymentData(payment: Payment): object {
  return {
    paymentId: payment.paymentId,
    state: payment.state,
    merchantId: payment.payee.merchantId,
    machineId: payment.machineId,
    chipId: payment.chipId,
    amountMinor: payment.purchase.amountMinor.toString(),
    currency: payment.purchase.currency,
    goods: payment.purchase.goods,
    claimedAtMs: payment.claimedAtMs,
    closedAtMs: payment.closedAtMs ?? null,
    endReason: payment.endReason ?? null,
    case: payment.case ?? null,
    lossMinor: payment.lossMinor.toString(),
    orders: payment.orders.map((order) => ({
      orderId: order.orderId,
      kind: order.kind,
      amountMinor: order.amountMinor.toString(),
      status: order.status,
      reason: order.reason ?? null,
      bankReference: order.bankReference ?? null,
    })),
    outcome: payment.outcome ?? null,
  }
}

function stateInWords(payment: Payment): string {
  const { case: open, endReason } = payment
  const why = endReason === undefined ? '' : ` (${endReason})`
  const looked =
    open === undefined ? '' : `; case ${open.reason}${open.settledAtMs === undefined ? '' : ', settled'}`
  return `${payment.state}${why}${looked}`
}

function price(payment: Payment): string {
  const { amountMinor, currency } = payment.purchase
  return `${formatDecimal({ amountMinor, currency })} ${currency}`
}

function at(ms: number): string {
  return new Date(ms).toISOString()
}
