import { createHash } from 'node:crypto'
import { type Plain, canonicalJson } from '../audit/canonical.ts'
import type { AnySql } from '../database.ts'
import { CHALLENGE_LIFE_MS } from './challenge.ts'

/** The very request that a touch is for. */
export interface TouchedRequest {
  readonly method: string
  /** With its query, as sent. */
  readonly path: string
  readonly body: unknown
}

/** SHA-256 over method, address and body: a touch serves this one request and no other. */
export function bindingOf({ method, path, body }: TouchedRequest): Buffer {
  return createHash('sha256')
    .update(`${method}\n${path}\n${canonicalJson((body ?? null) as Plain)}`)
    .digest()
}

/** The authenticator's answer was right: the touch can be used, once, for five minutes. */
export async function noteTouched(sql: AnySql, challengeId: string, nowMs: number): Promise<void> {
  await sql`UPDATE staff_challenge SET touched_at = ${new Date(nowMs)} WHERE challenge_id = ${challengeId}`
}

/** True when this session was touched for exactly this request. The same request again, by its key, is let through. */
export async function useTouch(
  sql: AnySql,
  touch: {
    readonly challengeId: string
    readonly sessionId: string
    readonly request: TouchedRequest
    readonly idempotencyKey: string
  },
  nowMs: number,
): Promise<boolean> {
  const used = await sql`
    UPDATE staff_challenge SET used_at = ${new Date(nowMs)}, used_key = ${touch.idempotencyKey}
    WHERE challenge_id = ${touch.challengeId} AND purpose = 'touch' AND session_id = ${touch.sessionId}
      AND binding = ${bindingOf(touch.request)} AND touched_at > ${new Date(nowMs - CHALLENGE_LIFE_MS)}
      AND (used_at IS NULL OR (used_key <> '' AND used_key = ${touch.idempotencyKey}))
    RETURNING 1`
  return used.length > 0
}
