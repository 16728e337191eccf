import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { may, reachOf } from '../../access/reach.ts'
import { Refusal } from '../../error/problem.ts'
import { type ChipRecord, listChips, revokeManagedChip } from '../../management/chips.ts'
import { valueOf } from '../../management/refused.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, Id, ReasonBody, byOf, closed, etagOf, revisionIn } from './exchange.ts'
import { pageOf, pageQuery, paged, pagingOf } from './page.ts'

const ChipView = Type.Object({
  chipId: Type.String(),
  machineId: Type.String(),
  merchantId: Type.String(),
  siteId: Type.Union([Type.String(), Type.Null()]),
  revision: Type.Integer(),
  revokedAtMs: Type.Union([Type.Number(), Type.Null()]),
  createdAtMs: Type.Number(),
  keyIds: Type.Array(Type.String()),
})
const params = Type.Object({ chipId: Type.String({ pattern: '^[0-9a-f]{16}$' }) })

/** Chips are registered by set-up and by the fleet file; here they are seen, and revoked. */
export function chipRoutes(app: Server, context: HttpContext): void {
  const { sql } = context
  app.get(
    '/v1/manage/chips',
    {
      config: { access: 'chip.read' },
      schema: {
        summary: 'Chips',
        tags: ['chips'],
        querystring: Type.Object(
          { ...pageQuery, merchantId: Type.Optional(Id), machineId: Type.Optional(Id) },
          closed,
        ),
        response: { 200: pageOf(ChipView), ...Failures },
      },
    },
    async (request) => {
      const { merchantId, machineId } = request.query
      const paging = pagingOf<readonly [string]>(context, { ...request.query, of: 'chip' })
      const ofMerchant = merchantId === undefined ? sql`true` : sql`chip.merchant_id = ${merchantId}`
      const ofMachine = machineId === undefined ? sql`true` : sql`chip.machine_id = ${machineId}`
      const rows = await listChips(sql, {
        reach: reachOf(callerIn(request), 'chip.read'),
        where: sql`${ofMerchant} AND ${ofMachine}`,
        after: paging.after?.[0] ?? null,
        limit: paging.limit + 1,
      })
      const page = paged(rows, paging, (row) => [row.chipId] as const)
      return { items: page.rows, nextCursor: page.nextCursor }
    },
  )
  oneChipRoutes(app, context)
}

function oneChipRoutes(app: Server, context: HttpContext): void {
  const { sql } = context
  app.get(
    '/v1/manage/chips/:chipId',
    {
      config: { access: 'chip.read' },
      schema: { summary: 'One chip', tags: ['chips'], params, response: { 200: ChipView, ...Failures } },
    },
    async (request, reply) => {
      const chip = await one(context, request, request.params.chipId)
      return await reply.header('etag', etagOf(chip.revision)).send(chip)
    },
  )
  app.post(
    '/v1/manage/chips/:chipId/revocation',
    {
      config: { access: 'chip.revoke' },
      schema: {
        summary: 'Never trust this chip again',
        tags: ['chips'],
        params,
        body: ReasonBody,
        response: { 200: ChipView, ...Failures },
      },
    },
    async (request, reply) => {
      const chip = await one(context, request, request.params.chipId)
      if (!may(callerIn(request), 'chip.revoke', chip)) throw new Refusal('role-refused')
      const revision = revisionIn(request)
      const by = byOf(context, request, request.body.reason)
      valueOf(await revokeManagedChip(sql, { chipId: chip.chipId, revision, by }))
      const revoked = await one(context, request, chip.chipId)
      return await reply.header('etag', etagOf(revoked.revision)).send(revoked)
    },
  )
}

async function one(context: HttpContext, request: FastifyRequest, chipId: string): Promise<ChipRecord> {
  const { sql } = context
  const reach = reachOf(callerIn(request), 'chip.read')
  const [chip] = await listChips(sql, { reach, where: sql`chip_id = ${chipId}`, after: null, limit: 1 })
  if (chip === undefined) throw new Refusal('record-unknown')
  return chip
}
