import { createHash, timingSafeEqual } from 'node:crypto'
import swagger from '@fastify/swagger'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { statementRoutes } from './account/statement.ts'
import { accountPages } from './customer/account-pages.ts'
import { approvalPages } from './mandate/approval-pages.ts'
import type { Sql } from './database/connect.ts'
import { readSecret } from './database/connect.ts'
import { faultOf, type Logger } from './log.ts'
import { mandateRoutes } from './mandate/routes.ts'
import type { NotificationSigner } from './notification/sign.ts'
import { orderRoutes } from './order/routes.ts'
import type { OrderWriter } from './order/writer.ts'
import { formBodies } from './page/form.ts'
import { type ProblemCode, problem } from './problem.ts'
import { sendProblem } from './send-problem.ts'
import type { Settings } from './settings.ts'

const BODY_BYTES_MAX = 16_384
const REQUEST_TIMEOUT_MS = 20_000

declare module 'fastify' {
  interface FastifyRequest {
    /** SHA-256 of the body's bytes as they came, in hex. */
    bodySha256: string
  }
}

export interface ServerParts {
  readonly settings: Settings
  readonly sql: Sql
  readonly writer: OrderWriter
  readonly signer: NotificationSigner
  readonly log: Logger
  /** Called after a commit that holds a notification. */
  readonly onNotice: () => void
}

/** The bank's one HTTP server: the API for the TPP under /v1, and the pages for customers. */
export async function createServer(parts: ServerParts): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: 100 },
    forceCloseConnections: 'idle',
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
  })
  app.decorateRequest('bodySha256', '')
  refuseOddities(app, parts.log)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Bank API of Farthing', version: '1.0.0' },
      components: { securitySchemes: { tpp: { type: 'http', scheme: 'bearer' } } },
      security: [{ tpp: [] }],
    },
  })
  await app.register(async (api) => {
    readJsonBodies(api)
    authenticateTpp(api, parts.settings.tppTokenFile)
    orderRoutes(api, parts)
    mandateRoutes(api, parts)
    statementRoutes(api, parts)
  })
  await app.register(async (pages) => {
    formBodies(pages)
    approvalPages(pages, parts)
    accountPages(pages, parts)
  })
  openRoutes(app, parts)
  await app.ready()
  return app
}

function openRoutes(app: FastifyInstance, parts: ServerParts): void {
  app.get('/v1/keys', { schema: { tags: ['keys'], security: [] } }, () => ({
    keys: [parts.signer.publicJwk],
  }))
  app.get('/health', { schema: { hide: true } }, async (_request, reply) => {
    const healthy = await parts.sql`SELECT 1`.then(
      () => true,
      () => false,
    )
    return reply.code(healthy ? 200 : 503).send({ status: healthy ? 'ok' : 'no database' })
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
}

/** The bytes are kept as a hash before they are read: the same order again is the same bytes again. */
function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    request.bodySha256 = createHash('sha256').update(body).digest('hex')
    if (body.length === 0) return done(null, undefined)
    try {
      done(null, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body))))
    } catch {
      done(Object.assign(new Error('not JSON'), { code: 'MALFORMED_BODY', statusCode: 400 }), undefined)
    }
  })
}

function authenticateTpp(app: FastifyInstance, tokenFile: string): void {
  const expected = createHash('sha256').update(readSecret(tokenFile)).digest()
  app.addHook('onRequest', async (request, reply) => {
    const given = /^Bearer ([!-~]{1,512})$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const actual = createHash('sha256').update(given).digest()
    if (!timingSafeEqual(actual, expected)) return sendProblem(reply, problem('unauthorised'))
    return undefined
  })
}

function refuseOddities(app: FastifyInstance, log: Logger): void {
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, problem('not-found')))
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    if (error.validation !== undefined) {
      const [fault] = error.validation
      const where = `${error.validationContext ?? 'request'}${fault?.instancePath ?? ''}`
      return sendProblem(reply, problem('invalid-request', `${where}: ${fault?.message ?? 'is wrong'}`))
    }
    const code = codeOf(error)
    if (code === 'internal' || code === 'unavailable') {
      log.error({ ...faultOf(error), route: request.routeOptions.url }, 'request failed')
    }
    return sendProblem(reply, problem(code))
  })
}

function codeOf(error: FastifyError): ProblemCode {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'body-too-large'
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return 'unsupported-media-type'
  if (error.code === 'MALFORMED_BODY' || error.statusCode === 400) return 'malformed-body'
  // The database is away or stopped in mid-answer: whoever asks again finds out.
  if (/^(CONNECT|CONNECTION_|ECONN|57|08|53)/.test(error.code ?? '')) return 'unavailable'
  return 'internal'
}
