import { Type } from 'typebox'
import { isIbanOrRefuse } from '../../management/check.ts'
import { KINDS } from '../../management/kind.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { Failures, Id, ReasonBody, closed, flag } from './exchange.ts'
import { pageOf, pageQuery } from './page.ts'
import { add, change, list, read, retire } from './record-exchange.ts'
import { MerchantBody, MerchantChange, MerchantRecord } from './record-schemas.ts'

const tags = ['merchants']
const params = Type.Object({ merchantId: Id })

/** Who sells. The account is changed elsewhere, by two people. */
export function merchantRoutes(app: Server, context: HttpContext): void {
  const kind = KINDS.merchant
  app.get(
    '/v1/manage/merchants',
    {
      config: { access: 'merchant.read' },
      schema: {
        summary: 'Merchants',
        tags,
        querystring: Type.Object({ ...pageQuery, retired: flag }, closed),
        response: { 200: pageOf(MerchantRecord), ...Failures },
      },
    },
    async (request) => await list(context, request, { kind, where: {} }),
  )
  app.get(
    '/v1/manage/merchants/:merchantId',
    {
      config: { access: 'merchant.read' },
      schema: { summary: 'One merchant', tags, params, response: { 200: MerchantRecord, ...Failures } },
    },
    async (request, reply) =>
      await read(context, { request, reply }, { kind, key: [request.params.merchantId] }),
  )
  merchantChangeRoutes(app, context)
}

function merchantChangeRoutes(app: Server, context: HttpContext): void {
  const kind = KINDS.merchant
  app.post(
    '/v1/manage/merchants',
    {
      config: { access: 'merchant.add' },
      schema: {
        summary: 'A new merchant',
        tags,
        body: MerchantBody,
        response: { 201: MerchantRecord, ...Failures },
      },
    },
    async (request, reply) => {
      isIbanOrRefuse(request.body.iban)
      return await add(
        context,
        { request, reply },
        { kind, fields: request.body, location: request.body.merchantId },
      )
    },
  )
  app.patch(
    '/v1/manage/merchants/:merchantId',
    {
      config: { access: 'merchant.change' },
      schema: {
        summary: 'Change a merchant',
        tags,
        params,
        body: MerchantChange,
        response: { 200: MerchantRecord, ...Failures },
      },
    },
    async (request, reply) =>
      await change(
        context,
        { request, reply },
        { kind, key: [request.params.merchantId], body: request.body },
      ),
  )
  app.post(
    '/v1/manage/merchants/:merchantId/retirement',
    {
      config: { access: 'merchant.retire' },
      schema: {
        summary: 'Retire a merchant',
        tags,
        params,
        body: ReasonBody,
        response: { 200: MerchantRecord, ...Failures },
      },
    },
    async (request, reply) =>
      await retire(
        context,
        { request, reply },
        { kind, key: [request.params.merchantId], body: request.body },
      ),
  )
}
