import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorCode } from '../error/error-code.ts'
import { type Problem, type ProblemExtras, Refusal, problemOf } from '../error/problem.ts'
import type { HttpContext } from './context.ts'
import type { Server } from './type-provider.ts'

/** SQLSTATE classes in which the database is away, busy or full (PostgreSQL appendix A), and the driver's own. */
const DATABASE_AWAY = /^(08|53|57|CONNECT|CONNECTION_|ECONN|EPIPE|ETIMEDOUT)/
const RETRY_AFTER_S_MIN = 1

/** The one place where a failed request gets its answer: problem details from the table, and nothing of the inside. */
export function answerFailures(app: Server, { log, nowMs }: HttpContext): void {
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, problemOf('route-unknown'), nowMs()))
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const { code, extras } = failureOf(error)
    if (code === 'internal' || code === 'unavailable') {
      log.error({ ...faultOf(error), route: request.routeOptions.url }, 'a request failed')
    }
    return sendProblem(reply, problemOf(code, extras), nowMs())
  })
}

export function sendProblem(reply: FastifyReply, problem: Problem, nowMs: number): FastifyReply {
  if (problem.retryable && (problem.status === 429 || problem.status === 503)) {
    const waitS = Math.ceil(((problem.retryAtMs ?? nowMs) - nowMs) / 1000)
    void reply.header('retry-after', Math.max(RETRY_AFTER_S_MIN, waitS))
  }
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem))
}

export function failureOf(error: Error & { code?: string; validation?: unknown; statusCode?: number }): {
  readonly code: ErrorCode
  readonly extras: ProblemExtras
} {
  if (error instanceof Refusal) return { code: error.code, extras: error.extras }
  return { code: codeOf(error), extras: {} }
}

function codeOf(error: { code?: string; validation?: unknown; statusCode?: number }): ErrorCode {
  if (error.validation !== undefined) return 'request-malformed'
  if (error.statusCode === 413) return 'request-too-large'
  if (error.statusCode === 415) return 'media-type-unsupported'
  if (error.statusCode !== undefined && error.statusCode < 500) return 'request-malformed'
  return DATABASE_AWAY.test(error.code ?? '') ? 'unavailable' : 'internal'
}

/** What may be said of an error in the log: its kind, words and place, and none of the values it carries. */
export function faultOf(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) return { fault: 'not an error' }
  const code = 'code' in error ? { code: String(error.code) } : {}
  return { fault: `${error.name}: ${error.message}`, ...code, stack: error.stack ?? '' }
}
