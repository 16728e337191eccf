import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Sql } from '../database/connect.ts'
import type { Logger } from '../log.ts'
import { problem } from '../problem.ts'
import {
  AmountSchema,
  EndToEndSchema,
  exact,
  IbanSchema,
  MandateIdSchema,
  NameSchema,
  ProblemSchema,
  ReasonTextSchema,
  readMoney,
  readTime,
  TimeSchema,
} from '../schema.ts'
import { sendProblem } from '../send-problem.ts'
import { findOrder } from './find.ts'
import type { Order, OrderInstruction } from './order.ts'
import { orderStatus } from './view.ts'
import type { OrderWriter } from './writer.ts'

const terms = {
  endToEndIdentification: EndToEndSchema,
  mandateId: MandateIdSchema,
  instructedAmount: AmountSchema,
  creditorAccount: Type.Object({ iban: IbanSchema }, exact),
  creditorName: NameSchema,
  validUntil: TimeSchema,
  reserveUntilReleased: Type.Optional(Type.Boolean()),
}
const TransferSchema = Type.Object(terms, exact)
const HoldSchema = Type.Object({ ...terms, expiresAt: TimeSchema }, exact)
const CaptureSchema = Type.Object(
  { endToEndIdentification: EndToEndSchema, instructedAmount: AmountSchema },
  exact,
)
const OnlyIdSchema = Type.Object({ endToEndIdentification: EndToEndSchema }, exact)
const RefundSchema = Type.Object(
  {
    endToEndIdentification: EndToEndSchema,
    originalEndToEndIdentification: EndToEndSchema,
    instructedAmount: AmountSchema,
    reason: ReasonTextSchema,
  },
  exact,
)
const OrderParams = Type.Object({ endToEndIdentification: EndToEndSchema })
export const OrderStatusSchema = Type.Object({
  endToEndIdentification: Type.String(),
  kind: Type.String(),
  transactionStatus: Type.String({ description: 'RCVD, PDNG, ACSC, RJCT or CANC' }),
  reasonCode: Type.Optional(Type.String()),
  bankReference: Type.String(),
  instructedAmount: AmountSchema,
  settledAmount: Type.Optional(AmountSchema),
  reversedAmount: Type.Optional(AmountSchema),
})

type Params = { Params: Type.Static<typeof OrderParams> }
const response = {
  200: OrderStatusSchema,
  201: OrderStatusSchema,
  '4xx': ProblemSchema,
  '5xx': ProblemSchema,
}
const tags = ['orders']

export interface OrderParts {
  readonly sql: Sql
  readonly writer: OrderWriter
  readonly log: Logger
}

/** Orders: transfers, holds and what follows them. */
export function orderRoutes(app: FastifyInstance, parts: OrderParts): void {
  paymentRoutes(app, parts)
  followUpRoutes(app, parts)
  app.get<Params>(
    '/v1/orders/:endToEndIdentification',
    { schema: { tags, params: OrderParams, response } },
    async (request, reply) => {
      const order = await findOrder(parts.sql, request.params.endToEndIdentification)
      return order === null ? sendProblem(reply, problem('unknown-order')) : orderStatus(order)
    },
  )
}

function paymentRoutes(app: FastifyInstance, parts: OrderParts): void {
  app.post<{ Body: Type.Static<typeof TransferSchema> }>(
    '/v1/payments/instant-credit-transfers',
    { schema: { tags, body: TransferSchema, response } },
    async (request, reply) => {
      const read = readTerms(request, 'transfer')
      if (!read.ok) return sendProblem(reply, read.error)
      return submit(parts, reply, { kind: 'transfer', ...read.value })
    },
  )
  app.post<{ Body: Type.Static<typeof HoldSchema> }>(
    '/v1/holds',
    { schema: { tags, body: HoldSchema, response } },
    async (request, reply) => {
      const read = readTerms(request, 'hold')
      if (!read.ok) return sendProblem(reply, read.error)
      const expiresAt = readTime('expiresAt', request.body.expiresAt)
      if (!expiresAt.ok) return sendProblem(reply, expiresAt.error)
      return submit(parts, reply, { kind: 'hold', ...read.value, expiresAtMs: expiresAt.value })
    },
  )
}

function readTerms(request: FastifyRequest<{ Body: Type.Static<typeof TransferSchema> }>, kind: string) {
  const { body } = request
  const money = readMoney('instructedAmount', body.instructedAmount)
  if (!money.ok) return money
  const validUntil = readTime('validUntil', body.validUntil)
  if (!validUntil.ok) return validUntil
  const value = {
    endToEndId: body.endToEndIdentification,
    bodySha256: fingerprint(request, kind),
    mandateId: body.mandateId,
    money: money.value,
    creditorIban: body.creditorAccount.iban,
    creditorName: body.creditorName,
    validUntilMs: validUntil.value,
    reserve: body.reserveUntilReleased ?? false,
  }
  return { ok: true as const, value }
}

