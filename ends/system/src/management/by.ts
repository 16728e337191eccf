import type { Caller } from '../access/reach.ts'
import type { StaffAction } from '../audit/staff-action.ts'

/** Who does something, when, and why. */
export interface By {
  readonly caller: Pick<Caller, 'staffId' | 'keyId'>
  readonly atMs: number
  readonly reason?: string
}

/** As the audit trail names it: ids and no names, since the trail is never rewritten. */
export function actorOf({ caller, atMs }: By): Pick<StaffAction, 'actor' | 'atMs'> {
  const key = caller.keyId === null ? '' : ` by key ${caller.keyId}`
  return { actor: `staff ${caller.staffId}${key}`, atMs }
}
