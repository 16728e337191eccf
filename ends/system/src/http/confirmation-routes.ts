import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Problem, Refusal } from '../error/problem.ts'
import { type ConfirmationBody, ConfirmationBodySchema } from '../payer/confirmation-body.ts'
import type { Device } from '../payer/device.ts'
import { mandateSent, storeMandate } from '../payer/mandate.ts'
import { confirmationOptions, verifyConfirmation } from '../payer/verification.ts'
import type { Payment } from '../payment/state.ts'
import type { HttpContext } from './context.ts'
import { requireDevice } from './device-session.ts'
import { type Answer, once } from './idempotency.ts'
import { EmptyBody, PaymentParams, viewResponse } from './payment-routes.ts'
import { claimedPayment, viewOf } from './payment-view.ts'
import type { Server } from './type-provider.ts'

const OptionsView = Type.Object({
  method: Type.Union(
    (['passkey', 'new-passkey', 'pin', 'new-pin'] as const).map((method) => Type.Literal(method)),
  ),
  publicKey: Type.Optional(
    Type.Object({}, { additionalProperties: true, description: 'WebAuthn options (section 5.1) as JSON' }),
  ),
  pinAllowed: Type.Boolean(),
})
const RedirectView = Type.Object({ redirectUrl: Type.String() })
const Failures = { '4xx': Problem, '5xx': Problem }

/** S4 and S5: approval at the bank, and the verification that binds amount and payee. */
export function confirmationRoutes(app: Server, context: HttpContext): void {
  app.post(
    '/v1/payments/:paymentId/approval',
    {
      schema: {
        summary: 'Where the payer approves at the bank',
        tags: ['confirmation'],
        params: PaymentParams,
        body: EmptyBody,
        response: { 200: RedirectView, ...Failures },
      },
    },
    async (request, reply) => {
      const device = await requireDevice(context, request)
      const payment = await claimedPayment(context, request.params.paymentId, device)
      return await once(context, { request, reply, device }, () =>
        approve(context, request, { payment, device }),
      )
    },
  )
  app.get(
    '/v1/payments/:paymentId/confirmation-options',
    {
      schema: {
        summary: 'How this device can confirm, with a challenge for exactly this payment',
        tags: ['confirmation'],
        params: PaymentParams,
        response: { 200: OptionsView, ...Failures },
      },
    },
    async (request, reply) => {
      const device = await requireDevice(context, request)
      const payment = await claimedPayment(context, request.params.paymentId, device)
      const result = await confirmationOptions(context.verifying, payment, device)
      if (!result.ok) throw new Refusal(result.code)
      return await reply.header('cache-control', 'no-store').send(result.options)
    },
  )
  app.post(
    '/v1/payments/:paymentId/confirmation',
    {
      schema: {
        summary: 'Confirm exactly this payment, with a passkey or a PIN',
        tags: ['confirmation'],
        params: PaymentParams,
        body: ConfirmationBodySchema,
        response: viewResponse,
      },
    },
    async (request, reply) => {
      const device = await requireDevice(context, request)
      const payment = await claimedPayment(context, request.params.paymentId, device)
      // The schema has checked what is read of it; the library's own type for it is wider.
      const body = request.body as ConfirmationBody
      return await once(context, { request, reply, device }, () =>
        confirm(context, { payment, device, body }),
      )
    },
  )
}

interface Confirming {
  readonly payment: Payment
  readonly device: Device
}

async function approve(
  context: HttpContext,
  request: FastifyRequest,
  confirming: Confirming,
): Promise<Answer> {
  const { payment, device } = confirming
  if (payment.state === 'presence') throw new Refusal('presence-missing')
  if (payment.state !== 'confirming' || payment.approval?.status === 'valid')
    throw new Refusal('state-passed')
  const wanted = await storeMandate(context.sql, {
    payment,
    device,
    redirectUri: `${context.settings.publicOrigin}/return`,
    language: /^zh\b/i.test(request.headers['accept-language'] ?? '') ? 'zh-CN' : 'en',
    nowMs: context.nowMs(),
  })
  if (wanted === null) throw new Refusal('too-many-requests')
  const asked = await context.service.approvalAsked(payment.paymentId, wanted.mandateId)
  if (asked?.state !== 'confirming') throw new Refusal('state-passed')
  const answer = await context.bank.requestMandate(wanted)
  if (answer === null) throw new Refusal('approval-unavailable')
  await mandateSent(context.sql, wanted.mandateId, answer.redirectUrl)
  return { status: 200, body: { redirectUrl: answer.redirectUrl } }
}

async function confirm(
  context: HttpContext,
  confirming: Confirming & { readonly body: ConfirmationBody },
): Promise<Answer> {
  const { payment, device } = confirming
  const result = await verifyConfirmation(context.verifying, confirming)
  if (!result.ok) {
    if (result.exhausted) await context.service.verificationExhausted(payment.paymentId)
    throw new Refusal(result.code, result.triesLeft === undefined ? {} : { triesLeft: result.triesLeft })
  }
  const { payerId, mandateId, confirmation } = result
  const after = await context.service.confirm(payment.paymentId, { payerId, mandateId, confirmation })
  if (after === undefined) throw new Refusal('payment-unknown')
  // Confirmed now, or ended meanwhile with its reason: the view says which.
  return { status: 200, body: await viewOf(context, after, { ...device, payerId }) }
}
