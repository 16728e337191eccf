import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Sends JSON with an ETag of its bytes; 304 to whoever has them already (RFC 9110 section 13.1.2). */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, body: object): FastifyReply {
  const text = JSON.stringify(body)
  const tag = tagOf(text)
  void reply.header('etag', tag)
  if (matches(request.headers['if-none-match'], tag)) return reply.code(304).send()
  return reply
    .header('content-type', 'application/json; charset=utf-8')
    .serializer((payload: string) => payload)
    .send(text)
}

export function tagOf(bytes: string | Uint8Array): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
}

/** Weak comparison (RFC 9110 section 8.8.3.2): proxies make tags weak when they compress. */
export function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((given) => given.trim() === '*' || given.trim().replace(/^W\//, '') === tag)
}
