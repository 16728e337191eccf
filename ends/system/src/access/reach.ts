import { NOUNS, type Noun } from './noun.ts'
import type { Role } from './role.ts'
import { type Action, type FieldRow, rowOf } from './table.ts'

/** Where something stands: with a site, with a merchant, or (both null) with the platform itself. */
export interface Place {
  readonly merchantId: string | null
  readonly siteId: string | null
}

/** A role and how far it reaches. */
export interface Grant extends Place {
  readonly role: Role
}

/** Whoever asks: a person by a session, or a person's key. */
export interface Caller {
  readonly staffId: string
  readonly name: string
  readonly grants: readonly Grant[]
  readonly sessionId: string | null
  readonly keyId: string | null
  /** A key's; null for a person, who may all that the roles may. */
  readonly scopes: ReadonlySet<Action> | null
}

/** How far one action of one caller reaches. Queries are narrowed by it in SQL (`within`), so that I14 has one place. */
export interface Reach {
  readonly everywhere: boolean
  readonly merchantIds: readonly string[]
  readonly sites: readonly { readonly merchantId: string; readonly siteId: string }[]
}

/** True when the action is not for this caller anywhere: refused before anything is looked at. */
export function isNowhere(reach: Reach): boolean {
  return !reach.everywhere && reach.merchantIds.length === 0 && reach.sites.length === 0
}

export function reachOf(caller: Caller, action: Action): Reach {
  const { roles } = rowOf(action)
  const scoped = caller.scopes === null || caller.scopes.has(action)
  const grants = scoped ? caller.grants.filter(({ role }) => roles.includes(role)) : []
  return reachOfGrants(grants)
}

export function reachOfGrants(grants: readonly Place[]): Reach {
  return {
    everywhere: grants.some(({ merchantId }) => merchantId === null),
    merchantIds: [
      ...new Set(
        grants.flatMap(({ merchantId, siteId }) => (siteId === null && merchantId ? [merchantId] : [])),
      ),
    ],
    sites: grants.flatMap(({ merchantId, siteId }) =>
      siteId !== null && merchantId !== null ? [{ merchantId, siteId }] : [],
    ),
  }
}

export function covers(grant: Place, place: Place): boolean {
  if (grant.merchantId === null) return true
  if (grant.merchantId !== place.merchantId) return false
  return grant.siteId === null || grant.siteId === place.siteId
}

/** Whether this caller may do it at this very place. */
export function may(caller: Caller, action: Action, place: Place): boolean {
  const { roles } = rowOf(action)
  if (caller.scopes !== null && !caller.scopes.has(action)) return false
  return caller.grants.some((grant) => roles.includes(grant.role) && covers(grant, place))
}

/** The roles that a caller has at a place. A merchant is seen from its sites too. */
export function rolesAt(caller: Caller, place: Place): readonly Role[] {
  return caller.grants
    .filter(
      (grant) => covers(grant, place) || (place.siteId === null && grant.merchantId === place.merchantId),
    )
    .map(({ role }) => role)
}

/** Of a whole record what this caller may read; what may not be read is left out rather than blanked. */
export function readable<Record_ extends object>(
  caller: Caller,
  seen: { readonly noun: Noun; readonly place: Place; readonly record: Record_ },
): Partial<Record_> {
  const roles = rolesAt(caller, seen.place)
  const fields: Readonly<Record<string, FieldRow>> = NOUNS[seen.noun].fields
  return Object.fromEntries(
    Object.entries(seen.record).filter(([name]) => fields[name]?.read.some((role) => roles.includes(role))),
  ) as Partial<Record_>
}

/** The first of these fields that this caller may not set at this place; null when all may be set. */
export function fieldRefused(
  caller: Caller,
  change: { readonly noun: Noun; readonly place: Place; readonly names: readonly string[] },
): string | null {
  const roles = caller.grants.filter((grant) => covers(grant, change.place)).map(({ role }) => role)
  const fields: Readonly<Record<string, FieldRow>> = NOUNS[change.noun].fields
  return change.names.find((name) => !fields[name]?.set?.some((role) => roles.includes(role))) ?? null
}
