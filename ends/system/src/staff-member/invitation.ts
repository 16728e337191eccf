import { createHash, randomBytes } from 'node:crypto'
import type { Place } from '../access/reach.ts'
import type { Role } from '../access/role.ts'
import type { AnySql } from '../database.ts'

const LIFE_MS = 3 * 24 * 3_600_000
const SECRET_TEXT = /^[A-Za-z0-9_-]{43}$/

/** A role for whoever opens the link: once, and within three days. */
export interface Invitation extends Place {
  readonly invitationId: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly invitedBy: string | null
}

interface InvitationRow {
  readonly invitation_id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly merchant_id: string | null
  readonly site_id: string | null
  readonly invited_by: string | null
}

/** The secret is for the link alone; only its SHA-256 is kept. */
export async function makeInvitation(
  sql: AnySql,
  of: Omit<Invitation, 'invitationId'>,
  nowMs: number,
): Promise<{ readonly invitationId: string; readonly secretText: string; readonly expiresAtMs: number }> {
  const invitationId = randomBytes(16).toString('hex')
  const secret = randomBytes(32)
  const expiresAtMs = nowMs + LIFE_MS
  await sql`
    INSERT INTO invitation
      (invitation_id, secret_hash, email, name, role, merchant_id, site_id, invited_by, created_at, expires_at)
    VALUES (${invitationId}, ${hashOf(secret)}, ${of.email}, ${of.name}, ${of.role}, ${of.merchantId}, ${of.siteId},
      ${of.invitedBy}, ${new Date(nowMs)}, ${new Date(expiresAtMs)})`
  return { invitationId, secretText: secret.toString('base64url'), expiresAtMs }
}

/** Behind the `#`, which a browser sends to nobody: the secret is in no log on the way. */
export function invitationLink(publicOrigin: string, secretText: string): string {
  return `${publicOrigin}/console/invitation#${secretText}`
}

/** The invitation of this secret while it can be accepted; `lock` keeps it from being accepted twice. */
export async function openInvitation(
  sql: AnySql,
  secretText: string,
  { nowMs, lock }: { readonly nowMs: number; readonly lock: boolean },
): Promise<Invitation | null> {
  if (!SECRET_TEXT.test(secretText)) return null
  const [row] = await sql<InvitationRow[]>`
    SELECT invitation_id, email, name, role, merchant_id, site_id, invited_by FROM invitation
    WHERE secret_hash = ${hashOf(Buffer.from(secretText, 'base64url'))} AND used_at IS NULL AND withdrawn_at IS NULL
      AND expires_at > ${new Date(nowMs)} ${lock ? sql`FOR UPDATE` : sql``}`
  if (row === undefined) return null
  return {
    invitationId: row.invitation_id,
    email: row.email,
    name: row.name,
    role: row.role,
    merchantId: row.merchant_id,
    siteId: row.site_id,
    invitedBy: row.invited_by,
  }
}

export async function noteAccepted(
  sql: AnySql,
  accepted: { readonly invitationId: string; readonly staffId: string },
  nowMs: number,
): Promise<void> {
  await sql`
    UPDATE invitation SET used_at = ${new Date(nowMs)}, used_by = ${accepted.staffId}
    WHERE invitation_id = ${accepted.invitationId}`
}

function hashOf(secret: Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest()
}
