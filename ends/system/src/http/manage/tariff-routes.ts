import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { may } from '../../access/reach.ts'
import { Refusal } from '../../error/problem.ts'
import { KINDS } from '../../management/kind.ts'
import { readRecord } from '../../management/record.ts'
import { valueOf } from '../../management/refused.ts'
import { addTariff, listTariffs } from '../../management/tariff.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, Id, Reason, byOf, closed, onceFor, revisionIn } from './exchange.ts'
import { pageOf, pageQuery, paged, pagingOf } from './page.ts'

const AmountMinor = Type.String({ pattern: '^[1-9][0-9]{0,12}$' })
const product = {
  id: Type.Integer({ minimum: 1, maximum: 0xffff_ffff }),
  name: Type.String({ minLength: 1, maxLength: 40, pattern: '^[^\\u0000-\\u001f]+$' }),
  mode: Type.Union([Type.Literal('sale'), Type.Literal('hold')]),
  priceMinor: AmountMinor,
  units: Type.Integer({ minimum: 1 }),
  unit: Type.String({ minLength: 1, maxLength: 12, pattern: '^[^\\u0000-\\u001f]+$' }),
  maxDurationS: Type.Integer({ minimum: 1 }),
}
const Currency = Type.String({ pattern: '^[A-Z]{3}$' })
const TariffBody = Type.Object(
  {
    currency: Currency,
    products: Type.Array(Type.Object(product, closed), { minItems: 1, maxItems: 16 }),
    reason: Type.Optional(Reason),
  },
  closed,
)
const TariffView = Type.Object({
  version: Type.Integer({ description: 'Also the ETag' }),
  currency: Currency,
  validFromS: Type.Number(),
  products: Type.Array(
    Type.Object({ ...product, holdMinor: Type.String({ description: 'Hold: the most a session can cost' }) }),
  ),
  createdAtMs: Type.Number(),
})
const params = Type.Object({ machineId: Id })

/** Prices: every version there was, and a new one after the newest. */
export function tariffRoutes(app: Server, context: HttpContext): void {
  const { sql } = context
  const machineOf = async (request: FastifyRequest, machineId: string) => {
    const machine = await readRecord(sql, KINDS.machine, { caller: callerIn(request), key: [machineId] })
    if (machine === null) throw new Refusal('record-unknown')
    return machine
  }
  app.get(
    '/v1/manage/machines/:machineId/tariffs',
    {
      config: { access: 'tariff.read' },
      schema: {
        summary: 'Tariffs of a machine, the newest first',
        tags: ['tariffs'],
        params,
        querystring: Type.Object(pageQuery, closed),
        response: { 200: pageOf(TariffView), ...Failures },
      },
    },
    async (request) => {
      const { machineId } = request.params
      await machineOf(request, machineId)
      const paging = pagingOf<readonly [number]>(context, { ...request.query, of: `tariff ${machineId}` })
      const rows = await listTariffs(sql, machineId, {
        before: paging.after?.[0] ?? null,
        limit: paging.limit + 1,
      })
      const page = paged(rows, paging, (row) => [row.version] as const)
      return { items: page.rows, nextCursor: page.nextCursor }
    },
  )
  app.post(
    '/v1/manage/machines/:machineId/tariffs',
    {
      config: { access: 'tariff.add' },
      schema: {
        summary: 'New prices. If-Match: the newest version, "0" where there is none',
        tags: ['tariffs'],
        params,
        body: TariffBody,
        response: { 201: TariffView, ...Failures },
      },
    },
    async (request, reply) => {
      const { machineId } = request.params
      const machine = await machineOf(request, machineId)
      if (!may(callerIn(request), 'tariff.add', KINDS.machine.placeOf(machine)))
        throw new Refusal('role-refused')
      if (machine.retiredAtMs !== null) throw new Refusal('record-retired')
      const version = revisionIn(request)
      const { reason, ...tariff } = request.body
      return await onceFor(context, { request, reply }, async () => {
        const { merchantId } = machine
        const by = byOf(context, request, reason)
        const body = valueOf(await addTariff(sql, { machineId, merchantId, version, tariff, by }))
        return { status: 201, body, location: `/v1/manage/machines/${machineId}/tariffs` }
      })
    },
  )
}
