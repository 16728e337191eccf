import { createHash, randomBytes } from 'node:crypto'
import type { Caller, Grant } from '../access/reach.ts'
import type { AnySql } from '../database.ts'

/** A working day; then the passkey is asked for again. */
export const SESSION_LIFE_MS = 12 * 3_600_000
/** Unused for this long, it has ended. */
const IDLE_MAX_MS = 2 * 3_600_000
/** Its last use is written at most this often. */
const USE_NOTED_MS = 60_000
const SECRET_BYTES = 32
const SECRET_TEXT = /^[A-Za-z0-9_-]{43}$/
const BROWSER_LENGTH_MAX = 120

export interface NewSession {
  readonly sessionId: string
  /** For the cookie; only its SHA-256 is kept. */
  readonly secretText: string
}

/** `browser` is what it calls itself, for people to recognise it by in the list of sessions. */
export async function startSession(
  sql: AnySql,
  of: { readonly staffId: string; readonly browser: string },
  nowMs: number,
): Promise<NewSession> {
  const sessionId = randomBytes(16).toString('hex')
  const secret = randomBytes(SECRET_BYTES)
  const now = new Date(nowMs)
  await sql`
    INSERT INTO staff_session (session_id, secret_hash, staff_id, browser, created_at, used_at, expires_at)
    VALUES (${sessionId}, ${hashOf(secret)}, ${of.staffId}, ${of.browser.slice(0, BROWSER_LENGTH_MAX)}, ${now}, ${now},
      ${new Date(nowMs + SESSION_LIFE_MS)})`
  return { sessionId, secretText: secret.toString('base64url') }
}

interface CallerRow {
  readonly session_id: string
  readonly staff_id: string
  readonly name: string
  readonly used_at: Date
  readonly grants: readonly Grant[]
}

/** Whoever this session's cookie belongs to, with the roles of this very moment; null when it is not (any more) one. */
export async function callerOfSession(
  sql: AnySql,
  secretText: string,
  nowMs: number,
): Promise<Caller | null> {
  if (!SECRET_TEXT.test(secretText)) return null
  const secret = Buffer.from(secretText, 'base64url')
  const now = new Date(nowMs)
  const [row] = await sql<CallerRow[]>`
    SELECT session_id, staff_id, member.name, session.used_at, coalesce((
      SELECT jsonb_agg(jsonb_build_object('role', role, 'merchantId', merchant_id, 'siteId', site_id)
        ORDER BY granted_at, grant_id)
      FROM staff_role WHERE staff_role.staff_id = member.staff_id AND withdrawn_at IS NULL), '[]') AS grants
    FROM staff_session session JOIN staff_member member USING (staff_id)
    WHERE secret_hash = ${hashOf(secret)} AND session.ended_at IS NULL AND member.ended_at IS NULL
      AND session.expires_at > ${now} AND session.used_at > ${new Date(nowMs - IDLE_MAX_MS)}`
  if (row === undefined) return null
  if (nowMs - row.used_at.getTime() > USE_NOTED_MS) {
    await sql`UPDATE staff_session SET used_at = ${now} WHERE session_id = ${row.session_id}`
  }
  return {
    staffId: row.staff_id,
    name: row.name,
    grants: row.grants,
    sessionId: row.session_id,
    keyId: null,
    scopes: null,
  }
}

export interface SessionRow {
  readonly sessionId: string
  readonly browser: string
  readonly createdAtMs: number
  readonly usedAtMs: number
  readonly expiresAtMs: number
}

/** Sessions that are open, the newest first. */
export async function openSessions(
  sql: AnySql,
  staffId: string,
  nowMs: number,
): Promise<readonly SessionRow[]> {
  const rows = await sql<
    { session_id: string; browser: string; created_at: Date; used_at: Date; expires_at: Date }[]
  >`
    SELECT session_id, browser, created_at, used_at, expires_at FROM staff_session
    WHERE staff_id = ${staffId} AND ended_at IS NULL AND expires_at > ${new Date(nowMs)}
      AND used_at > ${new Date(nowMs - IDLE_MAX_MS)}
    ORDER BY created_at DESC LIMIT 100`
  return rows.map((row) => ({
    sessionId: row.session_id,
    browser: row.browser,
    createdAtMs: row.created_at.getTime(),
    usedAtMs: row.used_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
  }))
}

/** One session, or all of a person; returns how many ended now. */
export async function endSessions(
  sql: AnySql,
  of: { readonly staffId: string; readonly sessionId?: string },
): Promise<number> {
  const ended = await sql`
    UPDATE staff_session SET ended_at = now()
    WHERE staff_id = ${of.staffId} AND ended_at IS NULL
      AND ${of.sessionId === undefined ? sql`true` : sql`session_id = ${of.sessionId}`}
    RETURNING 1`
  return ended.length
}

function hashOf(secret: Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest()
}
