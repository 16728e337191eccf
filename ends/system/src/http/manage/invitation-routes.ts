import { Type } from 'typebox'
import { reachOf } from '../../access/reach.ts'
import { isRole } from '../../access/role.ts'
import { Refusal } from '../../error/problem.ts'
import { inviteStaff, listInvitations, withdrawInvitation } from '../../management/invitations.ts'
import { placeFor } from '../../management/record.ts'
import { valueOf } from '../../management/refused.ts'
import { invitationLink } from '../../staff-member/invitation.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, HexId, Id, Name, ReasonBody, byOf, closed, onceFor } from './exchange.ts'
import { pageOf, pageQuery, paged, pagingOf } from './page.ts'
import { RoleName } from './staff-routes.ts'

const IdOrNull = Type.Union([Id, Type.Null()])
/** Good enough to write to; whether it is somebody's shows when the link is opened. */
const Email = Type.String({
  maxLength: 254,
  pattern: '^[^\\s@<>"\\u0000-\\u001f]+@[^\\s@<>"\\u0000-\\u001f]+$',
})
const fields = { email: Email, name: Name, role: RoleName, merchantId: IdOrNull, siteId: IdOrNull }
const InvitationView = Type.Object({
  invitationId: HexId,
  ...fields,
  createdAtMs: Type.Number(),
  expiresAtMs: Type.Number(),
  state: Type.String({ enum: ['open', 'used', 'withdrawn', 'expired'] }),
})
const NewInvitation = Type.Object({
  invitationId: HexId,
  expiresAtMs: Type.Number(),
  link: Type.Optional(
    Type.String({ description: 'Shown once: a repeat of the request is answered without it' }),
  ),
})
const tags = ['staff']

/** Links by which people become staff. */
export function invitationRoutes(app: Server, context: HttpContext): void {
  const { sql } = context
  app.get(
    '/v1/manage/invitations',
    {
      config: { access: 'invitation.read' },
      schema: {
        summary: 'Invitations, the newest first',
        tags,
        querystring: Type.Object(pageQuery, closed),
        response: { 200: pageOf(InvitationView), ...Failures },
      },
    },
    async (request) => {
      const paging = pagingOf<readonly [string, string]>(context, { ...request.query, of: 'invitation' })
      const rows = await listInvitations(sql, {
        reach: reachOf(callerIn(request), 'invitation.read'),
        after: paging.after,
        limit: paging.limit + 1,
        nowMs: context.nowMs(),
      })
      const page = paged(rows, paging, (row) => [row.createdAt, row.invitationId] as const)
      return { items: page.rows, nextCursor: page.nextCursor }
    },
  )
  invitingRoutes(app, context)
}

function invitingRoutes(app: Server, context: HttpContext): void {
  const { sql, settings } = context
  app.post(
    '/v1/manage/invitations',
    {
      config: { access: 'invitation.add' },
      schema: {
        summary: 'Invite somebody to a role: never to more than you have',
        tags,
        body: Type.Object(fields, closed),
        response: { 201: NewInvitation, ...Failures },
      },
    },
    async (request, reply) => {
      const { role, merchantId, siteId } = request.body
      const caller = callerIn(request)
      if (!isRole(role) || (merchantId === null && siteId !== null)) throw new Refusal('request-malformed')
      if (merchantId !== null)
        valueOf(await placeFor(sql, { caller, action: 'invitation.add', merchantId, siteId }))
      return await onceFor(context, { request, reply }, async () => {
        const by = byOf(context, request)
        const made = valueOf(await inviteStaff(sql, { caller, invited: { ...request.body, role }, by }))
        const { secretText, ...kept } = made
        const body = { ...kept, link: invitationLink(settings.publicOrigin, secretText) }
        return { status: 201, body, keptBody: kept }
      })
    },
  )
  app.post(
    '/v1/manage/invitations/:invitationId/withdrawal',
    {
      config: { access: 'invitation.withdraw' },
      schema: {
        summary: 'Withdraw an invitation that nobody has used',
        tags,
        params: Type.Object({ invitationId: HexId }),
        body: ReasonBody,
        response: { 200: Type.Object({ done: Type.Literal(true) }), ...Failures },
      },
    },
    async (request, reply) => {
      const { invitationId } = request.params
      const reach = reachOf(callerIn(request), 'invitation.withdraw')
      const [found] = await listInvitations(sql, {
        reach,
        after: null,
        limit: 1,
        nowMs: context.nowMs(),
        invitationId,
      })
      if (found === undefined) throw new Refusal('record-unknown')
      return await onceFor(context, { request, reply }, async () => {
        const by = byOf(context, request, request.body.reason)
        valueOf(await withdrawInvitation(sql, { invitationId, merchantId: found.merchantId, by }))
        return { status: 200, body: { done: true } }
      })
    },
  )
}
