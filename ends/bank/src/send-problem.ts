import type { FastifyReply } from 'fastify'
import type { ProblemDetails } from './problem.ts'

const RETRY_AFTER_S = 1

export function sendProblem(reply: FastifyReply, details: ProblemDetails): FastifyReply {
  if (details.retryable) void reply.header('retry-after', RETRY_AFTER_S)
  if (details.status === 401) void reply.header('www-authenticate', 'Bearer')
  return reply
    .code(details.status)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(details)))
}
