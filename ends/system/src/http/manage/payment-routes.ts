import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type Reach, readable, reachOf } from '../../access/reach.ts'
import { Refusal } from '../../error/problem.ts'
import { type StaffPayment, listPayments, paymentRecord, readPayment } from '../../management/payments.ts'
import { CASE_REASONS } from '../../payment/reason.ts'
import { STATES } from '../../payment/state.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, HexId, Id, closed } from './exchange.ts'
import { pageOf, pageQuery, paged, pagingOf } from './page.ts'

const optional = {
  text: Type.Optional(Type.String()),
  textOrNull: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  ms: Type.Optional(Type.Number()),
  msOrNull: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
}
const CaseView = Type.Object({
  reason: Type.String({ enum: [...CASE_REASONS] }),
  openedAtMs: Type.Number(),
  settledAtMs: Type.Union([Type.Number(), Type.Null()]),
})
const OutcomeView = Type.Object({
  result: Type.String(),
  deliveredMin: Type.Number(),
  deliveredMax: Type.Number(),
  ordered: Type.Number(),
  evidence: Type.String(),
  reason: Type.String(),
  atMs: Type.Number(),
})
const OrderView = Type.Object({
  orderId: Type.String(),
  kind: Type.String(),
  amountMinor: Type.String(),
  status: Type.String(),
  reason: Type.Union([Type.String(), Type.Null()]),
  bankReference: Type.Union([Type.String(), Type.Null()]),
  madeAtMs: Type.Number(),
})
const fields = {
  paymentId: optional.text,
  merchantId: optional.text,
  machineId: optional.text,
  chipId: optional.text,
  state: Type.Optional(Type.String({ enum: [...STATES] })),
  goods: optional.text,
  claimedAtMs: optional.ms,
  closedAtMs: optional.msOrNull,
  endReason: optional.textOrNull,
  case: Type.Optional(Type.Union([CaseView, Type.Null()])),
  outcome: Type.Optional(Type.Union([OutcomeView, Type.Null()])),
  amountMinor: optional.text,
  currency: optional.text,
  lossMinor: optional.text,
  orders: Type.Optional(Type.Array(OrderView)),
  payer: Type.Optional(
    Type.Union([Type.String(), Type.Null()], { description: 'A pseudonym, another one for every merchant' }),
  ),
}
/** Fields that the caller's roles may not read are left out. */
const ManagedPayment = Type.Object(fields)
const WholePayment = Type.Object({
  ...fields,
  events: Type.Optional(
    Type.Array(
      Type.Object({ version: Type.Integer(), atMs: Type.Number(), kind: Type.String(), hash: Type.String() }),
    ),
  ),
})
const EpochMs = Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', description: 'Epoch milliseconds' }))
const filters = {
  ...pageQuery,
  merchantId: Type.Optional(Id),
  machineId: Type.Optional(Id),
  fromMs: EpochMs,
  toMs: EpochMs,
}

/** Payments and cases, read only. */
export function managedPaymentRoutes(app: Server, context: HttpContext): void {
  app.get(
    '/v1/manage/payments',
    {
      config: { access: 'payment.read' },
      schema: {
        summary: 'Payments, the newest first',
        tags: ['payments, managed'],
        querystring: Type.Object(
          {
            ...filters,
            state: Type.Optional(Type.String({ enum: [...STATES] })),
            endReason: Type.Optional(Type.String({ pattern: '^[a-z-]{1,40}$' })),
          },
          closed,
        ),
        response: { 200: pageOf(ManagedPayment), ...Failures },
      },
    },
    async (request) =>
      await list(context, request, { reach: reachOf(callerIn(request), 'payment.read'), openCase: false }),
  )
  app.get(
    '/v1/manage/payments/:paymentId',
    {
      config: { access: 'payment.read' },
      schema: {
        summary: 'One payment, and all that happened to it',
        tags: ['payments, managed'],
        params: Type.Object({ paymentId: HexId }),
        response: { 200: WholePayment, ...Failures },
      },
    },
    async (request) => {
      const caller = callerIn(request)
      const found = await readPayment(context.sql, request.params.paymentId, reachOf(caller, 'payment.read'))
      if (found === null) throw new Refusal('record-unknown')
      const record = { ...paymentRecord(found.payment, context.pseudonymSecret), events: found.events }
      return readable(caller, { noun: 'payment', place: found.place, record })
    },
  )
  app.get(
    '/v1/manage/cases',
    {
      config: { access: 'case.read' },
      schema: {
        summary: 'Payments with an open case, the newest first',
        tags: ['payments, managed'],
        querystring: Type.Object(filters, closed),
        response: { 200: pageOf(ManagedPayment), ...Failures },
      },
    },
    async (request) =>
      await list(context, request, { reach: reachOf(callerIn(request), 'case.read'), openCase: true }),
  )
}

async function list(
  context: HttpContext,
  request: FastifyRequest,
  of: { readonly reach: Reach; readonly openCase: boolean },
) {
  const query = request.query as Readonly<Record<string, string | undefined>>
  const { merchantId, machineId, state, endReason, fromMs, toMs } = query
  const paging = pagingOf<readonly [number, string]>(context, {
    ...query,
    of: of.openCase ? 'case' : 'payment',
  })
  const rows = await listPayments(context.sql, {
    ...of,
    ...(merchantId === undefined ? {} : { merchantId }),
    ...(machineId === undefined ? {} : { machineId }),
    ...(state === undefined ? {} : { state }),
    ...(endReason === undefined ? {} : { endReason }),
    ...(fromMs === undefined ? {} : { fromMs: Number(fromMs) }),
    ...(toMs === undefined ? {} : { toMs: Number(toMs) }),
    after: paging.after,
    limit: paging.limit + 1,
  })
  const page = paged(
    rows,
    paging,
    ({ payment }: StaffPayment) => [payment.claimedAtMs, payment.paymentId] as const,
  )
  const caller = callerIn(request)
  const items = page.rows.map(({ payment, place }) =>
    readable(caller, { noun: 'payment', place, record: paymentRecord(payment, context.pseudonymSecret) }),
  )
  return { items, nextCursor: page.nextCursor }
}
