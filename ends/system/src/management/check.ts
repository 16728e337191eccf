import { ok } from '#protocol/result.ts'
import { type Caller, may } from '../access/reach.ts'
import { Refusal } from '../error/problem.ts'
import { isIban } from './iban.ts'
import type { ManagedRecord } from './kind.ts'
import type { Change } from './record.ts'
import { refuse } from './refused.ts'

/** What the schema cannot say of a record as it would become. */
export const checkNothing: Change['check'] = () => Promise.resolve(ok(null))

export function isIbanOrRefuse(iban: string): void {
  if (!isIban(iban)) throw new Refusal('iban-refused')
}

/** A plate needs its number; and a machine moves only to a site that is there, in use, and within the caller's reach. */
export function checkMachine(caller: Caller, before: ManagedRecord | null): Change['check'] {
  return async (sql, after) => {
    if (after['presence'] === 'plate' && !after['number']) return refuse('plate-missing', { field: 'number' })
    const siteId = after.siteId ?? null
    const { merchantId } = after
    if (siteId !== null && siteId !== before?.siteId) {
      const sites = await sql`
        SELECT 1 FROM site WHERE merchant_id = ${merchantId} AND site_id = ${siteId} AND retired_at IS NULL FOR SHARE`
      if (sites.length === 0) return refuse('record-unknown', { field: 'siteId' })
    }
    const action = before === null ? 'machine.add' : 'machine.change'
    return may(caller, action, { merchantId, siteId })
      ? ok(null)
      : refuse('record-unknown', { field: 'siteId' })
  }
}
