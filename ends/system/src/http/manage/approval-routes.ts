import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { reachOf } from '../../access/reach.ts'
import type { Action } from '../../access/table.ts'
import { type ApprovalRecord, listApprovals } from '../../approval/list.ts'
import { Refusal } from '../../error/problem.ts'
import { askAccountChange, decideAccountChange } from '../../management/payee-account.ts'
import { placeFor } from '../../management/record.ts'
import { valueOf } from '../../management/refused.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, HexId, Id, Reason, ReasonBody, byOf, closed, onceFor } from './exchange.ts'
import { pageOf, pageQuery, paged, pagingOf } from './page.ts'

const textOrNull = Type.Union([Type.String(), Type.Null()])
const ApprovalView = Type.Object({
  approvalId: HexId,
  kind: Type.String(),
  merchantId: Id,
  target: Type.String(),
  asked: Type.Object({}, { additionalProperties: true, description: 'From what to what' }),
  reason: Type.String(),
  askedBy: HexId,
  askedAtMs: Type.Number(),
  expiresAtMs: Type.Number(),
  state: Type.String({ enum: ['open', 'expired', 'approved', 'refused', 'withdrawn'] }),
  decidedBy: textOrNull,
  decidedReason: textOrNull,
  decidedAtMs: Type.Union([Type.Number(), Type.Null()]),
})
const tags = ['approvals']
const params = Type.Object({ approvalId: HexId })
const AccountBody = Type.Object(
  { iban: Type.String({ pattern: '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$' }), reason: Reason },
  closed,
)
const DecisionBody = Type.Object(
  { decision: Type.Union([Type.Literal('approved'), Type.Literal('refused')]), reason: Reason },
  closed,
)

/** What needs a second person. */
export function approvalRoutes(app: Server, context: HttpContext): void {
  app.get(
    '/v1/manage/approvals',
    {
      config: { access: 'approval.read' },
      schema: {
        summary: 'What was asked for, the newest first',
        tags,
        querystring: Type.Object(pageQuery, closed),
        response: { 200: pageOf(ApprovalView), ...Failures },
      },
    },
    async (request) => {
      const paging = pagingOf<readonly [string, string]>(context, { ...request.query, of: 'approval' })
      const rows = await listApprovals(context.sql, {
        reach: reachOf(callerIn(request), 'approval.read'),
        after: paging.after,
        limit: paging.limit + 1,
        nowMs: context.nowMs(),
      })
      const page = paged(rows, paging, (row) => [row.askedAt, row.approvalId] as const)
      return { items: page.rows, nextCursor: page.nextCursor }
    },
  )
  askRoute(app, context)
  decisionRoutes(app, context)
}

function askRoute(app: Server, context: HttpContext): void {
  app.post(
    '/v1/manage/merchants/:merchantId/account-changes',
    {
      config: { access: 'payee-account.ask' },
      schema: {
        summary: 'Ask for another account to be paid to; a second person decides',
        tags,
        params: Type.Object({ merchantId: Id }),
        body: AccountBody,
        response: { 201: ApprovalView, ...Failures },
      },
    },
    async (request, reply) => {
      const { merchantId } = request.params
      const caller = callerIn(request)
      const { sql } = context
      valueOf(await placeFor(sql, { caller, action: 'payee-account.ask', merchantId, siteId: null }))
      return await onceFor(context, { request, reply }, async () => {
        const by = byOf(context, request)
        const approvalId = valueOf(await askAccountChange(sql, { merchantId, ...request.body, by }))
        const body = await seen(context, request, { approvalId, action: 'payee-account.ask' })
        return { status: 201, body, location: `/v1/manage/approvals` }
      })
    },
  )
}

function decisionRoutes(app: Server, context: HttpContext): void {
  app.post(
    '/v1/manage/approvals/:approvalId/decision',
    {
      config: { access: 'approval.decide' },
      schema: {
        summary: 'Allow or refuse what somebody else asked for',
        tags,
        params,
        body: DecisionBody,
        response: { 200: ApprovalView, ...Failures },
      },
    },
    async (request, reply) => {
      const { approvalId } = request.params
      await seen(context, request, { approvalId, action: 'approval.decide' })
      return await onceFor(context, { request, reply }, async () => {
        const by = byOf(context, request)
        valueOf(await decideAccountChange(context.sql, { approvalId, decision: request.body, by }))
        return { status: 200, body: await seen(context, request, { approvalId, action: 'approval.decide' }) }
      })
    },
  )
  app.post(
    '/v1/manage/approvals/:approvalId/withdrawal',
    {
      config: { access: 'approval.withdraw' },
      schema: {
        summary: 'Take back what you asked for',
        tags,
        params,
        body: ReasonBody,
        response: { 200: ApprovalView, ...Failures },
      },
    },
    async (request, reply) => {
      const { approvalId } = request.params
      const found = await seen(context, request, { approvalId, action: 'approval.withdraw' })
      return await onceFor(context, { request, reply }, async () => {
        if (found.askedBy !== callerIn(request).staffId) throw new Refusal('role-refused')
        const decision = { decision: 'withdrawn', reason: request.body.reason } as const
        valueOf(await decideAccountChange(context.sql, { approvalId, decision, by: byOf(context, request) }))
        return {
          status: 200,
          body: await seen(context, request, { approvalId, action: 'approval.withdraw' }),
        }
      })
    },
  )
}

async function seen(
  context: HttpContext,
  request: FastifyRequest,
  { approvalId, action }: { readonly approvalId: string; readonly action: Action },
): Promise<ApprovalRecord> {
  const reach = reachOf(callerIn(request), action)
  const nowMs = context.nowMs()
  const [found] = await listApprovals(context.sql, { reach, after: null, limit: 1, nowMs, approvalId })
  if (found === undefined) throw new Refusal('record-unknown')
  return found
}
