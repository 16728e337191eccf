import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import { faultOf } from '../http/failure.ts'
import { networkOf } from '../http/network.ts'
import { RequestLimit } from '../http/rate-limit.ts'
import { readSecret } from '../settings.ts'
import { ENROLMENT_ROWS, type EnrolmentError, EnrolmentRefusal } from './enrolment-error.ts'
import type { EstContext, EstServer } from './est-context.ts'
import { estRoutes } from './est-routes.ts'

/** base64 of the largest request, and some. */
const BODY_BYTES_MAX = 8 * 1024
const HEADERS_BYTES_MAX = 8 * 1024
const HANDSHAKE_MS_MAX = 10_000
const REQUEST_MS_MAX = 20_000
const KEEP_ALIVE_MS = 5000
const CONNECTIONS_MAX = 500
const PARAM_LENGTH_MAX = 64
const REQUESTS_PER_MINUTE_PER_NETWORK = 240
const MS_PER_S = 1000
const DATABASE_AWAY = /^(08|53|57|CONNECT|CONNECTION_|ECONN|EPIPE|ETIMEDOUT)/

/**
 * The enrolment service (RFC 7030), not yet listening: HTTPS of its own, apart from what payers use. TLS asks everybody
 * for a certificate and lets everybody in; who may do what is judged in the routes, with an answer that says why.
 */
export function createEstServer(context: EstContext): EstServer {
  const { est } = context.settings
  const app: EstServer = fastify({
    https: {
      cert: readSecret('est.certificateFile', est.certificateFile),
      key: readSecret('est.keyFile', est.keyFile),
      ca: [
        ...context.authority.factories.map(String),
        ...context.authority.issuers.map(({ known }) => String(known)),
        String(context.authority.root),
      ],
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      handshakeTimeout: HANDSHAKE_MS_MAX,
      maxHeaderSize: HEADERS_BYTES_MAX,
    },
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    forceCloseConnections: 'idle',
    frameworkErrors: (_error, _request, reply) =>
      void sendRefusal(reply, new EnrolmentRefusal('route-unknown'), context.nowMs()),
  })
  app.server.maxConnections = CONNECTIONS_MAX
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/pkcs10', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) =>
    done(new EnrolmentRefusal('csr-malformed')),
  )
  limitRequests(app, context)
  answerFailures(app, context)
  estRoutes(app, context)
  return app
}

function limitRequests(app: EstServer, { nowMs }: EstContext): void {
  const limit = new RequestLimit(REQUESTS_PER_MINUTE_PER_NETWORK)
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    const retryAtMs = limit.take(networkOf(request.ip), nowMs())
    if (retryAtMs !== null) throw new EnrolmentRefusal('too-many-tries', retryAtMs)
  })
}

function answerFailures(app: EstServer, { log, nowMs }: EstContext): void {
  app.setNotFoundHandler((_request, reply) =>
    sendRefusal(reply, new EnrolmentRefusal('route-unknown'), nowMs()),
  )
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof EnrolmentRefusal) {
      log.info({ code: error.code, route: request.routeOptions.url }, 'an enrolment request was refused')
      return sendRefusal(reply, error, nowMs())
    }
    const code = codeOf(error)
    if (code === 'internal' || code === 'unavailable')
      log.error({ ...faultOf(error), route: request.routeOptions.url }, 'an enrolment request failed')
    return sendRefusal(reply, new EnrolmentRefusal(code), nowMs())
  })
}

function codeOf(error: { code?: string; statusCode?: number }): EnrolmentError {
  if (error.statusCode === 413) return 'body-too-large'
  if (error.statusCode !== undefined && error.statusCode < 500) return 'csr-malformed'
  return DATABASE_AWAY.test(error.code ?? '') ? 'unavailable' : 'internal'
}

/** Problem details (RFC 9457). A chip that came without a claim code is asked for one (RFC 7030 section 3.2.3). */
function sendRefusal(
  reply: FastifyReply,
  { code, retryAtMs }: EnrolmentRefusal,
  nowMs: number,
): FastifyReply {
  const { status, title, detail, retryable } = ENROLMENT_ROWS[code]
  if (code === 'claim-unknown') void reply.header('www-authenticate', 'Basic realm="claim", charset="UTF-8"')
  if (retryAtMs !== undefined)
    void reply.header('retry-after', Math.max(1, Math.ceil((retryAtMs - nowMs) / MS_PER_S)))
  return reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify({ type: `/errors#${code}`, title, status, detail, code, retryable }))
}
