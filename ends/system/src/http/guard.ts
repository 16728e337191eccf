import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../error/problem.ts'
import type { HttpContext } from './context.ts'
import { networkOf } from './network.ts'
import { RequestLimit } from './rate-limit.ts'
import type { Server } from './type-provider.ts'

/** One year. */
const HSTS = 'max-age=31536000; includeSubDomains'

/** Headers on every answer, requests counted per network, and no request made by another site's page. */
export function guard(app: Server, context: HttpContext): void {
  const limit = new RequestLimit(context.settings.limits.requestsPerMinutePerNetwork)
  const headers = securityHeaders(context)
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    void reply.headers(headers)
    if (!request.url.startsWith('/v1/')) return
    void reply.header('cache-control', 'private, no-cache')
    if (request.url.startsWith('/v1/bank-notifications')) return
    const retryAtMs = limit.take(networkOf(request.ip), context.nowMs())
    if (retryAtMs !== null) throw new Refusal('too-many-requests', { retryAtMs })
    if (request.method !== 'GET' && request.method !== 'HEAD') refuseForeignPage(request, context)
  })
}

/**
 * Browsers say from which page a request comes (Fetch Metadata, and `Origin` on every POST); whoever sends neither is
 * no browser, and has no cookie that it was not given.
 */
function refuseForeignPage(request: FastifyRequest, { settings }: HttpContext): void {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin !== undefined && origin !== settings.publicOrigin) throw new Refusal('origin-refused')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new Refusal('origin-refused')
}

function securityHeaders({ settings }: HttpContext): Record<string, string> {
  const framed = settings.frameOrigins.length > 0
  return {
    // Replaced by the page's own where a page is served; nothing else may load or show anything.
    'content-security-policy': `default-src 'none'; ${frameAncestors(settings.frameOrigins)}`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy':
      'camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), geolocation=(), microphone=()',
    ...(framed ? {} : { 'x-frame-options': 'SAMEORIGIN' }),
    ...(settings.publicOrigin.startsWith('https:') ? { 'strict-transport-security': HSTS } : {}),
  }
}

/** CSP level 3 section 6.4.2: who may show us in a frame. */
export function frameAncestors(frameOrigins: readonly string[]): string {
  return `frame-ancestors ${["'self'", ...frameOrigins].join(' ')}`
}
