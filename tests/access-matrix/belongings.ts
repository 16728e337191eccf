import { randomBytes } from 'node:crypto'
import { grantRole } from '#system/staff-member/accept.ts'
import { makeInvitation } from '#system/staff-member/invitation.ts'
import { Phone, WASHER, type World } from '#system/http/world.suite.ts'
import type { Belongings } from './samples.ts'

const hex = (bytes: number) => randomBytes(bytes).toString('hex')

/** What both merchants of the world have: the same kinds of things, each with its own ids. */
export async function belongings(
  world: World,
): Promise<{ own: Belongings; other: Belongings; unknown: Belongings }> {
  const phone = new Phone(world)
  const url = await phone.claim()
  await phone.post(`${url}/cancellation`, {})
  const paymentId = url.slice('/v1/payments/'.length)
  const othersPayment = hex(16)
  await world.sql`
    INSERT INTO payment (payment_id, merchant_id, machine_id, chip_id, device_id, version, state, holds_slot,
      claimed_at_ms, closed_at_ms, body)
    SELECT ${othersPayment}, 'dry', 'dryer', '00000000000000d1', device_id, version, state, false, claimed_at_ms,
      closed_at_ms, jsonb_set(body, '{payee,merchantId}', '"dry"')
    FROM payment WHERE payment_id = ${paymentId}`
  const own = await people(world, {
    merchantId: 'wash',
    siteId: 'hall',
    machineId: 'washer',
    chipId: WASHER,
    paymentId,
  })
  const other = await people(world, {
    merchantId: 'dry',
    siteId: 'yard',
    machineId: 'dryer',
    chipId: '00000000000000d1',
    paymentId: othersPayment,
  })
  const unknown = {
    merchantId: 'nobody',
    siteId: 'nowhere',
    machineId: 'nothing',
    chipId: 'ffffffffffffffff',
    paymentId: hex(16),
    staffId: hex(16),
    grantId: hex(16),
    invitationId: hex(16),
    keyId: hex(8),
    approvalId: hex(16),
  }
  return { own, other, unknown }
}

type Things = Pick<Belongings, 'merchantId' | 'siteId' | 'machineId' | 'chipId' | 'paymentId'>

async function people({ sql }: World, things: Things): Promise<Belongings> {
  const { merchantId, siteId } = things
  const staffId = hex(16)
  await sql`
    INSERT INTO staff_member (staff_id, name, email, user_handle)
    VALUES (${staffId}, 'Sam', 'sam@example.org', ${randomBytes(16)})`
  const grantId = await grantRole(sql, { role: 'technician', merchantId, siteId, staffId, by: 'test' })
  const invited = {
    email: 'x@example.org',
    name: 'X',
    role: 'support',
    merchantId,
    siteId,
    invitedBy: null,
  } as const
  const { invitationId } = await makeInvitation(sql, invited, Date.now())
  const keyId = hex(8)
  const later = new Date(Date.now() + 86_400_000)
  await sql`
    INSERT INTO api_key (key_id, secret_hash, name, scopes, merchant_id, site_id, made_by, expires_at)
    VALUES (${keyId}, ${randomBytes(32)}, 'X', '{machine.read}', ${merchantId}, ${siteId}, ${staffId}, ${later})`
  const approvalId = hex(16)
  await sql`
    INSERT INTO approval (approval_id, kind, merchant_id, target, asked, reason, asked_by, expires_at)
    VALUES (${approvalId}, 'payee-account', ${merchantId}, ${`merchant ${merchantId}`}, '{"from":"a","to":"b"}', 'x',
      ${staffId}, ${later})`
  return { ...things, staffId, grantId: grantId ?? '', invitationId, keyId, approvalId }
}
