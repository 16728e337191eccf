import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { reachOf } from '../../access/reach.ts'
import { ROLES, isRole } from '../../access/role.ts'
import { recordStaffAction } from '../../audit/staff-action.ts'
import { Refusal } from '../../error/problem.ts'
import { actorOf } from '../../management/by.ts'
import { type StaffRecord, endStaff, giveRole, listStaff, withdrawRole } from '../../management/staff.ts'
import { placeFor } from '../../management/record.ts'
import { valueOf } from '../../management/refused.ts'
import { endSessions } from '../../staff-member/session.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, HexId, Id, Reason, ReasonBody, byOf, closed, onceFor } from './exchange.ts'
import { pageOf, pageQuery, paged, pagingOf } from './page.ts'

export const RoleName = Type.String({ enum: [...ROLES] })
const IdOrNull = Type.Union([Id, Type.Null()])
const GrantView = Type.Object({
  grantId: HexId,
  role: RoleName,
  merchantId: IdOrNull,
  siteId: IdOrNull,
})
const StaffView = Type.Object({
  staffId: HexId,
  name: Type.String(),
  email: Type.String(),
  revision: Type.Integer(),
  endedAtMs: Type.Union([Type.Number(), Type.Null()]),
  roles: Type.Array(GrantView),
})
const RoleBody = Type.Object(
  { role: RoleName, merchantId: IdOrNull, siteId: IdOrNull, reason: Type.Optional(Reason) },
  closed,
)
const Done = Type.Object({ done: Type.Literal(true) })
const tags = ['staff']
const params = Type.Object({ staffId: HexId })

/** People, and what they may. */
export function staffRoutes(app: Server, context: HttpContext): void {
  app.get(
    '/v1/manage/staff',
    {
      config: { access: 'staff.read' },
      schema: {
        summary: 'People who manage, with those of their roles that you reach',
        tags,
        querystring: Type.Object(pageQuery, closed),
        response: { 200: pageOf(StaffView), ...Failures },
      },
    },
    async (request) => {
      const paging = pagingOf<readonly [string]>(context, { ...request.query, of: 'staff' })
      const reach = reachOf(callerIn(request), 'staff.read')
      const query = { reach, after: paging.after?.[0] ?? null, limit: paging.limit + 1 }
      const page = paged(await listStaff(context.sql, query), paging, (row) => [row.staffId] as const)
      return { items: page.rows, nextCursor: page.nextCursor }
    },
  )
  app.get(
    '/v1/manage/staff/:staffId',
    {
      config: { access: 'staff.read' },
      schema: { summary: 'One person', tags, params, response: { 200: StaffView, ...Failures } },
    },
    async (request) => await seenStaff(context, request, request.params.staffId),
  )
  roleRoutes(app, context)
  leavingRoutes(app, context)
}

function roleRoutes(app: Server, context: HttpContext): void {
  app.post(
    '/v1/manage/staff/:staffId/roles',
    {
      config: { access: 'role.grant' },
      schema: {
        summary: 'Give a role: never more than you have, and never to yourself',
        tags,
        params,
        body: RoleBody,
        response: { 201: GrantView, ...Failures },
      },
    },
    async (request, reply) => {
      const { staffId } = request.params
      const { role, merchantId, siteId, reason } = request.body
      const caller = callerIn(request)
      await seenStaff(context, request, staffId)
      if (!isRole(role)) throw new Refusal('request-malformed')
      if (merchantId === null && siteId !== null) throw new Refusal('request-malformed')
      if (merchantId !== null) {
        valueOf(await placeFor(context.sql, { caller, action: 'role.grant', merchantId, siteId }))
      }
      return await onceFor(context, { request, reply }, async () => {
        const place = { merchantId, siteId }
        const by = byOf(context, request, reason)
        const grantId = valueOf(await giveRole(context.sql, { caller, staffId, role, place, by }))
        return { status: 201, body: { grantId, role, ...place } }
      })
    },
  )
  app.post(
    '/v1/manage/staff/:staffId/roles/:grantId/withdrawal',
    {
      config: { access: 'role.withdraw' },
      schema: {
        summary: 'Take a role away; its sessions lose it at once',
        tags,
        params: Type.Object({ staffId: HexId, grantId: HexId }),
        body: ReasonBody,
        response: { 200: Done, ...Failures },
      },
    },
    async (request, reply) => {
      const { staffId, grantId } = request.params
      const member = await seenStaff(context, request, staffId)
      if (!member.roles.some((role) => role.grantId === grantId)) throw new Refusal('record-unknown')
      return await onceFor(context, { request, reply }, async () => {
        const by = byOf(context, request, request.body.reason)
        valueOf(await withdrawRole(context.sql, { caller: callerIn(request), staffId, grantId, by }))
        return { status: 200, body: { done: true } }
      })
    },
  )
}

function leavingRoutes(app: Server, context: HttpContext): void {
  app.post(
    '/v1/manage/staff/:staffId/end',
    {
      config: { access: 'staff.end' },
      schema: {
        summary: 'Somebody leaves: roles, sessions and keys end',
        tags,
        params,
        body: ReasonBody,
        response: { 200: Done, ...Failures },
      },
    },
    async (request, reply) => {
      const { staffId } = await seenStaff(context, request, request.params.staffId)
      return await onceFor(context, { request, reply }, async () => {
        valueOf(await endStaff(context.sql, { staffId, by: byOf(context, request, request.body.reason) }))
        return { status: 200, body: { done: true } }
      })
    },
  )
  app.post(
    '/v1/manage/staff/:staffId/sessions/end',
    {
      config: { access: 'staff.sign-out' },
      schema: {
        summary: 'Sign somebody out everywhere',
        tags,
        params,
        body: ReasonBody,
        response: { 200: Done, ...Failures },
      },
    },
    async (request, reply) => {
      const { staffId } = await seenStaff(context, request, request.params.staffId)
      return await onceFor(context, { request, reply }, async () => {
        await context.sql.begin(async (sql) => {
          const ended = await endSessions(sql, { staffId })
          await recordStaffAction(sql, {
            ...actorOf(byOf(context, request)),
            action: 'staff-signed-out',
            target: `staff ${staffId}`,
            detail: { sessions: ended, why: request.body.reason },
          })
        })
        return { status: 200, body: { done: true } }
      })
    },
  )
}

async function seenStaff(
  context: HttpContext,
  request: FastifyRequest,
  staffId: string,
): Promise<StaffRecord> {
  const reach = reachOf(callerIn(request), 'staff.read')
  const [member] = await listStaff(context.sql, { reach, after: null, limit: 1, staffId })
  if (member === undefined) throw new Refusal('record-unknown')
  return member
}
