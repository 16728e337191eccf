import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sql } from '../database/connect.ts'
import type { Times } from '../settings.ts'

/** A name of its own: cookies are shared by all ports of a host. */
export const SESSION_COOKIE = 'farthing_bank_session'

export interface Session {
  readonly token: string
  readonly customerId: bigint
  readonly name: string
}

/** The session that the request's cookie names, if it is still good; using it keeps it alive. */
export async function findSession(sql: Sql, request: FastifyRequest, times: Times): Promise<Session | null> {
  const token = readCookie(request.headers.cookie, SESSION_COOKIE)
  if (token === null || !/^[A-Za-z0-9_-]{43}$/.test(token)) return null
  const [row] = await sql<{ customer_id: bigint; name: string }[]>`
    UPDATE customer_session AS s SET used_at = now() FROM customer AS c
    WHERE s.token_sha256 = ${tokenHash(token)} AND c.customer_id = s.customer_id
      AND s.used_at > now() - make_interval(secs => ${times.sessionIdleS})
      AND s.created_at > now() - make_interval(secs => ${times.sessionLongestS})
    RETURNING c.customer_id, c.name`
  return row === undefined ? null : { token, customerId: row.customer_id, name: row.name }
}

export async function openSession(
  sql: Sql,
  reply: FastifyReply,
  wanted: { customerId: bigint; name: string; secure: boolean },
): Promise<Session> {
  const { customerId, name, secure } = wanted
  const token = randomBytes(32).toString('base64url')
  await sql`
    INSERT INTO customer_session (token_sha256, customer_id) VALUES (${tokenHash(token)}, ${customerId})`
  void reply.header('set-cookie', sessionCookie(token, secure))
  return { token, customerId, name }
}

export async function closeSession(
  sql: Sql,
  reply: FastifyReply,
  session: { token: string; secure: boolean },
): Promise<void> {
  await sql`DELETE FROM customer_session WHERE token_sha256 = ${tokenHash(session.token)}`
  void reply.header('set-cookie', `${sessionCookie('', session.secure)}; Max-Age=0`)
}

export async function forgetOldSessions(sql: Sql, times: Times): Promise<void> {
  await sql`
    DELETE FROM customer_session WHERE used_at <= now() - make_interval(secs => ${times.sessionIdleS})
      OR created_at <= now() - make_interval(secs => ${times.sessionLongestS})`
  await sql`DELETE FROM sign_in_try WHERE at <= now() - make_interval(secs => ${times.signInWindowS})`
}

function sessionCookie(token: string, secure: boolean): string {
  return `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}

function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** The form token of a session: only a page of this bank, shown to this session, knows it. */
export function formToken(session: Session): string {
  return createHmac('sha256', session.token).update('form').digest('base64url')
}

export function isFormToken(session: Session, given: string): boolean {
  const expected = Buffer.from(formToken(session))
  const actual = Buffer.from(given)
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

export function readCookie(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value !== undefined) return value
  }
  return null
}
