import { type Static, Type } from 'typebox'
import { KINDS } from '../../management/kind.ts'
import { placeFor } from '../../management/record.ts'
import { valueOf } from '../../management/refused.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, Id, ReasonBody, closed, flag } from './exchange.ts'
import { pageOf, pageQuery } from './page.ts'
import { add, change, list, read, retire } from './record-exchange.ts'
import { SiteBody, SiteChange, SiteRecord } from './record-schemas.ts'

const tags = ['sites']
const params = Type.Object({ merchantId: Id, siteId: Id })
const keyOf = (given: Static<typeof params>) => [given.merchantId, given.siteId]

/** Where machines stand. */
export function siteRoutes(app: Server, context: HttpContext): void {
  const kind = KINDS.site
  app.get(
    '/v1/manage/sites',
    {
      config: { access: 'site.read' },
      schema: {
        summary: 'Sites',
        tags,
        querystring: Type.Object({ ...pageQuery, retired: flag, merchantId: Type.Optional(Id) }, closed),
        response: { 200: pageOf(SiteRecord), ...Failures },
      },
    },
    async (request) =>
      await list(context, request, { kind, where: { merchant_id: request.query.merchantId } }),
  )
  app.get(
    '/v1/manage/sites/:merchantId/:siteId',
    {
      config: { access: 'site.read' },
      schema: { summary: 'One site', tags, params, response: { 200: SiteRecord, ...Failures } },
    },
    async (request, reply) => await read(context, { request, reply }, { kind, key: keyOf(request.params) }),
  )
  siteChangeRoutes(app, context)
}

function siteChangeRoutes(app: Server, context: HttpContext): void {
  const kind = KINDS.site
  app.post(
    '/v1/manage/sites',
    {
      config: { access: 'site.add' },
      schema: { summary: 'A new site', tags, body: SiteBody, response: { 201: SiteRecord, ...Failures } },
    },
    async (request, reply) => {
      const { merchantId, siteId } = request.body
      valueOf(
        await placeFor(context.sql, {
          caller: callerIn(request),
          action: 'site.add',
          merchantId,
          siteId: null,
        }),
      )
      return await add(
        context,
        { request, reply },
        { kind, fields: request.body, location: `${merchantId}/${siteId}` },
      )
    },
  )
  app.patch(
    '/v1/manage/sites/:merchantId/:siteId',
    {
      config: { access: 'site.change' },
      schema: {
        summary: 'Change a site',
        tags,
        params,
        body: SiteChange,
        response: { 200: SiteRecord, ...Failures },
      },
    },
    async (request, reply) =>
      await change(context, { request, reply }, { kind, key: keyOf(request.params), body: request.body }),
  )
  app.post(
    '/v1/manage/sites/:merchantId/:siteId/retirement',
    {
      config: { access: 'site.retire' },
      schema: {
        summary: 'Retire a site',
        tags,
        params,
        body: ReasonBody,
        response: { 200: SiteRecord, ...Failures },
      },
    },
    async (request, reply) =>
      await retire(context, { request, reply }, { kind, key: keyOf(request.params), body: request.body }),
  )
}
