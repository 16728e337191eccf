import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { fromBase64url } from '#protocol/bytes.ts'
import { ChipId } from '#protocol/identifier.ts'
import { PAYMENT_CODE_TEXT_MAX } from '#protocol/payment-url.ts'
import { Problem, Refusal } from '../error/problem.ts'
import { refreshMandate, standingMandates } from '../payer/mandate.ts'
import type { Device } from '../payer/device.ts'
import type { ClaimSource } from '../payment/claim.ts'
import type { Payment } from '../payment/state.ts'
import { PaymentView } from '../payment/view.ts'
import type { HttpContext } from './context.ts'
import { deviceOrNew, requireDevice } from './device-session.ts'
import { type Answer, once } from './idempotency.ts'
import { networkOf } from './network.ts'
import { claimedPayment, ownPayment, viewOf } from './payment-view.ts'
import type { Server } from './type-provider.ts'
import { sendTagged } from './etag.ts'

const closed = { additionalProperties: false }
/** Longer codes are refused as codes, with their own error; this only bounds what is read at all. */
const CODE_TEXT_READ_MAX = 2048

const ClaimBody = Type.Union([
  Type.Object({ code: Type.String({ maxLength: CODE_TEXT_READ_MAX }) }, closed),
  Type.Object(
    {
      chipId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
      productId: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }),
    },
    closed,
  ),
])

export const PaymentParams = Type.Object({ paymentId: Type.String({ pattern: '^[0-9a-f]{32}$' }) })
const PresenceBody = Type.Object({ text: Type.String({ minLength: 1, maxLength: 64 }) }, closed)
export const EmptyBody = Type.Object({}, closed)
const Failures = { '4xx': Problem, '5xx': Problem }
/** What `once` has kept is sent as it was, without the schema's serializer; the schema documents it. */
export const viewResponse = { 200: PaymentView, ...Failures }

/** S2, and what a payer does with a payment; confirming it has a file of its own. */
export function paymentRoutes(app: Server, context: HttpContext): void {
  app.post(
    '/v1/payments',
    {
      schema: {
        summary: 'Claim a code, or ask a machine with a printed code for one',
        tags: ['payments'],
        body: ClaimBody,
        response: { 201: PaymentView, ...Failures },
      },
    },
    async (request, reply) => {
      const source = sourceOf(request.body)
      const device = await deviceOrNew(context, request, reply)
      return await once(context, { request, reply, device }, () =>
        claim(context, request, { source, device }),
      )
    },
  )
  app.get(
    '/v1/payments/:paymentId',
    { schema: { summary: 'One payment', tags: ['payments'], params: PaymentParams, response: viewResponse } },
    async (request, reply) => {
      const device = await requireDevice(context, request)
      const payment = await ownPayment(context, request.params.paymentId, device)
      return sendTagged(request, reply, await viewOf(context, payment, device))
    },
  )
  actionRoutes(app, context)
}

function actionRoutes(app: Server, context: HttpContext): void {
  app.post(
    '/v1/payments/:paymentId/presence',
    {
      schema: {
        summary: 'The number that the machine blinks or bears',
        tags: ['payments'],
        params: PaymentParams,
        body: PresenceBody,
        response: viewResponse,
      },
    },
    async (request, reply) =>
      await act(context, { request, reply, claimedOnly: true }, async (payment) => {
        if (payment.presence.satisfied) return payment
        if (payment.state !== 'presence') throw new Refusal('state-passed')
        const after = await context.service.showPresence(payment.paymentId, request.body.text)
        if (after?.state === 'presence') throw new Refusal('presence-wrong')
        return after
      }),
  )
  const plain = (
    name: string,
    summary: string,
    change: (payment: Payment) => Promise<Payment | undefined>,
  ) => {
    app.post(
      `/v1/payments/:paymentId/${name}`,
      {
        schema: {
          summary,
          tags: ['payments'],
          params: PaymentParams,
          body: EmptyBody,
          response: viewResponse,
        },
      },
      async (request, reply) => await act(context, { request, reply, claimedOnly: false }, change),
    )
  }
  plain('cancellation', 'Turn back; possible until the order to the bank', async (payment) => {
    const after = await context.service.cancel(payment.paymentId)
    if (after?.state !== 'ended') throw new Refusal('state-passed')
    return after
  })
  plain('stop', 'Stop a machine that is paid for what it has delivered', async (payment) => {
    const after = await context.service.stop(payment.paymentId)
    if (after?.command === undefined || after.purchase.mode !== 'hold') throw new Refusal('state-passed')
    return after
  })
  plain('complaint', 'It did not run', async (payment) => {
    const after = await context.service.complain(payment.paymentId)
    if (after?.complainedAtMs === undefined) throw new Refusal('state-passed')
    return after
  })
}

interface Exchange {
  readonly request: FastifyRequest<{ Params: { paymentId: string } }>
  readonly reply: FastifyReply
  /** Whether a signed-in payer's other device may not. */
  readonly claimedOnly: boolean
}

async function act(
  context: HttpContext,
  { request, reply, claimedOnly }: Exchange,
  change: (payment: Payment) => Promise<Payment | undefined>,
): Promise<FastifyReply> {
  const device = await requireDevice(context, request)
  const find = claimedOnly ? claimedPayment : ownPayment
  const payment = await find(context, request.params.paymentId, device)
  return await once(context, { request, reply, device }, async () => {
    const after = await change(payment)
    if (after === undefined) throw new Refusal('payment-unknown')
    return { status: 200, body: await viewOf(context, after, device) }
  })
}

function sourceOf(body: { code: string } | { chipId: string; productId: number }): ClaimSource {
  if ('chipId' in body) return { kind: 'printed', chipId: ChipId.of(body.chipId), productId: body.productId }
  const bytes = body.code.length > PAYMENT_CODE_TEXT_MAX ? null : fromBase64url(body.code)
  if (bytes === null) throw new Refusal('code-malformed')
  return { kind: 'code', bytes }
}

/** Mandates asked about again at a claim, so that one that was revoked at the bank is not relied on. */
const MANDATES_ASKED_MAX = 2

async function claim(
  context: HttpContext,
  request: FastifyRequest,
  { source, device }: { readonly source: ClaimSource; readonly device: Device },
): Promise<Answer> {
  if (device.payerId !== null) askMandatesAgain(context, device.payerId)
  const claimed = await context.service.claim({
    source,
    deviceId: device.deviceId,
    network: networkOf(request.ip),
  })
  if (!claimed.ok) {
    const { reason, retryAtMs } = claimed.error
    throw new Refusal(reason, retryAtMs === undefined ? {} : { retryAtMs })
  }
  const { paymentId } = claimed.value
  const body = await viewOf(context, claimed.value, device)
  return { status: 201, body, location: `/v1/payments/${paymentId}` }
}

/** Beside the claim, which does not wait for it. */
function askMandatesAgain({ sql, bank, log }: HttpContext, payerId: string): void {
  const ask = async () => {
    for (const mandateId of await standingMandates(sql, payerId, MANDATES_ASKED_MAX)) {
      await refreshMandate(sql, bank, mandateId)
    }
  }
  ask().catch((error: unknown) => {
    log.warn({ why: error instanceof Error ? error.message : 'error' }, 'mandates were not asked about')
  })
}
