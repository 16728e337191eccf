import { recordStaffAction } from '../audit/staff-action.ts'
import type { Sql } from '../database.ts'
import { invitationLink, makeInvitation } from '../staff-member/invitation.ts'
import { type StaffAnswer, said } from './answer.ts'
import type { Act } from './switch.ts'

/** How the platform gets its first owner: whoever runs this commands the machine that the system runs on. */
export async function inviteOwner(
  sql: Sql,
  email: string,
  act: Act & { readonly publicOrigin?: string },
): Promise<StaffAnswer> {
  const made = await sql.begin(async (transaction) => {
    const invited = {
      email,
      name: email,
      role: 'platform-owner',
      merchantId: null,
      siteId: null,
      invitedBy: null,
    } as const
    const invitation = await makeInvitation(transaction, invited, act.atMs)
    await recordStaffAction(transaction, {
      actor: act.actor,
      atMs: act.atMs,
      action: 'invitation-added',
      target: `invitation ${invitation.invitationId}`,
      detail: { role: invited.role },
    })
    return invitation
  })
  const link = invitationLink(act.publicOrigin ?? '', made.secretText)
  const until = new Date(made.expiresAtMs).toISOString()
  return said([`Open this link within three days, once (until ${until}):`, link], {
    invitationId: made.invitationId,
    link,
    expiresAtMs: made.expiresAtMs,
  })
}
