import { Type } from 'typebox'
import { may, reachOf } from '../../access/reach.ts'
import { ACTIONS, type Action } from '../../access/table.ts'
import { KEY_LIFE_DAYS_MAX } from '../../api-key/api-key.ts'
import { Refusal } from '../../error/problem.ts'
import { addKey, listKeys, revokeKey } from '../../management/keys.ts'
import { placeFor } from '../../management/record.ts'
import { valueOf } from '../../management/refused.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, HexId, Id, Name, ReasonBody, byOf, closed, onceFor } from './exchange.ts'
import { pageOf, pageQuery, paged, pagingOf } from './page.ts'

const DAY_MS = 86_400_000
const KeyId = Type.String({ pattern: '^[0-9a-f]{16}$' })
const IdOrNull = Type.Union([Id, Type.Null()])
const Scope = Type.Unsafe<Action>({ type: 'string', enum: [...ACTIONS] })
const KeyView = Type.Object({
  keyId: KeyId,
  name: Name,
  scopes: Type.Array(Type.String()),
  merchantId: IdOrNull,
  siteId: IdOrNull,
  madeBy: HexId,
  createdAtMs: Type.Number(),
  expiresAtMs: Type.Number(),
  usedAtMs: Type.Union([Type.Number(), Type.Null()]),
  revokedAtMs: Type.Union([Type.Number(), Type.Null()]),
})
const NewKey = Type.Object({
  keyId: KeyId,
  expiresAtMs: Type.Number(),
  key: Type.Optional(
    Type.String({ description: 'The whole key, shown once: a repeat of the request is answered without it' }),
  ),
})
const KeyBody = Type.Object(
  {
    name: Name,
    scopes: Type.Array(Scope, { minItems: 1, maxItems: ACTIONS.length, uniqueItems: true }),
    merchantId: IdOrNull,
    siteId: IdOrNull,
    lifeDays: Type.Integer({ minimum: 1, maximum: KEY_LIFE_DAYS_MAX }),
  },
  closed,
)
const tags = ['API keys']

/** What programs sign in with. */
export function keyRoutes(app: Server, context: HttpContext): void {
  const { sql } = context
  app.get(
    '/v1/manage/api-keys',
    {
      config: { access: 'api-key.read' },
      schema: {
        summary: 'API keys, without their secrets',
        tags,
        querystring: Type.Object(pageQuery, closed),
        response: { 200: pageOf(KeyView), ...Failures },
      },
    },
    async (request) => {
      const paging = pagingOf<readonly [string]>(context, { ...request.query, of: 'api-key' })
      const reach = reachOf(callerIn(request), 'api-key.read')
      const rows = await listKeys(sql, { reach, after: paging.after?.[0] ?? null, limit: paging.limit + 1 })
      const page = paged(rows, paging, (row) => [row.keyId] as const)
      return { items: page.rows, nextCursor: page.nextCursor }
    },
  )
  keyMakingRoutes(app, context)
}

function keyMakingRoutes(app: Server, context: HttpContext): void {
  const { sql } = context
  app.post(
    '/v1/manage/api-keys',
    {
      config: { access: 'api-key.add' },
      schema: {
        summary: 'A new key: never for more than its maker may, and never for what needs a touch',
        tags,
        body: KeyBody,
        response: { 201: NewKey, ...Failures },
      },
    },
    async (request, reply) => {
      const caller = callerIn(request)
      const { merchantId, siteId, lifeDays, name, scopes } = request.body
      if (merchantId === null && siteId !== null) throw new Refusal('request-malformed')
      const place = { merchantId, siteId }
      if (merchantId !== null)
        valueOf(await placeFor(sql, { caller, action: 'api-key.add', merchantId, siteId }))
      else if (!may(caller, 'api-key.add', place)) throw new Refusal('grant-refused')
      return await onceFor(context, { request, reply }, async () => {
        const expiresAtMs = context.nowMs() + lifeDays * DAY_MS
        const key = { name, scopes, place, madeBy: caller.staffId, expiresAtMs }
        const { keyId, keyText } = valueOf(await addKey(sql, { caller, key, by: byOf(context, request) }))
        return { status: 201, body: { keyId, expiresAtMs, key: keyText }, keptBody: { keyId, expiresAtMs } }
      })
    },
  )
  app.post(
    '/v1/manage/api-keys/:keyId/revocation',
    {
      config: { access: 'api-key.revoke' },
      schema: {
        summary: 'Revoke a key, at once',
        tags,
        params: Type.Object({ keyId: KeyId }),
        body: ReasonBody,
        response: { 200: KeyView, ...Failures },
      },
    },
    async (request, reply) => {
      const { keyId } = request.params
      const reach = reachOf(callerIn(request), 'api-key.revoke')
      const [found] = await listKeys(sql, { reach, after: null, limit: 1, keyId })
      if (found === undefined) throw new Refusal('record-unknown')
      return await onceFor(context, { request, reply }, async () => {
        valueOf(await revokeKey(sql, { keyId, by: byOf(context, request, request.body.reason) }))
        const [revoked = found] = await listKeys(sql, { reach, after: null, limit: 1, keyId })
        return { status: 200, body: revoked }
      })
    },
  )
}
