import type { FastifyInstance, FastifyRequest } from 'fastify'

const FIELDS_MAX = 20

/** Reads form bodies, and refuses forms that another site's page sent. */
export function formBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      const pairs = [...new URLSearchParams(String(body))].slice(0, FIELDS_MAX)
      done(null, new Map(pairs))
    },
  )
}

export type Form = ReadonlyMap<string, string>

export function formOf(request: FastifyRequest): Form {
  return request.body instanceof Map ? request.body : new Map()
}

/**
 * Whether the form came from a page of this very bank. Browsers send Origin with every POST; one without it, or with
 * another host, is refused, on top of the session's form token and the cookie's SameSite.
 */
export function isOwnOrigin(request: FastifyRequest, publicUrl: string): boolean {
  const origin = request.headers.origin ?? ''
  if (origin === publicUrl) return true
  const host = URL.parse(origin)?.host
  return host !== undefined && host !== '' && host === request.headers.host
}
