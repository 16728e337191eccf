import { createHmac } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { canonicalJson, type Plain } from '../audit/canonical.ts'
import type { Sql } from '../database.ts'
import { ERRORS } from '../error/table.ts'
import { Refusal, problemOf } from '../error/problem.ts'
import type { Device } from '../payer/device.ts'
import type { HttpContext } from './context.ts'
import { idempotencyKeyOf } from './device-session.ts'
import { failureOf, sendProblem } from './failure.ts'

const KEPT_HOURS = 24
/** A request that is not answered by then died with its process; whoever asks again does it anew. */
const UNANSWERED_S = 60

export interface Answer {
  readonly status: number
  readonly body: object
  readonly location?: string
  /** What a repeat is answered with instead, where `body` holds a secret that is shown once and kept nowhere. */
  readonly keptBody?: object
}

/** Whose keys they are: a device, or a caller of the management. */
type Asker = Pick<Device, 'deviceId' | 'secret'>

interface KeptRow {
  readonly request_hash: Buffer
  readonly status: number | null
  readonly body: string | null
}

/**
 * Does the work once for each key of a device, and answers the same again for 24 hours
 * (draft-ietf-httpapi-idempotency-key-header). The request is kept as a keyed hash: a PIN in it cannot be searched
 * for by whoever reads the database.
 */
export async function once(
  context: HttpContext,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly device: Asker },
  work: () => Promise<Answer>,
): Promise<FastifyReply> {
  const { request, reply, device } = exchange
  const key = { scope: device.deviceId, key: idempotencyKeyOf(request) }
  const requestHash = hashOf(request, device)
  const kept = await begin(context.sql, key, requestHash)
  if (kept !== null) {
    if (!kept.request_hash.equals(requestHash)) throw new Refusal('idempotency-key-reused')
    if (kept.status === null || kept.body === null) throw new Refusal('idempotency-in-progress')
    return send(reply.header('idempotency-replayed', 'true'), kept.status, kept.body)
  }
  try {
    const { status, body, location, keptBody = body } = await work()
    await keep(context.sql, key, { status, text: JSON.stringify(keptBody) })
    if (location !== undefined) void reply.header('location', location)
    return send(reply, status, JSON.stringify(body))
  } catch (error) {
    return await keepRefusal(context, { key, reply }, error)
  }
}

type Key = { readonly scope: string; readonly key: string }

/** Null when the work is ours to do; else what is there already. */
async function begin(sql: Sql, { scope, key }: Key, requestHash: Buffer): Promise<KeptRow | null> {
  const taken = await sql`
    INSERT INTO idempotency (scope, key, request_hash) VALUES (${scope}, ${key}, ${requestHash})
    ON CONFLICT (scope, key) DO UPDATE SET created_at = now()
      WHERE idempotency.status IS NULL AND idempotency.request_hash = excluded.request_hash
        AND idempotency.created_at < now() - make_interval(secs => ${UNANSWERED_S})
    RETURNING 1`
  if (taken.length > 0) return null
  const [kept] = await sql<KeptRow[]>`
    SELECT request_hash, status, body FROM idempotency WHERE scope = ${scope} AND key = ${key}`
  if (kept === undefined) throw new Refusal('idempotency-in-progress')
  return kept
}

async function keep(
  sql: Sql,
  { scope, key }: Key,
  { status, text }: { status: number; text: string },
): Promise<void> {
  await sql`UPDATE idempotency SET status = ${status}, body = ${text} WHERE scope = ${scope} AND key = ${key}`
}

/** A refusal that would come again is kept; one after which trying again may help leaves the key free. */
async function keepRefusal(
  context: HttpContext,
  { key, reply }: { readonly key: Key; readonly reply: FastifyReply },
  error: unknown,
): Promise<FastifyReply> {
  const { code, extras } = failureOf(error instanceof Error ? error : new Error('not an error'))
  const row = ERRORS[code]
  if (code === 'verification-wrong' || (row.status < 500 && !row.retryable)) {
    const problem = problemOf(code, extras)
    await keep(context.sql, key, { status: row.status, text: JSON.stringify(problem) })
    return sendProblem(reply, problem, context.nowMs())
  }
  await context.sql`DELETE FROM idempotency WHERE scope = ${key.scope} AND key = ${key.key}`.catch(
    () => undefined,
  )
  throw error
}

function send(reply: FastifyReply, status: number, text: string): FastifyReply {
  const type = status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json'
  return reply
    .code(status)
    .header('content-type', type)
    .serializer((body: string) => body)
    .send(text)
}

function hashOf(request: FastifyRequest, device: Asker): Buffer {
  const body = canonicalJson((request.body ?? null) as Plain)
  return createHmac('sha256', device.secret).update(`${request.method}\n${request.url}\n${body}`).digest()
}

/** Run now and then by whoever keeps the house. */
export async function forgetOldKeys(sql: Sql): Promise<void> {
  await sql`DELETE FROM idempotency WHERE created_at < now() - make_interval(hours => ${KEPT_HOURS})`
}
