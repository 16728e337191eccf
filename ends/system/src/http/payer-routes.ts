import { Type } from 'typebox'
import { Problem, Refusal } from '../error/problem.ts'
import { PaymentView } from '../payment/view.ts'
import type { HttpContext } from './context.ts'
import { deviceOf } from './device-session.ts'
import { viewOf } from './payment-view.ts'
import type { Server } from './type-provider.ts'

const PAGE_SIZE = 20
const HistoryQuery = Type.Object(
  { cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$' })) },
  { additionalProperties: false },
)
const HistoryPage = Type.Object({
  payments: Type.Array(PaymentView),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})

/** A payer's own payments, newest first. */
export function payerRoutes(app: Server, context: HttpContext): void {
  app.get(
    '/v1/payer/payments',
    {
      schema: {
        summary: 'Own payments, newest first',
        tags: ['payer'],
        querystring: HistoryQuery,
        response: { 200: HistoryPage, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request, reply) => {
      const device = await deviceOf(context, request)
      if (device === null) return await reply.send({ payments: [], nextCursor: null })
      const { cursor } = request.query
      const beforeMs = cursor === undefined ? undefined : Number(cursor)
      if (beforeMs !== undefined && !Number.isSafeInteger(beforeMs)) throw new Refusal('request-malformed')
      const payments = await context.service.history({
        deviceId: device.deviceId,
        ...(device.payerId === null ? {} : { payerId: device.payerId }),
        ...(beforeMs === undefined ? {} : { beforeMs }),
        limit: PAGE_SIZE,
      })
      const last = payments.length === PAGE_SIZE ? payments.at(-1) : undefined
      return await reply.send({
        payments: await Promise.all(payments.map((payment) => viewOf(context, payment, device))),
        nextCursor: last === undefined ? null : String(last.claimedAtMs),
      })
    },
  )
}
