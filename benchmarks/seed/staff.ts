import type { Sql } from '#system/database.ts'
import type { Chance } from './chance.ts'
import { Lines } from './copy.ts'
import type { SeededFleet } from './fleet.ts'

const ID_BYTES = 16
const HANDLE_BYTES = 32

/** People who manage: an owner of the platform and an auditor; of every merchant its owner and a technician for each site. */
export async function writeStaff(sql: Sql, fleet: SeededFleet, chance: Chance): Promise<void> {
  const members = new Lines('staff_member', ['staff_id', 'name', 'email', 'user_handle'])
  const roles = new Lines('staff_role', [
    'grant_id',
    'staff_id',
    'role',
    'merchant_id',
    'site_id',
    'granted_by',
  ])
  const add = (role: string, merchantId: string | null, siteId: string | null) => {
    const staffId = chance.id(ID_BYTES)
    const name = [role, merchantId, siteId].filter((part) => part !== null).join(' ')
    members.add(staffId, name, `${staffId.slice(0, 8)}@example.org`, `\\x${chance.id(HANDLE_BYTES)}`)
    roles.add(chance.id(ID_BYTES), staffId, role, merchantId, siteId, 'seed')
  }
  add('platform-owner', null, null)
  add('auditor', null, null)
  for (const { merchantId, siteIds } of fleet.merchants) {
    add('merchant-owner', merchantId, null)
    for (const siteId of siteIds) add('technician', merchantId, siteId)
  }
  await members.flush(sql)
  await roles.flush(sql)
}
