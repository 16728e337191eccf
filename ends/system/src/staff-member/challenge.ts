import { createHash, randomBytes } from 'node:crypto'
import type { AnySql } from '../database.ts'

/** What an authenticator is asked to sign. It serves once. */

/** How long a person may take to touch the authenticator, and how long a touch then holds. */
export const CHALLENGE_LIFE_MS = 5 * 60_000

interface Purpose {
  readonly purpose: 'sign-in' | 'invitation' | 'passkey' | 'touch'
  readonly sessionId?: string
  readonly binding?: Uint8Array
  readonly invitationId?: string
}

export interface Challenge {
  readonly challengeId: string
  readonly challenge: Uint8Array
}

/** With a binding the challenge is a hash over it, so that the signature itself is about that one action. */
export async function makeChallenge(sql: AnySql, of: Purpose, nowMs: number): Promise<Challenge> {
  const challengeId = randomBytes(16).toString('hex')
  const nonce = randomBytes(32)
  const challenge =
    of.binding === undefined ? nonce : createHash('sha256').update(nonce).update(of.binding).digest()
  await sql`
    INSERT INTO staff_challenge (challenge_id, purpose, challenge, session_id, binding, invitation_id, expires_at)
    VALUES (${challengeId}, ${of.purpose}, ${challenge}, ${of.sessionId ?? null},
      ${of.binding === undefined ? null : Buffer.from(of.binding)}, ${of.invitationId ?? null},
      ${new Date(nowMs + CHALLENGE_LIFE_MS)})`
  return { challengeId, challenge: new Uint8Array(challenge) }
}

/**
 * Takes a challenge for the answer to it: null when it is unknown, of another purpose, too old, or was taken before. A
 * wrong answer uses it up too, so nobody tries twice on one.
 */
export async function takeChallenge(
  sql: AnySql,
  of: { readonly challengeId: string } & Omit<Purpose, 'binding'>,
  nowMs: number,
): Promise<Uint8Array | null> {
  const now = new Date(nowMs)
  const [row] = await sql<{ challenge: Buffer }[]>`
    UPDATE staff_challenge SET answered_at = ${now}
    WHERE challenge_id = ${of.challengeId} AND purpose = ${of.purpose} AND answered_at IS NULL AND expires_at > ${now}
      AND session_id IS NOT DISTINCT FROM ${of.sessionId ?? null}
      AND invitation_id IS NOT DISTINCT FROM ${of.invitationId ?? null}
    RETURNING challenge`
  return row === undefined ? null : new Uint8Array(row.challenge)
}

/** Run now and then by whoever keeps the house. */
export async function forgetOldChallenges(sql: AnySql): Promise<void> {
  await sql`DELETE FROM staff_challenge WHERE expires_at < now() - interval '1 day'`
}
