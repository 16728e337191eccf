import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type World, ORIGIN, startWorld } from '../world.suite.ts'
import { AMPLE, Person, addNeighbours, at, codeIn, joined, startStaff } from './person.suite.ts'

let world: World
let owner: Person
let merchant: Person
let manager: Person
const IBAN = 'DE89370400440532013000'

before(async () => {
  world = await startWorld({ limits: AMPLE })
  await addNeighbours(world)
  ;({ owner, merchant, manager } = await startStaff(world))
})
after(() => world.stop())

test('a touch is for one request, of one person, once, and a key has none', async () => {
  const url = '/v1/manage/invitations'
  const body = { email: 'a@example.org', name: 'A', role: 'support', merchantId: 'wash', siteId: null }
  assert.equal(codeIn(await merchant.post(url, body)), 'touch-missing')
  const touch = await merchant.touch(url, body)
  assert.equal(codeIn(await merchant.post(url, { ...body, role: 'manager' }, touch)), 'touch-missing')
  assert.equal(codeIn(await manager.post(url, body, touch)), 'touch-missing')
  const key = { 'idempotency-key': randomUUID() }
  const made = await merchant.post(url, body, { ...touch, ...key })
  assert.equal(made.statusCode, 201, made.body)
  const repeated = await merchant.post(url, body, { ...touch, ...key })
  assert.equal(repeated.statusCode, 201)
  assert.ok('link' in made.json<object>() && !('link' in repeated.json<object>()))
  assert.equal(codeIn(await merchant.post(url, body, touch)), 'touch-missing')
  const asked = await merchant.post('/v1/manage/touches', { method: 'POST', path: url, body })
  const { challengeId, publicKey } = asked.json<{ challengeId: string; publicKey: { challenge: string } }>()
  const response = manager.authenticator.authenticate({ challenge: publicKey.challenge, origin: ORIGIN })
  const others = await merchant.post('/v1/manage/touches/answer', { challengeId, response })
  assert.equal(codeIn(others), 'sign-in-refused')
  assert.equal(codeIn(await merchant.post(url, body, { 'farthing-touch': challengeId })), 'touch-missing')
  const late = await merchant.touch(url, body)
  await world.sql`UPDATE staff_challenge SET touched_at = now() - interval '301 s'`
  assert.equal(codeIn(await merchant.post(url, body, late)), 'touch-missing')
})

test('an account changes when a second, independent person allows it, and never by who asked', async () => {
  const ask = '/v1/manage/merchants/wash/account-changes'
  const body = { iban: IBAN, reason: 'new bank' }
  assert.equal(
    codeIn(await merchant.postTouched(ask, { ...body, iban: 'DE88370400440532013000' })),
    'iban-refused',
  )
  const asked = await merchant.postTouched(ask, body)
  assert.equal(asked.statusCode, 201, asked.body)
  assert.equal(codeIn(await merchant.postTouched(ask, body)), 'approval-open')
  const { approvalId } = asked.json<{ approvalId: string }>()
  const decide = `/v1/manage/approvals/${approvalId}/decision`
  const yes = { decision: 'approved', reason: 'called them' }
  assert.equal(codeIn(await merchant.postTouched(decide, yes)), 'approval-own')
  const puppet = await joined(world, merchant, at('merchant-owner', 'wash'))
  assert.equal(codeIn(await puppet.postTouched(decide, yes)), 'approval-not-independent')
  assert.equal(codeIn(await manager.postTouched(decide, yes)), 'role-refused')
  const stranger = await Person.with(world, [at('merchant-owner', 'dry')])
  await stranger.enrol()
  assert.equal(codeIn(await stranger.postTouched(decide, yes)), 'record-unknown')
  assert.equal(codeIn(await owner.post(decide, yes)), 'touch-missing')
  const ibanNow = async () => (await owner.get('/v1/manage/merchants/wash')).json<{ iban: string }>().iban
  assert.notEqual(await ibanNow(), IBAN)
  const decided = await owner.postTouched(decide, yes)
  assert.equal(decided.statusCode, 200, decided.body)
  assert.equal(await ibanNow(), IBAN)
  assert.equal(codeIn(await owner.postTouched(decide, yes)), 'approval-decided')
  const [action] = await world.sql<{ actor: string; detail: Record<string, string> }[]>`
    SELECT actor, detail FROM staff_action WHERE action = 'account-change-approved'`
  assert.equal(action?.actor, `staff ${owner.staffId}`)
  assert.deepEqual([action?.detail['to'], action?.detail['askedBy']], [IBAN, merchant.staffId])
})

test('two who were both invited by a third are not independent of each other', async () => {
  const [one, other] = [
    await joined(world, merchant, at('merchant-owner', 'wash')),
    await joined(world, merchant, at('merchant-owner', 'wash')),
  ]
  const asked = await one.postTouched('/v1/manage/merchants/wash/account-changes', {
    iban: 'DE02120300000000202051',
    reason: 'back again',
  })
  const { approvalId } = asked.json<{ approvalId: string }>()
  const decide = `/v1/manage/approvals/${approvalId}/decision`
  const yes = { decision: 'approved', reason: 'sure' }
  assert.equal(codeIn(await other.postTouched(decide, yes)), 'approval-not-independent')
  const taken = await other.post(`/v1/manage/approvals/${approvalId}/withdrawal`, { reason: 'not mine' })
  assert.equal(codeIn(taken), 'role-refused')
  await world.sql`UPDATE approval SET expires_at = now() - interval '1 s' WHERE approval_id = ${approvalId}`
  assert.equal(codeIn(await owner.postTouched(decide, yes)), 'approval-decided')
})
