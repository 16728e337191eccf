import { type Caller, type Grant, type Place, covers } from '../access/reach.ts'
import { ROLE_TABLE, type Role } from '../access/role.ts'
import { type Action, rowOf } from '../access/table.ts'
import type { AnySql } from '../database.ts'

/** Grants in force of one person. */
export async function grantsOf(sql: AnySql, staffId: string): Promise<readonly Grant[]> {
  return await sql<Grant[]>`
    SELECT role, merchant_id AS "merchantId", site_id AS "siteId" FROM staff_role
    WHERE staff_id = ${staffId} AND withdrawn_at IS NULL ORDER BY granted_at, grant_id`
}

/** Whether a role can be had there at all: nobody is technician of the platform. */
export function levelFits(role: Role, { merchantId, siteId }: Place): boolean {
  const level = merchantId === null ? 'platform' : siteId === null ? 'merchant' : 'site'
  return ROLE_TABLE[role].levels.includes(level)
}

/**
 * Nobody gives what they do not have: one of the caller's own roles must be allowed to do `action`, to give this role, and
 * reach as far as what is given.
 */
export function mayGive(
  caller: Pick<Caller, 'grants'>,
  action: Action,
  given: { readonly role: Role } & Place,
): boolean {
  const { roles } = rowOf(action)
  return caller.grants.some(
    (own) =>
      roles.includes(own.role) && ROLE_TABLE[own.role].grants.includes(given.role) && covers(own, given),
  )
}
