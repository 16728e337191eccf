import { Pool } from 'undici'
import { currencyOf, formatDecimal, isCurrency, type Money, parseDecimalMoney } from '#protocol/money.ts'
import type { BankAnswer } from '../payment/event.ts'
import type { EndReason } from '../payment/reason.ts'
import type { OrderKind } from '../payment/state.ts'
import type { Bank, BankOrder, MandateRequest, MandateStatus } from './port.ts'

/** At most so many requests under way; more wait in the pool's queue, within their time. */
const CONNECTIONS_MAX = 64
const BODY_CHARACTERS_MAX = 64 * 1024

export interface HttpBankSettings {
  readonly url: string
  readonly token: string
  readonly requestMs: number
}

export interface HttpBank extends Bank {
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** The bank's HTTP API (docs/reference/bank-api.md). Whatever is not a clear answer is `unknown`. */
export function openHttpBank(
  settings: HttpBankSettings,
  warn: (message: string, details: object) => void,
): HttpBank {
  const pool = new Pool(settings.url, {
    connections: CONNECTIONS_MAX,
    headersTimeout: settings.requestMs,
    bodyTimeout: settings.requestMs,
    connect: { timeout: settings.requestMs },
  })

  async function request(
    method: 'GET' | 'POST',
    path: string,
    sent: { readonly body?: object; readonly paymentId?: string } = {},
  ): Promise<Answer | null> {
    const { body, paymentId } = sent
    try {
      const response = await pool.request({
        method,
        path,
        headers: {
          authorization: `Bearer ${settings.token}`,
          'content-type': 'application/json',
          ...(paymentId === undefined ? {} : { 'x-correlation-id': paymentId }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(settings.requestMs),
      })
      const text = await response.body.text()
      if (text.length > BODY_CHARACTERS_MAX) return null
      return { status: response.statusCode, body: JSON.parse(text) }
    } catch (error) {
      warn('the bank did not answer', {
        path: path.split('/').slice(0, 3).join('/'),
        why: error instanceof Error ? error.message : 'error',
      })
      return null
    }
  }

  return {
    async submit(order) {
      const { path, body } = orderRequest(order)
      return answerOf(await request('POST', path, { body, paymentId: order.paymentId }), order)
    },
    async ask(order) {
      return answerOf(
        await request('GET', `/v1/orders/${order.order.orderId}`, { paymentId: order.paymentId }),
        order,
      )
    },
    async requestMandate(wanted) {
      const answer = await request('POST', '/v1/mandates', { body: mandateBody(wanted) })
      const links =
        answer?.status === 200 || answer?.status === 201 ? field(answer.body, '_links') : undefined
      const href = field(field(links, 'scaRedirect'), 'href')
      return typeof href === 'string' ? { redirectUrl: href } : null
    },
    async mandateStatus(mandateId) {
      const answer = await request('GET', `/v1/mandates/${mandateId}`)
      return answer?.status === 200 ? mandateStatusOf(answer.body) : null
    },
    close: () => pool.close(),
  }
}

type OrderRequest = { readonly path: string; readonly body: object }

/** The same bytes for the same order, always: everything in them was journaled before the first sending. */
const ORDER_REQUEST: Readonly<Record<OrderKind, (order: BankOrder) => OrderRequest>> = {
  transfer: (order) => ({ path: '/v1/payments/instant-credit-transfers', body: transferBody(order) }),
  hold: (order) => ({
    path: '/v1/holds',
    body: { ...transferBody(order), expiresAt: iso(order.order.expiresAtMs ?? order.order.validUntilMs) },
  }),
  capture: (order) => ({
    path: `/v1/holds/${order.originalOrderId ?? ''}/captures`,
    body: { endToEndIdentification: order.order.orderId, instructedAmount: amount(order) },
  }),
  release: (order) => ({
    path: `/v1/holds/${order.originalOrderId ?? ''}/release`,
    body: { endToEndIdentification: order.order.orderId },
  }),
  refund: (order) => ({
    path: '/v1/refunds',
    body: {
      endToEndIdentification: order.order.orderId,
      originalEndToEndIdentification: order.originalOrderId ?? '',
      instructedAmount: amount(order),
      reason: order.order.reason ?? 'refund',
    },
  }),
  'reserve-release': (order) => ({
    path: `/v1/payments/${order.originalOrderId ?? ''}/reserve-release`,
    body: { endToEndIdentification: order.order.orderId },
  }),
}

function orderRequest(order: BankOrder): OrderRequest {
  return ORDER_REQUEST[order.order.kind](order)
}

function transferBody(order: BankOrder): object {
  return {
    endToEndIdentification: order.order.orderId,
    mandateId: order.mandateId,
    instructedAmount: amount(order),
    creditorAccount: { iban: order.creditorIban },
    creditorName: order.creditorName,
    validUntil: iso(order.order.validUntilMs),
    reserveUntilReleased: true,
  }
}

function amount({ order, currency }: BankOrder): { currency: string; amount: string } {
  return decimal({ amountMinor: order.amountMinor, currency })
}

function decimal(money: Money): { currency: string; amount: string } {
  return { currency: money.currency, amount: formatDecimal(money) }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

/** ISO 20022 external status reason codes, as far as they differ for the payer. */
const END_REASON: Readonly<Record<string, EndReason>> = {
  AM04: 'bank-no-money',
  AM02: 'bank-limit',
  AM14: 'bank-limit',
  MD01: 'bank-mandate-invalid',
  DT01: 'bank-never-received',
}

function answerOf(answer: Answer | null, { order, currency }: BankOrder): BankAnswer {
  if (!answer) return { kind: 'unknown' }
  if (answer.status === 404) return { kind: 'not-found' }
  if (answer.status !== 200 && answer.status !== 201) return { kind: 'unknown' }
  if (field(answer.body, 'endToEndIdentification') !== order.orderId) return { kind: 'unknown' }
  switch (field(answer.body, 'transactionStatus')) {
    case 'RCVD':
    case 'PDNG':
      return { kind: 'pending' }
    case 'RJCT':
    case 'CANC': {
      const given = field(answer.body, 'reasonCode')
      // ISO 20022: "NARR" is a reason that is only told in words.
      const code = typeof given === 'string' ? given : 'NARR'
      return { kind: 'rejected', because: code, endReason: END_REASON[code] ?? 'bank-refused' }
    }
    case 'ACSC':
    case 'ACCC':
      return settledOf(answer.body, { order, currency })
    default:
      return { kind: 'unknown' }
  }
}

function settledOf(body: unknown, { currency }: Pick<BankOrder, 'order' | 'currency'>): BankAnswer {
  const settled = moneyOf(field(body, 'settledAmount'))
  const bankReference = field(body, 'bankReference')
  if (!settled || typeof bankReference !== 'string') return { kind: 'unknown' }
  const reversed = moneyOf(field(body, 'reversedAmount'))
  const reversedMinor = reversed?.currency === currency ? reversed.amountMinor : 0n
  return {
    kind: 'settled',
    amountMinor: settled.amountMinor,
    currency: settled.currency,
    bankReference,
    reversedMinor,
  }
}

function mandateBody(wanted: MandateRequest): object {
  const { recurring } = wanted
  return {
    mandateId: wanted.mandateId,
    creditorName: wanted.creditorName,
    offer: {
      onePayment: { instructedAmount: decimal(wanted.money), endToEndIdentification: wanted.orderId },
      recurring: recurring && {
        perPayment: decimal(recurring.perPayment),
        perDay: decimal(recurring.perDay),
        validUntil: iso(recurring.validUntilMs),
      },
    },
    redirectUri: wanted.redirectUri,
    language: wanted.language,
  }
}

const MANDATE_STATUSES = [
  'received',
  'valid',
  'rejected',
  'revokedByPsu',
  'expired',
  'terminatedByTpp',
] as const

function mandateStatusOf(body: unknown): MandateStatus | null {
  const status = MANDATE_STATUSES.find((known) => known === field(body, 'mandateStatus'))
  if (!status) return null
  const scope = field(body, 'scope')
  const limits = field(body, 'limits')
  const pseudonym = field(body, 'debtorPseudonym')
  const validUntilMs = Date.parse(String(field(limits, 'validUntil')))
  return {
    status,
    scope: scope === 'one-payment' || scope === 'recurring' ? scope : null,
    perPayment: moneyOf(field(limits, 'perPayment')),
    validUntilMs: Number.isNaN(validUntilMs) ? null : validUntilMs,
    debtorPseudonym: typeof pseudonym === 'string' ? pseudonym : null,
  }
}

function moneyOf(value: unknown): Money | null {
  const currency = field(value, 'currency')
  const text = field(value, 'amount')
  if (!isCurrency(currency) || typeof text !== 'string') return null
  const parsed = parseDecimalMoney({ currency: currencyOf(currency), amount: text })
  return parsed.ok ? parsed.value : null
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
