import { randomBytes } from 'node:crypto'
import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { type Result, fail, ok } from '#protocol/result.ts'
import { recordStaffAction } from '../audit/staff-action.ts'
import type { AnySql, Sql } from '../database.ts'
import { type RelyingParty, verifyNewPasskey } from '../payer/passkey.ts'
import { takeChallenge } from './challenge.ts'
import { grantsOf, mayGive } from './grant.ts'
import { type Invitation, noteAccepted, openInvitation } from './invitation.ts'
import { isKept, keepStaffPasskey } from './passkey.ts'

export type AcceptRefusal = 'invitation-unknown' | 'sign-in-refused' | 'grant-refused'

interface Acceptance {
  readonly secretText: string
  /** Of a person who is signed in already: gets the role beside those it has. */
  readonly staffId?: string
  readonly passkey?: { readonly challengeId: string; readonly response: RegistrationResponseJSON }
}

/** Whoever accepts: with a new passkey a new member, signed in a member of before. All of it or nothing. */
export async function acceptInvitation(
  sql: Sql,
  rp: RelyingParty,
  acceptance: Acceptance & { readonly nowMs: number },
): Promise<Result<{ readonly staffId: string }, AcceptRefusal>> {
  const { nowMs } = acceptance
  // Taken outside of the transaction: a wrong answer uses it up although nothing else is kept.
  const challenge = await challengeFor(sql, acceptance)
  return await sql.begin(async (transaction) => {
    const invitation = await openInvitation(transaction, acceptance.secretText, { nowMs, lock: true })
    if (invitation === null) return fail('invitation-unknown')
    if (acceptance.staffId === invitation.invitedBy && acceptance.staffId !== undefined)
      return fail('grant-refused')
    if (!(await stillGiven(transaction, invitation))) return fail('invitation-unknown')
    const member = await memberFor(transaction, invitation, { ...acceptance, rp, challenge })
    if (!member.ok) return member
    const staffId = member.value
    await grantRole(transaction, { ...invitation, staffId, by: invitation.invitedBy ?? 'command' })
    await noteAccepted(transaction, { invitationId: invitation.invitationId, staffId }, nowMs)
    await recordStaffAction(transaction, {
      atMs: nowMs,
      actor: `staff ${staffId}`,
      action: 'invitation-accepted',
      target: `invitation ${invitation.invitationId}`,
      ...(invitation.merchantId === null ? {} : { merchantId: invitation.merchantId }),
      detail: { role: invitation.role, siteId: invitation.siteId, invitedBy: invitation.invitedBy },
    })
    return ok({ staffId })
  })
}

/** An invitation is worth what whoever invited may give at this moment. */
async function stillGiven(sql: AnySql, invitation: Invitation): Promise<boolean> {
  if (invitation.invitedBy === null) return true
  return mayGive({ grants: await grantsOf(sql, invitation.invitedBy) }, 'invitation.add', invitation)
}

async function challengeFor(
  sql: Sql,
  { secretText, passkey, nowMs }: Acceptance & { readonly nowMs: number },
): Promise<Uint8Array | null> {
  const invitation = await openInvitation(sql, secretText, { nowMs, lock: false })
  if (invitation === null || passkey === undefined) return null
  const { invitationId } = invitation
  return await takeChallenge(
    sql,
    { challengeId: passkey.challengeId, purpose: 'invitation', invitationId },
    nowMs,
  )
}

async function memberFor(
  sql: AnySql,
  invitation: Invitation,
  by: Acceptance & { readonly rp: RelyingParty; readonly challenge: Uint8Array | null },
): Promise<Result<string, AcceptRefusal>> {
  if (by.staffId !== undefined) return ok(by.staffId)
  if (by.challenge === null || by.passkey === undefined) return fail('sign-in-refused')
  const verdict = await verifyNewPasskey(by.rp, by.challenge, by.passkey.response)
  if (verdict.kind !== 'right') return fail('sign-in-refused')
  if (await isKept(sql, verdict.value.credentialId)) return fail('sign-in-refused')
  const staffId = randomBytes(16).toString('hex')
  await sql`
    INSERT INTO staff_member (staff_id, name, email, user_handle, invited_by)
    VALUES (${staffId}, ${invitation.name}, ${invitation.email}, ${handleOf(invitation)}, ${invitation.invitedBy})`
  await keepStaffPasskey(sql, staffId, verdict.value)
  return ok(staffId)
}

/** The same in options and in the row, without a place to keep it meanwhile: the invitation's own random id. */
export function handleOf({ invitationId }: Pick<Invitation, 'invitationId'>): Buffer {
  return Buffer.from(invitationId, 'hex')
}

/** Nothing is done twice: null when the person has this role there already. */
export async function grantRole(
  sql: AnySql,
  grant: Pick<Invitation, 'role' | 'merchantId' | 'siteId'> & {
    readonly staffId: string
    readonly by: string
  },
): Promise<string | null> {
  const grantId = randomBytes(16).toString('hex')
  const granted = await sql`
    INSERT INTO staff_role (grant_id, staff_id, role, merchant_id, site_id, granted_by)
    VALUES (${grantId}, ${grant.staffId}, ${grant.role}, ${grant.merchantId}, ${grant.siteId}, ${grant.by})
    ON CONFLICT (staff_id, role, coalesce(merchant_id, ''), coalesce(site_id, '')) WHERE withdrawn_at IS NULL
      DO NOTHING
    RETURNING 1`
  return granted.length > 0 ? grantId : null
}
