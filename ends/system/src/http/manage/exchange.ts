import { createHmac } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Problem, Refusal } from '../../error/problem.ts'
import type { By } from '../../management/by.ts'
import type { HttpContext } from '../context.ts'
import { type Answer, once } from '../idempotency.ts'
import { callerIn } from './access.ts'

export const Failures = { '4xx': Problem, '5xx': Problem }
export const closed = { additionalProperties: false }

/** For the audit trail: why. Text like every other, shown and never interpreted. */
export const Reason = Type.String({ minLength: 3, maxLength: 300, pattern: '^[^\\u0000-\\u001f]+$' })
export const ReasonBody = Type.Object({ reason: Reason }, closed)
/** Stands in addresses, logs and files. */
export const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' })
export const HexId = Type.String({ pattern: '^[0-9a-f]{32}$' })
export const Name = Type.String({ minLength: 1, maxLength: 80, pattern: '^[^\\u0000-\\u001f]+$' })

/** In addresses. */
export const flag = Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')]))

export function byOf(context: HttpContext, request: FastifyRequest, reason?: string): By {
  const caller = callerIn(request)
  return { caller, atMs: context.nowMs(), ...(reason === undefined ? {} : { reason }) }
}

/** What makes something is done once for each Idempotency-Key of a caller. */
export async function onceFor(
  context: HttpContext,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  work: () => Promise<Answer>,
): Promise<FastifyReply> {
  const { staffId, keyId } = callerIn(exchange.request)
  const deviceId = keyId === null ? `staff ${staffId}` : `key ${keyId}`
  const secret = createHmac('sha256', context.pseudonymSecret).update(`idempotency\n${deviceId}`).digest()
  return await once(context, { ...exchange, device: { deviceId, secret: new Uint8Array(secret) } }, work)
}

const ETAG = /^"([0-9]{1,9})"$/

/** RFC 9110 section 13.1.1, and RFC 6585 section 3 where it is missing. `*` is refused: it would lose changes. */
export function revisionIn(request: FastifyRequest): number {
  const header = request.headers['if-match']
  if (header === undefined) throw new Refusal('version-missing')
  const revision = ETAG.exec(header.trim())?.[1]
  if (revision === undefined) throw new Refusal('request-malformed')
  return Number(revision)
}

export function etagOf(revision: number): string {
  return `"${String(revision)}"`
}