function followUpRoutes(app: FastifyInstance, parts: OrderParts): void {
  app.post<Params & { Body: Type.Static<typeof CaptureSchema> }>(
    '/v1/holds/:endToEndIdentification/captures',
    { schema: { tags, params: OrderParams, body: CaptureSchema, response } },
    async (request, reply) => {
      const money = readMoney('instructedAmount', request.body.instructedAmount)
      if (!money.ok) return sendProblem(reply, money.error)
      const holdEndToEndId = request.params.endToEndIdentification
      const instruction = { ...ids(request, 'capture'), holdEndToEndId, money: money.value }
      return submit(parts, reply, { kind: 'capture', ...instruction })
    },
  )
  app.post<Params & { Body: Type.Static<typeof OnlyIdSchema> }>(
    '/v1/holds/:endToEndIdentification/release',
    { schema: { tags, params: OrderParams, body: OnlyIdSchema, response } },
    async (request, reply) => {
      const holdEndToEndId = request.params.endToEndIdentification
      return submit(parts, reply, { kind: 'release', ...ids(request, 'release'), holdEndToEndId })
    },
  )
  app.post<{ Body: Type.Static<typeof RefundSchema> }>(
    '/v1/refunds',
    { schema: { tags, body: RefundSchema, response } },
    async (request, reply) => {
      const money = readMoney('instructedAmount', request.body.instructedAmount)
      if (!money.ok) return sendProblem(reply, money.error)
      const { originalEndToEndIdentification: originalEndToEndId, reason } = request.body
      const about = { originalEndToEndId, reason, money: money.value }
      return submit(parts, reply, { kind: 'refund', ...ids(request, 'refund'), ...about })
    },
  )
  app.post<Params & { Body: Type.Static<typeof OnlyIdSchema> }>(
    '/v1/payments/:endToEndIdentification/reserve-release',
    { schema: { tags, params: OrderParams, body: OnlyIdSchema, response } },
    async (request, reply) => {
      const originalEndToEndId = request.params.endToEndIdentification
      const about = { ...ids(request, 'reserve-release'), originalEndToEndId }
      return submit(parts, reply, { kind: 'reserve-release', ...about })
    },
  )
}

function ids(request: FastifyRequest<{ Body: { endToEndIdentification: string } }>, kind: string) {
  return { endToEndId: request.body.endToEndIdentification, bodySha256: fingerprint(request, kind) }
}

/** The same order again is the same kind, the same path and the same bytes. */
function fingerprint(request: FastifyRequest, kind: string): string {
  return createHash('sha256').update(`${kind}\n${request.url}\n${request.bodySha256}`).digest('hex')
}

/** What a client calls the whole that its order belongs to: said in the log, and meaning nothing to the bank. */
function correlationOf(request: FastifyRequest): { paymentId?: string } {
  const given = request.headers['x-correlation-id']
  return typeof given === 'string' && /^[0-9a-f]{32}$/.test(given) ? { paymentId: given } : {}
}

function logOrder(log: Logger, order: Order, request: FastifyRequest): void {
  const { endToEndId: endToEndIdentification, kind, status: transactionStatus, bankReference } = order
  const reason = order.reasonCode === null ? {} : { reasonCode: order.reasonCode }
  log.info(
    { ...correlationOf(request), endToEndIdentification, kind, transactionStatus, ...reason, bankReference },
    'order',
  )
}

async function submit(
  parts: OrderParts,
  reply: FastifyReply,
  instruction: OrderInstruction,
): Promise<unknown> {
  const submission = await parts.writer.submit(instruction)
  if (submission.kind === 'busy') return sendProblem(reply, problem('busy'))
  if (submission.kind === 'unavailable') return sendProblem(reply, problem('unavailable'))
  const { outcome } = submission
  switch (outcome.kind) {
    case 'order':
      if (!outcome.repeated) logOrder(parts.log, outcome.order, reply.request)
      return reply.code(outcome.repeated ? 200 : 201).send(orderStatus(outcome.order))
    case 'conflict':
      return sendProblem(reply, problem('id-taken', 'Another order has this endToEndIdentification'))
    case 'unknown-original':
      return sendProblem(reply, problem('unknown-order', 'The order this refers to is not known here'))
    case 'booked':
    case 'refused':
    default:
      throw new Error('an order was answered as an instruction of the bank')
  }
}
