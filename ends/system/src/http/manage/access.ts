import type { FastifyRequest, RouteOptions } from 'fastify'
import { type Caller, isNowhere, reachOf } from '../../access/reach.ts'
import { type Action, isAction, rowOf } from '../../access/table.ts'
import { callerOfKey } from '../../api-key/api-key.ts'
import { Refusal } from '../../error/problem.ts'
import { callerOfSession } from '../../staff-member/session.ts'
import { useTouch } from '../../staff-member/touch.ts'
import type { HttpContext } from '../context.ts'
import { readCookie } from '../cookie.ts'
import type { Server } from '../type-provider.ts'
import { quotaFor } from './quota.ts'

/** Everything under it is refused unless its route names a row of the access table. */
export const MANAGEMENT_PATH = '/v1/manage'
export const STAFF_COOKIE = 'farthing_staff'
const TOUCH_HEADER = 'farthing-touch'

/** Routes by which one becomes a caller: they look at a secret or a passkey of their own. Each is named here. */
const OPEN_ROUTES: ReadonlySet<string> = new Set([
  'POST /v1/manage/sign-in/options',
  'POST /v1/manage/sign-in',
  'POST /v1/manage/invitation/options',
  'POST /v1/manage/invitation/acceptance',
])

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The row of the access table that this route asks for; `open` for those that are listed. */
    readonly access?: Action | 'open'
  }
  interface FastifyRequest {
    /** Set before the handler of every route under management that is not open. */
    caller: Caller | null
  }
}

export interface ManagedRoute {
  readonly method: string
  readonly url: string
  readonly access: Action | 'open'
}

/** Every route under management of one server, as it was registered. */
const registered = new WeakMap<object, ManagedRoute[]>()

export function managedRoutes(app: object): readonly ManagedRoute[] {
  return registered.get(app) ?? []
}

/**
 * Default deny: a route under management without its row does not let the server start. Who calls and whether they may do
 * this anywhere is decided before a byte of the body is read; where they may is decided by each query (I14).
 */
export function guardManagement(app: Server, context: HttpContext): void {
  const routes: ManagedRoute[] = []
  registered.set(app, routes)
  app.decorateRequest('caller', null)
  const quota = quotaFor(context)
  app.addHook('onRoute', (route) => {
    routes.push(...managed(route))
  })
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config
    if (access === undefined) return
    if (access === 'open') {
      quota.signIn(request, reply)
      return
    }
    const caller = await callerOf(context, request)
    quota.caller(caller, reply)
    if (isNowhere(reachOf(caller, access))) throw new Refusal('role-refused')
    request.caller = caller
  })
  app.addHook('preHandler', async (request) => {
    const { access } = request.routeOptions.config
    if (access === undefined || access === 'open' || rowOf(access).touch !== true) return
    if (!(await isTouched(context, request))) throw new Refusal('touch-missing')
  })
}

function managed(route: RouteOptions): readonly ManagedRoute[] {
  if (!route.url.startsWith(MANAGEMENT_PATH)) return []
  const methods = [route.method].flat().filter((method) => method !== 'HEAD')
  const access = route.config?.access
  for (const method of methods) {
    const name = `${method} ${route.url}`
    const known = access === 'open' ? OPEN_ROUTES.has(name) : access !== undefined && isAction(access)
    if (!known) throw new Error(`${name} has no row in the access table (ends/system/src/access/noun.ts)`)
  }
  return methods.map((method) => ({ method, url: route.url, access: access as Action | 'open' }))
}

/** A key where one is sent, otherwise the session of the cookie. */
async function callerOf({ sql, nowMs }: HttpContext, request: FastifyRequest): Promise<Caller> {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const keyText = /^Bearer ([\w-]{1,100})$/i.exec(authorization)?.[1]
    const caller = keyText === undefined ? null : await callerOfKey(sql, keyText, nowMs())
    if (caller === null) throw new Refusal('key-refused')
    return caller
  }
  const caller = await sessionCaller({ sql, nowMs }, request)
  if (caller === null) throw new Refusal('sign-in-missing')
  return caller
}

/** Whoever is signed in by cookie; null when nobody is. */
export async function sessionCaller(
  { sql, nowMs }: Pick<HttpContext, 'sql' | 'nowMs'>,
  request: FastifyRequest,
): Promise<Caller | null> {
  const secretText = readCookie(request.headers.cookie, STAFF_COOKIE)
  return secretText === '' ? null : await callerOfSession(sql, secretText, nowMs())
}

async function isTouched({ sql, nowMs }: HttpContext, request: FastifyRequest): Promise<boolean> {
  const challengeId = request.headers[TOUCH_HEADER]
  const sessionId = request.caller?.sessionId
  if (typeof challengeId !== 'string' || sessionId === undefined || sessionId === null) return false
  const key = request.headers['idempotency-key']
  const touched = { method: request.method, path: request.url, body: request.body }
  const idempotencyKey = typeof key === 'string' ? key : ''
  return await useTouch(sql, { challengeId, sessionId, request: touched, idempotencyKey }, nowMs())
}

/** In handlers of routes that are not open. */
export function callerIn(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('a route of management ran without a caller')
  return request.caller
}
