import { Type } from 'typebox'
import { reachOf } from '../../access/reach.ts'
import { within } from '../../access/within.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, Id, closed } from './exchange.ts'
import { pageOf, pageQuery, paged, pagingOf } from './page.ts'

const ActionView = Type.Object({
  sequence: Type.String(),
  atMs: Type.Number(),
  actor: Type.String(),
  action: Type.String(),
  target: Type.String(),
  merchantId: Type.Union([Id, Type.Null()]),
  detail: Type.Object({}, { additionalProperties: true }),
  hash: Type.String(),
})

interface ActionRow {
  readonly sequence: string
  readonly atMs: number
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly merchantId: string | null
  readonly detail: object
  readonly hash: string
}

/** The trail of what staff did: who, what, from what to what, why. `staff.ts audit verify` proves it. */
export function auditRoutes(app: Server, context: HttpContext): void {
  const { sql } = context
  app.get(
    '/v1/manage/audit',
    {
      config: { access: 'audit.read' },
      schema: {
        summary: 'What staff did, the newest first',
        tags: ['audit'],
        querystring: Type.Object({ ...pageQuery, merchantId: Type.Optional(Id) }, closed),
        response: { 200: pageOf(ActionView), ...Failures },
      },
    },
    async (request) => {
      const { merchantId } = request.query
      const paging = pagingOf<readonly [string]>(context, { ...request.query, of: 'audit' })
      const reach = reachOf(callerIn(request), 'audit.read')
      const rows = await sql<ActionRow[]>`
        SELECT sequence, at_ms::float8 AS "atMs", actor, action, target, merchant_id AS "merchantId", detail, hash
        FROM staff_action
        WHERE ${within(sql, reach, { merchant: 'merchant_id' })}
          AND ${merchantId === undefined ? sql`true` : sql`merchant_id = ${merchantId}`}
          AND ${paging.after === null ? sql`true` : sql`sequence < ${paging.after[0]}`}
        ORDER BY staff_action.sequence DESC LIMIT ${paging.limit + 1}`
      const page = paged(rows, paging, (row) => [row.sequence] as const)
      return { items: page.rows, nextCursor: page.nextCursor }
    },
  )
}
