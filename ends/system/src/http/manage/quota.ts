import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../../access/reach.ts'
import { Refusal } from '../../error/problem.ts'
import type { HttpContext } from '../context.ts'
import { networkOf } from '../network.ts'
import { RequestLimit } from '../rate-limit.ts'

const WINDOW_S = 60

/** How much a caller, and whoever tries to become one, may ask for; told with every answer. */
export interface Quota {
  caller(caller: Caller, reply: FastifyReply): void
  signIn(request: FastifyRequest, reply: FastifyReply): void
}

/** draft-ietf-httpapi-ratelimit-headers: what is allowed (`RateLimit-Policy`) and what is left of it (`RateLimit`). */
export function quotaFor({ settings: { limits }, nowMs }: HttpContext): Quota {
  const policy = (name: string, perMinute: number) => {
    const limit = new RequestLimit(perMinute)
    return (key: string, reply: FastifyReply) => {
      const now = nowMs()
      const { left, resetAtMs } = limit.spend(key, now)
      const resetS = Math.ceil((resetAtMs - now) / 1000)
      void reply.header('ratelimit-policy', `"${name}";q=${String(perMinute)};w=${String(WINDOW_S)}`)
      void reply.header('ratelimit', `"${name}";r=${String(Math.max(0, left))};t=${String(resetS)}`)
      if (left < 0) throw new Refusal('too-many-requests', { retryAtMs: resetAtMs })
    }
  }
  const caller = policy('caller', limits.manageRequestsPerMinutePerCaller)
  const signIn = policy('sign-in', limits.signInsPerMinutePerNetwork)
  return {
    caller: ({ staffId, keyId }, reply) => caller(keyId === null ? staffId : `key ${keyId}`, reply),
    signIn: (request, reply) => signIn(networkOf(request.ip), reply),
  }
}
