import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomHex } from '../clock.ts'
import { liftQuarantine, quarantineChip } from '../identity/quarantine.ts'
import { askRetirement, noteRetired } from '../identity/retirement.ts'
import { Phone, WASHER, type World, startWorld } from './world.suite.ts'

let world: World
before(async () => {
  world = await startWorld({ limits: { claimsPerMinutePerNetwork: 1000, claimsPerMinutePerChip: 1000 } })
})
after(() => world.stop())

const act = () => ({ actor: 'test', atMs: Date.now(), random: randomHex })

/** Claims until the answer is this code, or a payment for `''`: what changed reaches a node's memory a moment later. */
async function answers(phone: Phone, expected: string): Promise<void> {
  let last = ''
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const claimed = await phone.post('/v1/payments', { code: world.code() })
    last = claimed.statusCode === 201 ? '' : (claimed.json<{ code: string }>().code ?? '')
    if (claimed.statusCode === 201) await phone.post(`${String(claimed.headers.location)}/cancellation`, {})
    if (last === expected) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal(last, expected)
}

test('a chip that is held back: what is under way ends uncharged, nothing new begins, until staff have looked', async () => {
  const phone = new Phone(world)
  const url = await phone.claim()
  await phone.approve(url)
  assert.equal(await quarantineChip(world.sql, WASHER, { sign: 'mutual-takeover', atMs: Date.now() }), true)
  const confirmed = await phone.post(`${url}/confirmation`, { newPin: '482913' })
  const view = confirmed.json<{ state: string; reason: string; charged: string }>()
  assert.deepEqual([view.state, view.reason, view.charged], ['ended', 'disabled', 'no'])
  await answers(phone, 'chip-quarantined')
  assert.ok((await liftQuarantine(world.sql, WASHER, act())).ok)
  await answers(phone, '')
})

test('a payment stays one of the machine it was made at, also when its chip is in another one by now', async () => {
  const phone = new Phone(world)
  const url = await phone.claim()
  await phone.approve(url)
  const confirmed = await phone.post(`${url}/confirmation`, { newPin: '482913' })
  assert.equal(confirmed.statusCode, 200, confirmed.body)
  await phone.until(url, 'delivered')
  const before = (await phone.get(url)).json<{ machine: object; payee: object }>()
  const asked = await askRetirement(world.sql, WASHER, act())
  assert.ok(asked.ok)
  assert.ok(await noteRetired(world.sql, { retirementId: asked.value, chipId: WASHER }, Date.now()))
  await answers(phone, 'chip-revoked')
  await world.sql`
    INSERT INTO merchant (merchant_id, name, support, iban) VALUES ('dry', 'Dry', 'dry', 'DE02120300000000202051')`
  await world.sql`
    INSERT INTO machine (machine_id, merchant_id, name, number, place, presence)
    VALUES ('dryer', 'dry', 'Dryer', '', 'Attic', 'words')`
  await world.sql`
    UPDATE chip SET merchant_id = 'dry', machine_id = 'dryer', tenure = 2, released_at = NULL WHERE chip_id = ${WASHER}`
  // Its key of before counts no more.
  await answers(phone, 'code-signature-invalid')
  const after = (await phone.get(url)).json<{ machine: object; payee: object }>()
  assert.deepEqual([after.machine, after.payee], [before.machine, before.payee])
})
