import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ChipId } from '#protocol/identifier.ts'
import { type IdentityHouse, MACHINES, startIdentityHouse } from '../identity/house.suite.ts'
import { carryOut } from './carry-out.ts'
import type { StaffCommand } from './command.ts'

let house: IdentityHouse
before(async () => {
  house = await startIdentityHouse()
})
after(() => house.stop())

const CHIP = ChipId.of('00112233445566aa')
const act = () => ({ actor: 'staff', atMs: house.clock.nowMs, estAddress: 'pay.example.org:9443' })
const tell = (command: StaffCommand) => carryOut(house.sql, command, act())

test('claim prints a code, a link for the phone, and a QR code of it; the database has neither', async () => {
  const machineId = MACHINES[0] ?? ''
  const { done, words, data } = await tell({ kind: 'claim', machineId, replaces: false })
  assert.equal(done, true)
  const { code, link } = data as { code: string; link: string }
  assert.equal(link, `http://10.41.0.1/#s=pay.example.org:9443&c=${code}`)
  const text = words.join('\n')
  assert.ok(text.includes(code) && text.includes(link) && /[█▀▄]{7}/.test(text))
  const rows = await house.sql`SELECT * FROM claim`
  assert.equal(rows.length, 1)
  assert.ok(!JSON.stringify(rows).includes(code))
  const [action] = await house.sql`SELECT action, target FROM staff_action ORDER BY sequence DESC LIMIT 1`
  assert.deepEqual({ ...action }, { action: 'claim-made', target: `machine ${machineId}` })
})

test('claim says why not', async () => {
  const machineId = MACHINES[1] ?? ''
  const refused = async (command: StaffCommand, words: RegExp) => {
    const answer = await tell(command)
    assert.equal(answer.done, false)
    assert.match(answer.words.join(' '), words)
  }
  await refused({ kind: 'claim', machineId: 'nowhere', replaces: false }, /no such machine/)
  await refused({ kind: 'claim', machineId, replaces: true }, /no chip in it/)
  await house.sql`INSERT INTO chip (chip_id, merchant_id, machine_id) VALUES (${CHIP}, 'dry', ${machineId})`
  await refused({ kind: 'claim', machineId, replaces: false }, /There is a chip in it/)
  assert.equal((await tell({ kind: 'claim', machineId, replaces: true })).done, true)
  const { actor, atMs } = act()
  const without = await carryOut(house.sql, { kind: 'claim', machineId, replaces: true }, { actor, atMs })
  assert.match(without.words.join(' '), /settings have no est/)
})

test('a chip is released once it has answered; held back, it has to be looked at first', async () => {
  const words = async (command: StaffCommand) => (await tell(command)).words.join(' ')
  const nobody = ChipId.of('ffffffffffffffff')
  assert.match(await words({ kind: 'release-chip', chipId: nobody, insist: false }), /no such chip/)
  assert.match(await words({ kind: 'quarantine-lift', chipId: nobody }), /no chip/)
  assert.match(await words({ kind: 'quarantine-lift', chipId: CHIP }), /is not held back/)
  await house.sql`UPDATE chip SET quarantined_at = now(), quarantine_reason = 'counter-back' WHERE chip_id = ${CHIP}`
  assert.match(await words({ kind: 'release-chip', chipId: CHIP, insist: false }), /held back/)
  assert.match(await words({ kind: 'quarantine-lift', chipId: CHIP }), /in use again/)
  assert.match(await words({ kind: 'release-chip', chipId: CHIP, insist: false }), /until it answers/)
  assert.match(await words({ kind: 'revoke-chip', chipId: CHIP }), /is revoked/)
  assert.match(await words({ kind: 'release-chip', chipId: CHIP, insist: false }), /already/)
})

test('staff insist on a release: the chip is out of its machine at once, and the trail says who did it', async () => {
  const chipId = ChipId.of('00112233445566bb')
  const machineId = MACHINES[3] ?? ''
  const insist: StaffCommand = { kind: 'release-chip', chipId, insist: true }
  assert.match((await tell(insist)).words.join(' '), /no such chip/)
  await house.sql`INSERT INTO chip (chip_id, merchant_id, machine_id) VALUES (${chipId}, 'dry', ${machineId})`
  const asked = await tell({ ...insist, insist: false })
  const insisted = await tell(insist)
  assert.match(insisted.words.join(' '), /without its answer.*still had to report is lost/)
  assert.deepEqual(insisted.data, { ...asked.data, insisted: true }, 'the same release')
  const [action] =
    await house.sql`SELECT actor, action, target FROM staff_action ORDER BY sequence DESC LIMIT 1`
  assert.deepEqual(
    { ...action },
    { actor: 'staff', action: 'release-insisted', target: `machine ${machineId}` },
  )
  assert.equal((await tell({ kind: 'claim', machineId, replaces: false })).done, true, 'the machine is free')
  assert.match((await tell(insist)).words.join(' '), /already/)
})
