import swagger from '@fastify/swagger'
import fastify from 'fastify'
import { bankRoutes } from './bank-routes.ts'
import { confirmationRoutes } from './confirmation-routes.ts'
import type { HttpContext } from './context.ts'
import { problemOf } from '../error/problem.ts'
import { answerFailures, sendProblem } from './failure.ts'
import { guard } from './guard.ts'
import { healthRoutes } from './health-routes.ts'
import { guardManagement } from './manage/access.ts'
import { manageRoutes } from './manage/routes.ts'
import { machineRoutes } from './machine-routes.ts'
import { pageRoutes } from './page.ts'
import { payerRoutes } from './payer-routes.ts'
import { paymentRoutes } from './payment-routes.ts'
import { PaymentStreams, streamRoutes } from './payment-stream.ts'
import type { SchemaTypes, Server } from './type-provider.ts'

/** The largest good body is a new passkey's attestation. */
const BODY_BYTES_MAX = 24 * 1024
const REQUEST_TIMEOUT_MS = 20_000
const KEEP_ALIVE_MS = 65_000
const PARAM_LENGTH_MAX = 64
const HEADERS_BYTES_MAX = 16 * 1024

/** The system's one HTTP server, not yet listening: the payer's page, the API under /v1, and the bank's notifications. */
export async function createServer(context: HttpContext): Promise<Server> {
  const app: Server = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { maxHeaderSize: HEADERS_BYTES_MAX },
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    forceCloseConnections: 'idle',
    trustProxy: context.settings.trustedProxies.length > 0 ? [...context.settings.trustedProxies] : false,
    // Addresses that the router cannot even read get there by another way than errors of routes.
    frameworkErrors: (_error, _request, reply) =>
      void sendProblem(reply, problemOf('request-malformed'), context.nowMs()),
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
  }).withTypeProvider<SchemaTypes>()
  app.removeContentTypeParser('text/plain')
  answerFailures(app, context)
  guard(app, context)
  guardManagement(app, context)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Farthing, system',
        description:
          'The interface between the payer and the system, and under /v1/manage the management. Errors: /errors.',
        version: '1.0.0',
        license: { name: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          device: { type: 'apiKey', in: 'cookie', name: 'farthing_device' },
          staff: { type: 'apiKey', in: 'cookie', name: 'farthing_staff' },
          apiKey: { type: 'http', scheme: 'bearer' },
        },
      },
    },
  })
  const streams = new PaymentStreams(context)
  await app.register(async (routes: Server) => {
    paymentRoutes(routes, context)
    confirmationRoutes(routes, context)
    streamRoutes(routes, context, streams)
    payerRoutes(routes, context)
    machineRoutes(routes, context)
    bankRoutes(routes, context)
    manageRoutes(routes, context)
    healthRoutes(routes, context)
    pageRoutes(routes, context)
  })
  app.addHook('preClose', async () => streams.close())
  await app.ready()
  await streams.open(context.notifications)
  return app
}
