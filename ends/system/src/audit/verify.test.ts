import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Phone, type World, startWorld } from '../http/world.suite.ts'
import { carryOut } from '../staff/carry-out.ts'
import { anchorChains } from './anchor.ts'
import { verifyAudit } from './verify.ts'

let world: World
let paymentId: string
const ACT = { actor: 'test', atMs: 1_700_000_000_000 }

before(async () => {
  world = await startWorld()
  const phone = new Phone(world)
  const url = await phone.claim()
  await phone.approve(url)
  await phone.post(`${url}/confirmation`, { newPin: '482913' })
  await phone.until(url, 'delivered')
  paymentId = url.slice('/v1/payments/'.length)
})
after(() => world.stop())

/** Changes history as whoever owns the database could, looks, and takes the change back. */
async function tampered(change: string): Promise<readonly string[]> {
  const { sql } = world
  let broken: readonly string[] = []
  await sql
    .begin(async (transaction) => {
      await transaction`SET LOCAL session_replication_role = replica`
      await transaction.unsafe(change)
      broken = (await verifyAudit(transaction as never)).broken
      throw new TakenBack()
    })
    .catch((error: unknown) => {
      if (!(error instanceof TakenBack)) throw error
    })
  return broken
}
class TakenBack extends Error {}

test('the trail of a real payment holds, replays to its state, and is anchored', async () => {
  await anchorChains(world.sql, ACT.atMs)
  assert.equal(await anchorChains(world.sql, ACT.atMs), 0)
  const report = await verifyAudit(world.sql)
  assert.deepEqual(report.broken, [])
  assert.equal(report.payments, 1)
  assert.ok(report.events >= 6)
})

const LAST = `(SELECT max(version) FROM payment_event)`
const changes: readonly [string, string, RegExp][] = [
  [
    'an event was rewritten',
    `UPDATE payment_event SET event_text = replace(event_text, 'pin', 'pen')`,
    /was changed/,
  ],
  ['an event is gone', `DELETE FROM payment_event WHERE version = 3`, /is missing/],
  [
    'the last events are gone',
    `DELETE FROM payment_event WHERE version = ${LAST}`,
    /do not lead to its present state/,
  ],
  [
    'the state was rewritten',
    `UPDATE payment SET body = jsonb_set(body, '{lossMinor}', '"5"')`,
    /do not lead/,
  ],
  ['a whole payment is gone', `DELETE FROM payment_event; DELETE FROM payment`, /is not what anchor 1 bound/],
  ['an anchor was rewritten', `UPDATE audit_anchor SET at_ms = 1`, /anchor 1 was changed/],
  ['what staff did was rewritten', `UPDATE staff_action SET actor = 'nobody'`, /staff action 1 was changed/],
]
for (const [name, change, message] of changes) {
  test(`it is seen when ${name}`, async () => {
    const broken = await tampered(change)
    assert.ok(
      broken.some((words) => message.test(words)),
      broken.join('; '),
    )
  })
}

test('the journal itself refuses to be changed', async () => {
  await assert.rejects(() => world.sql`DELETE FROM payment_event`, /append-only/)
})

test('staff see the trail, the payment with its story, and that no case is open', async () => {
  const trail = await carryOut(world.sql, { kind: 'audit-verify' }, ACT)
  assert.equal(trail.done, true)
  const payment = await carryOut(world.sql, { kind: 'payment', paymentId: paymentId as never }, ACT)
  assert.match(payment.words[0] ?? '', /: delivered$/)
  assert.ok(!JSON.stringify(payment.data).includes('deviceId'))
  const cases = await carryOut(world.sql, { kind: 'cases' }, ACT)
  assert.deepEqual(cases.words, ['No case is open.'])
})
