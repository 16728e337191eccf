import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import { KINDS } from '../../management/kind.ts'
import { placeFor } from '../../management/record.ts'
import { valueOf } from '../../management/refused.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, Id, ReasonBody, closed, flag } from './exchange.ts'
import { pageOf, pageQuery } from './page.ts'
import { add, change, list, read, retire } from './record-exchange.ts'
import { MachineBody, MachineChange, MachineRecord } from './record-schemas.ts'

const tags = ['machines, managed']
const params = Type.Object({ machineId: Id })

/** Machines, and what payers are told of them. */
export function managedMachineRoutes(app: Server, context: HttpContext): void {
  const kind = KINDS.machine
  app.get(
    '/v1/manage/machines',
    {
      config: { access: 'machine.read' },
      schema: {
        summary: 'Machines',
        tags,
        querystring: Type.Object(
          { ...pageQuery, retired: flag, merchantId: Type.Optional(Id), siteId: Type.Optional(Id) },
          closed,
        ),
        response: { 200: pageOf(MachineRecord), ...Failures },
      },
    },
    async (request) => {
      const where = { merchant_id: request.query.merchantId, site_id: request.query.siteId }
      return await list(context, request, { kind, where })
    },
  )
  app.get(
    '/v1/manage/machines/:machineId',
    {
      config: { access: 'machine.read' },
      schema: { summary: 'One machine', tags, params, response: { 200: MachineRecord, ...Failures } },
    },
    async (request, reply) =>
      await read(context, { request, reply }, { kind, key: [request.params.machineId] }),
  )
  machineChangeRoutes(app, context)
}

function machineChangeRoutes(app: Server, context: HttpContext): void {
  const kind = KINDS.machine
  app.post(
    '/v1/manage/machines',
    {
      config: { access: 'machine.add' },
      schema: {
        summary: 'A new machine; its id is made here, so that nobody learns which ids others have',
        tags,
        body: MachineBody,
        response: { 201: MachineRecord, ...Failures },
      },
    },
    async (request, reply) => {
      const { merchantId, siteId = null } = request.body
      valueOf(
        await placeFor(context.sql, { caller: callerIn(request), action: 'machine.add', merchantId, siteId }),
      )
      const machineId = `m-${randomBytes(8).toString('hex')}`
      return await add(
        context,
        { request, reply },
        { kind, fields: { number: '', ...request.body, machineId }, location: machineId },
      )
    },
  )
  app.patch(
    '/v1/manage/machines/:machineId',
    {
      config: { access: 'machine.change' },
      schema: {
        summary: 'Change a machine',
        tags,
        params,
        body: MachineChange,
        response: { 200: MachineRecord, ...Failures },
      },
    },
    async (request, reply) =>
      await change(
        context,
        { request, reply },
        { kind, key: [request.params.machineId], body: request.body },
      ),
  )
  app.post(
    '/v1/manage/machines/:machineId/retirement',
    {
      config: { access: 'machine.retire' },
      schema: {
        summary: 'Retire a machine',
        tags,
        params,
        body: ReasonBody,
        response: { 200: MachineRecord, ...Failures },
      },
    },
    async (request, reply) =>
      await retire(
        context,
        { request, reply },
        { kind, key: [request.params.machineId], body: request.body },
      ),
  )
}
