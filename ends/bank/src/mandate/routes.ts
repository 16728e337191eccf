import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Money } from '#protocol/money.ts'
import { fail, ok, type Result } from '#protocol/result.ts'
import type { Sql } from '../database/connect.ts'
import { type ProblemDetails, problem } from '../problem.ts'
import {
  AmountSchema,
  EndToEndSchema,
  exact,
  MandateIdSchema,
  NameSchema,
  ProblemSchema,
  readMoney,
  readTime,
  TimeSchema,
  UriSchema,
} from '../schema.ts'
import { sendProblem } from '../send-problem.ts'
import type { Settings } from '../settings.ts'
import { mandateView } from './mandate.ts'
import { createMandate, findMandate, type NewMandate, terminateMandate } from './storage.ts'

const OnceSchema = Type.Object(
  { instructedAmount: AmountSchema, endToEndIdentification: EndToEndSchema },
  exact,
)
const RecurringSchema = Type.Object(
  { perPayment: AmountSchema, perDay: AmountSchema, validUntil: TimeSchema },
  exact,
)
const MandateSchema = Type.Object(
  {
    mandateId: MandateIdSchema,
    creditorName: NameSchema,
    offer: Type.Object(
      {
        onePayment: Type.Union([OnceSchema, Type.Null()]),
        recurring: Type.Union([RecurringSchema, Type.Null()]),
      },
      exact,
    ),
    redirectUri: UriSchema,
    language: Type.String({ minLength: 2, maxLength: 35, pattern: '^[A-Za-z0-9-]+$' }),
  },
  exact,
)
const MandateParams = Type.Object({ mandateId: MandateIdSchema })
const LimitsSchema = Type.Object({ perPayment: AmountSchema, perDay: AmountSchema, validUntil: TimeSchema })
const ViewSchema = Type.Object({
  mandateId: Type.String(),
  mandateStatus: Type.String({
    description: 'received, valid, rejected, revokedByPsu, expired or terminatedByTpp',
  }),
  scope: Type.Union([Type.String(), Type.Null()]),
  limits: Type.Union([LimitsSchema, Type.Null()]),
  debtorPseudonym: Type.Union([Type.String(), Type.Null()]),
})
const CreatedSchema = Type.Object({
  mandateId: Type.String(),
  mandateStatus: Type.String(),
  _links: Type.Object({ scaRedirect: Type.Object({ href: Type.String() }) }),
})
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema }
const tags = ['mandates']
type Params = { Params: Type.Static<typeof MandateParams> }

/** What a TPP asks a customer to agree to; the customer answers at the bank's own page. */
export function mandateRoutes(app: FastifyInstance, parts: { sql: Sql; settings: Settings }): void {
  const { sql, settings } = parts
  app.post<{ Body: Type.Static<typeof MandateSchema> }>(
    '/v1/mandates',
    {
      schema: {
        tags,
        body: MandateSchema,
        response: { 200: CreatedSchema, 201: CreatedSchema, ...problems },
      },
    },
    async (request, reply) => {
      const wanted = readMandate(request.body, { bodySha256: request.bodySha256, settings })
      if (!wanted.ok) return sendProblem(reply, wanted.error)
      const created = await createMandate(sql, wanted.value, settings.times.approvalS)
      if (created.kind === 'conflict') {
        return sendProblem(reply, problem('id-taken', 'Another mandate has this mandateId'))
      }
      const { mandateId, status, language } = created.mandate
      const href = `${settings.publicUrl}/approve/${mandateId}?language=${language}`
      return reply
        .code(created.kind === 'created' ? 201 : 200)
        .send({ mandateId, mandateStatus: status, _links: { scaRedirect: { href } } })
    },
  )
  app.get<Params>(
    '/v1/mandates/:mandateId',
    { schema: { tags, params: MandateParams, response: { 200: ViewSchema, ...problems } } },
    async (request, reply) => {
      const mandate = await findMandate(sql, request.params.mandateId)
      return mandate === null ? sendProblem(reply, problem('unknown-mandate')) : mandateView(mandate)
    },
  )
  app.post<Params>(
    '/v1/mandates/:mandateId/termination',
    { schema: { tags, params: MandateParams, response: { 200: ViewSchema, ...problems } } },
    async (request, reply) => {
      const mandate = await terminateMandate(sql, request.params.mandateId)
      return mandate === null ? sendProblem(reply, problem('unknown-mandate')) : mandateView(mandate)
    },
  )
}

function readMandate(
  body: Type.Static<typeof MandateSchema>,
  about: { bodySha256: string; settings: Settings },
): Result<NewMandate, ProblemDetails> {
  const { onePayment, recurring } = body.offer
  const redirect = URL.parse(body.redirectUri)
  const origins = about.settings.redirectOrigins
  if (redirect === null || (redirect.protocol !== 'https:' && redirect.protocol !== 'http:')) {
    return fail(problem('invalid-request', 'redirectUri: must be an http or https URL'))
  }
  if (origins.length > 0 && !origins.includes(redirect.origin)) return fail(problem('redirect-not-allowed'))
  const once = onePayment === null ? null : readMoney('onePayment', onePayment.instructedAmount)
  if (once !== null && !once.ok) return once
  const limits = recurring === null ? null : readRecurring(recurring)
  if (limits !== null && !limits.ok) return limits
  if (once === null && limits === null) {
    return fail(problem('invalid-request', 'offer: one of onePayment and recurring must be given'))
  }
  if (once !== null && limits !== null && once.value.currency !== limits.value.currency) {
    return fail(problem('invalid-request', 'offer: both offers must be in one currency'))
  }
  return ok({
    mandateId: body.mandateId,
    bodySha256: about.bodySha256,
    creditorName: body.creditorName,
    redirectUri: redirect.href,
    language: body.language,
    once:
      once === null || onePayment === null
        ? null
        : { money: once.value, endToEndId: onePayment.endToEndIdentification },
    recurring: limits === null ? null : limits.value,
  })
}

function readRecurring(recurring: Type.Static<typeof RecurringSchema>) {
  const perPayment = readMoney('perPayment', recurring.perPayment)
  if (!perPayment.ok) return perPayment
  const perDay = readMoney('perDay', recurring.perDay)
  if (!perDay.ok) return perDay
  const validUntil = readTime('recurring.validUntil', recurring.validUntil)
  if (!validUntil.ok) return validUntil
  if (validUntil.value <= Date.now()) return fail(problem('bad-time', 'recurring.validUntil: is past'))
  if (!limitsAgree(perPayment.value, perDay.value)) {
    const detail = 'perDay: must be in the currency of perPayment, and not below it'
    return fail(problem('invalid-request', detail))
  }
  return ok({
    currency: perDay.value.currency,
    perPaymentMinor: perPayment.value.amountMinor,
    perDayMinor: perDay.value.amountMinor,
    validUntilMs: validUntil.value,
  })
}

function limitsAgree(perPayment: Money, perDay: Money): boolean {
  return perPayment.currency === perDay.currency && perDay.amountMinor >= perPayment.amountMinor
}
