import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type World, startWorld } from '../world.suite.ts'
import { AMPLE, Person, addNeighbours, codeIn, startStaff } from './person.suite.ts'

let world: World
let merchant: Person

before(async () => {
  world = await startWorld({ limits: AMPLE })
  await addNeighbours(world)
  ;({ merchant } = await startStaff(world))
})
after(() => world.stop())

test('a key does what it was made for, where it was made for it, and no longer than its maker may', async () => {
  const make = async (
    by: Person,
    scopes: readonly string[],
    place: object = { merchantId: 'wash', siteId: null },
  ) => await by.postTouched('/v1/manage/api-keys', { name: 'Back office', scopes, ...place, lifeDays: 30 })
  for (const scope of ['approval.decide', 'api-key.add', 'merchant.retire', 'invitation.add']) {
    const refused = await make(merchant, ['machine.read', scope])
    assert.deepEqual([codeIn(refused), refused.json<{ field: string }>().field], ['grant-refused', scope])
  }
  assert.equal(codeIn(await make(merchant, ['machine.fly'])), 'request-malformed')
  assert.equal(
    codeIn(await make(merchant, ['machine.read'], { merchantId: null, siteId: null })),
    'grant-refused',
  )
  assert.equal(
    codeIn(await make(merchant, ['machine.read'], { merchantId: 'dry', siteId: null })),
    'record-unknown',
  )
  const made = await make(merchant, ['machine.read', 'site.read'], { merchantId: 'wash', siteId: 'hall' })
  assert.equal(made.statusCode, 201, made.body)
  const { key, keyId } = made.json<{ key: string; keyId: string }>()
  assert.match(key, /^fk_[0-9a-f]{16}_[\w-]{43}$/)
  const [row] = await world.sql`SELECT * FROM api_key WHERE key_id = ${keyId}`
  assert.ok(!JSON.stringify(row).includes(key.split('_').at(-1) ?? ''))
  const program = new Person(world)
  program.key = key
  const { items } = (await program.get('/v1/manage/machines')).json<{ items: { machineId: string }[] }>()
  assert.deepEqual(
    items.map((item) => item.machineId),
    ['washer'],
  )
  assert.equal(codeIn(await program.get('/v1/manage/machines/chair')), 'record-unknown')
  assert.equal(codeIn(await program.get('/v1/manage/payments')), 'role-refused')
  assert.equal(codeIn(await program.patch('/v1/manage/machines/washer', { name: 'x' }, 1)), 'role-refused')
  const keys = await merchant.get('/v1/manage/api-keys')
  assert.ok(!keys.body.includes(key) && keys.body.includes(keyId))
  program.key = `${key.slice(0, 30)}${key[30] === 'A' ? 'B' : 'A'}${key.slice(31)}`
  assert.equal(codeIn(await program.get('/v1/manage/machines')), 'key-refused')
  program.key = key
  const revoked = await merchant.post(`/v1/manage/api-keys/${keyId}/revocation`, { reason: 'leaked' })
  assert.equal(revoked.statusCode, 200, revoked.body)
  assert.equal(codeIn(await program.get('/v1/manage/machines')), 'key-refused')
})
