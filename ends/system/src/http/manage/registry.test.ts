import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { brokenStaffAction } from '../../audit/staff-action.ts'
import { CHAIR, Phone, type World, WASHER, startWorld } from '../world.suite.ts'
import { AMPLE, Person, addNeighbours, at, codeIn } from './person.suite.ts'

let world: World
let owner: Person
let merchant: Person
let manager: Person
let technician: Person
let stranger: Person

before(async () => {
  world = await startWorld({ limits: AMPLE })
  await addNeighbours(world)
  owner = await Person.with(world, [at('platform-owner')])
  await owner.enrol()
  merchant = await Person.with(world, [at('merchant-owner', 'wash')])
  manager = await Person.with(world, [at('manager', 'wash')])
  technician = await Person.with(world, [at('technician', 'wash', 'hall')])
  stranger = await Person.with(world, [at('merchant-owner', 'dry')])
})
after(() => world.stop())

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail('the condition did not come true')
}

const revisionOf = async (person: Person, url: string) =>
  (await person.get(url)).json<{ revision: number }>().revision

test('a machine is changed by version: without one refused, with an old one told both, and the trail has from and to', async () => {
  const url = '/v1/manage/machines/washer'
  const read = await manager.get(url)
  const { revision } = read.json<{ revision: number }>()
  assert.equal(read.headers.etag, `"${String(revision)}"`)
  const blind = await manager.ask({ method: 'PATCH', url, body: { name: 'Washer 2' } })
  assert.deepEqual([blind.statusCode, codeIn(blind)], [428, 'version-missing'])
  const [first, second] = await Promise.all([
    manager.patch(url, { name: 'By the manager', reason: 'new sign' }, revision),
    merchant.patch(url, { name: 'By the owner' }, revision),
  ])
  assert.equal(first.statusCode + second.statusCode, 200 + 412)
  const late = first.statusCode === 412 ? first : second
  assert.deepEqual(late.json<{ versions: object }>().versions, { yours: revision, current: revision + 1 })
  const [action] = await world.sql<{ actor: string; detail: { from: object; to: object } }[]>`
    SELECT actor, detail FROM staff_action WHERE action = 'machine-changed' ORDER BY sequence DESC LIMIT 1`
  assert.deepEqual(action?.detail.from, { name: 'Washer' })
  const won = first.statusCode === 200 ? manager : merchant
  assert.equal(action?.actor, `staff ${won.staffId}`)
})

test('any other form of If-Match is refused, the one that would lose changes among them', async () => {
  for (const tag of ['*', '1', 'W/"1"', '"1", "2"', '"x"']) {
    const answer = await manager.ask({
      method: 'PATCH',
      url: '/v1/manage/machines/washer',
      body: { name: 'X' },
      headers: { 'if-match': tag },
    })
    assert.equal(codeIn(answer), 'request-malformed', tag)
  }
})

test('fields are set by those who may, and some by nobody', async () => {
  const url = '/v1/manage/machines/washer'
  const revision = await revisionOf(technician, url)
  const refused = await technician.patch(url, { place: 'Hall', name: 'Mine' }, revision)
  assert.deepEqual([refused.statusCode, codeIn(refused)], [403, 'field-refused'])
  assert.equal(refused.json<{ field: string }>().field, 'name')
  assert.equal((await technician.patch(url, { place: 'Hall, left' }, revision)).statusCode, 200)
  for (const body of [
    { machineId: 'other' },
    { merchantId: 'dry' },
    { revision: 7 },
    { retiredAtMs: null },
    { chipId: WASHER },
    { constructor: 1 },
    JSON.parse('{"__proto__":{"name":"x"}}') as object,
  ]) {
    assert.equal(codeIn(await owner.patch(url, body, 1)), 'request-malformed', JSON.stringify(body))
  }
  const account = await merchant.patch('/v1/manage/merchants/wash', { iban: 'DE89370400440532013000' }, 1)
  assert.equal(codeIn(account), 'request-malformed')
})

test('what may not be read is left out', async () => {
  const seen = (await technician.get('/v1/manage/merchants/wash')).json<object>()
  assert.ok('name' in seen && !('iban' in seen))
  assert.ok('iban' in (await merchant.get('/v1/manage/merchants/wash')).json<object>())
})

test("another's ids answer exactly as unknown ones do", async () => {
  const pairs: readonly [string, string][] = [
    ['/v1/manage/merchants/wash', '/v1/manage/merchants/nobody'],
    ['/v1/manage/sites/wash/hall', '/v1/manage/sites/wash/nowhere'],
    ['/v1/manage/machines/washer', '/v1/manage/machines/nothing'],
    ['/v1/manage/machines/washer/tariffs', '/v1/manage/machines/nothing/tariffs'],
    [`/v1/manage/chips/${WASHER}`, '/v1/manage/chips/ffffffffffffffff'],
    [`/v1/manage/staff/${merchant.staffId}`, `/v1/manage/staff/${'f'.repeat(32)}`],
  ]
  for (const [others, unknown] of pairs) {
    const [one, other] = [await stranger.get(others), await stranger.get(unknown)]
    assert.equal(one.statusCode, 404, others)
    assert.equal(one.body, other.body)
    assert.deepEqual(Object.keys(one.headers).sort(), Object.keys(other.headers).sort())
  }
  for (const [url, body] of [
    ['/v1/manage/machines/washer', { name: 'Stolen' }],
    ['/v1/manage/merchants/wash', { enabled: false }],
    ['/v1/manage/sites/wash/hall', { name: 'Mine' }],
  ] as const) {
    assert.equal(codeIn(await stranger.patch(url, body, 1)), 'record-unknown', url)
  }
  for (const list of [
    'merchants',
    'sites',
    'machines',
    'chips',
    'staff',
    'payments',
    'api-keys',
    'audit',
    'approvals',
  ]) {
    const { items } = (await stranger.get(`/v1/manage/${list}`)).json<{ items: { merchantId?: string }[] }>()
    assert.ok(
      items.every((item) => item.merchantId === undefined || item.merchantId === 'dry'),
      list,
    )
  }
  const filtered = await stranger.get('/v1/manage/machines?merchantId=wash')
  assert.deepEqual(filtered.json<{ items: [] }>().items, [])
})

test('a machine is not moved, nor made, where its mover does not reach', async () => {
  const local = await Person.with(world, [at('manager', 'wash', 'hall')])
  await world.sql`INSERT INTO site (merchant_id, site_id, name) VALUES ('wash', 'attic', 'Attic')`
  const url = '/v1/manage/machines/washer'
  const revision = await revisionOf(local, url)
  for (const siteId of ['attic', 'yard', 'nowhere', null]) {
    assert.equal(codeIn(await local.patch(url, { siteId }, revision)), 'record-unknown', String(siteId))
  }
  const body = { merchantId: 'dry', name: 'M', place: 'P', presence: 'none' }
  assert.equal(codeIn(await manager.post('/v1/manage/machines', body)), 'record-unknown')
  assert.equal(
    codeIn(await local.post('/v1/manage/machines', { ...body, merchantId: 'wash' })),
    'record-unknown',
  )
  assert.equal(
    codeIn(await local.post('/v1/manage/sites', { merchantId: 'wash', siteId: 's', name: 'S' })),
    'record-unknown',
  )
})

test('the same request again makes nothing twice; the same key for another is refused', async () => {
  const body = { merchantId: 'wash', siteId: 'hall', name: 'Twice', place: 'Hall', presence: 'words' }
  const key = { 'idempotency-key': randomUUID() }
  const [one, two] = [
    await manager.post('/v1/manage/machines', body, key),
    await manager.post('/v1/manage/machines', body, key),
  ]
  assert.equal(one.statusCode, 201, one.body)
  assert.equal(two.body, one.body)
  assert.equal(two.headers['idempotency-replayed'], 'true')
  assert.equal(
    codeIn(await manager.post('/v1/manage/machines', { ...body, name: 'Other' }, key)),
    'idempotency-key-reused',
  )
  const bare = await manager.ask({ method: 'POST', url: '/v1/manage/machines', body })
  assert.equal(codeIn(bare), 'idempotency-key-missing')
  assert.equal((await merchant.post('/v1/manage/machines', body, key)).statusCode, 201)
})

test('what is in use is not retired, and the reason is told; what is retired stays on the books', async () => {
  const retire = async (person: Person, url: string) =>
    await person.post(
      `${url}/retirement`,
      { reason: 'closing down' },
      { 'if-match': `"${String(await revisionOf(person, url))}"` },
    )
  const because = async (person: Person, url: string) => {
    const answer = await retire(person, url)
    assert.equal(codeIn(answer), 'in-use', answer.body)
    return answer.json<{ because: string }>().because
  }
  assert.equal(await because(owner, '/v1/manage/merchants/dry'), 'machines')
  assert.equal(await because(stranger, '/v1/manage/sites/dry/yard'), 'machines')
  assert.equal(await because(stranger, '/v1/manage/machines/dryer'), 'chip')
  const chip = '/v1/manage/chips/00000000000000d1'
  const revoked = await stranger.post(
    `${chip}/revocation`,
    { reason: 'lost' },
    { 'if-match': `"${String(await revisionOf(stranger, chip))}"` },
  )
  assert.equal(revoked.statusCode, 200, revoked.body)
  for (const url of ['/v1/manage/machines/dryer', '/v1/manage/sites/dry/yard']) {
    assert.equal((await retire(stranger, url)).statusCode, 200, url)
  }
  assert.equal((await retire(owner, '/v1/manage/merchants/dry')).statusCode, 200)
  const kept = (await owner.get('/v1/manage/machines/dryer')).json<{
    retiredAtMs: number
    enabled: boolean
    revision: number
  }>()
  assert.ok(kept.retiredAtMs > 0 && !kept.enabled)
  assert.equal(
    codeIn(await owner.patch('/v1/manage/machines/dryer', { enabled: true }, kept.revision)),
    'record-retired',
  )
  const list = (await owner.get('/v1/manage/machines?retired=true')).json<{
    items: { machineId: string }[]
  }>()
  assert.deepEqual(
    list.items.map((item) => item.machineId),
    ['dryer'],
  )
})

test('new prices are a new version, at the limits of the protocol, after the one that was seen', async () => {
  const url = '/v1/manage/machines/washer/tariffs'
  const product = {
    id: 1,
    name: 'Cotton',
    mode: 'sale',
    priceMinor: '300',
    units: 1,
    unit: 'wash',
    maxDurationS: 60,
  }
  const body = { currency: 'EUR', products: [product], reason: 'energy costs' }
  const added = await manager.post(url, body, { 'if-match': '"1"' })
  assert.equal(added.statusCode, 201, added.body)
  assert.equal(added.json<{ version: number }>().version, 2)
  assert.equal(codeIn(await manager.post(url, body, { 'if-match': '"1"' })), 'version-passed')
  assert.equal(codeIn(await manager.post(url, body)), 'version-missing')
  assert.equal(codeIn(await technician.post(url, body, { 'if-match': '"2"' })), 'role-refused')
  for (const wrong of [
    { ...body, currency: 'XXX' },
    { ...body, products: [product, product] },
    { ...body, products: [{ ...product, units: 1_000_001 }] },
    { ...body, products: [{ ...product, maxDurationS: 90_000 }] },
  ]) {
    assert.equal(codeIn(await manager.post(url, wrong, { 'if-match': '"2"' })), 'tariff-refused')
  }
  await until(async () => (await world.context.machines.machineByChip(WASHER))?.tariff?.tariffVersion === 2)
})

test('a machine that cannot prove presence takes no payment above its limit', async () => {
  const url = '/v1/manage/machines/chair'
  const payer = new Phone(world)
  const claim = async () => codeIn(await payer.post('/v1/payments', { chipId: CHAIR, productId: 1 }))
  const limited = await manager.patch(url, { unprovenMaxMinor: '249' }, await revisionOf(manager, url))
  assert.equal(limited.json<{ unprovenMaxMinor: string }>().unprovenMaxMinor, '249')
  await until(async () => (await world.context.machines.machineByChip(CHAIR))?.unprovenMaxMinor === 249n)
  assert.equal(await claim(), 'amount-above-limit')
  await manager.patch(url, { unprovenMaxMinor: '250' }, await revisionOf(manager, url))
  await until(async () => (await world.context.machines.machineByChip(CHAIR))?.unprovenMaxMinor === 250n)
  assert.equal(await claim(), 'ok')
})

test('script in names is text, and no body is too odd to be refused in words', async () => {
  const script = '"><script>alert(1)</script>\u202e=cmd|x'
  const url = '/v1/manage/machines/washer'
  const named = await manager.patch(url, { name: script }, await revisionOf(manager, url))
  assert.equal(named.json<{ name: string }>().name, script)
  assert.match(String(named.headers['content-type']), /^application\/json/)
  assert.equal(named.headers['x-content-type-options'], 'nosniff')
  const huge = await manager.post('/v1/manage/sites', {
    merchantId: 'wash',
    siteId: 's',
    name: 'x'.repeat(40_000),
  })
  assert.equal(codeIn(huge), 'request-too-large')
  for (const body of [
    { merchantId: 'wash', siteId: "s'; DROP TABLE site", name: 'x' },
    { name: 5 },
    [],
    {},
  ]) {
    assert.equal(codeIn(await manager.post('/v1/manage/sites', body)), 'request-malformed')
  }
  const odd = await manager.get(`/v1/manage/machines?cursor=${"'".repeat(3)}`)
  assert.equal(odd.statusCode, 400)
})

test('pages are stable under inserts, and a cursor serves its own question alone', async () => {
  for (let index = 0; index < 7; index += 1) {
    const body = { merchantId: 'wash', siteId: `page-${String(index)}`, name: 'Page' }
    assert.equal((await manager.post('/v1/manage/sites', body)).statusCode, 201)
  }
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const url: string = `/v1/manage/sites?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`
    const page = (await manager.get(url)).json<{ items: { siteId: string }[]; nextCursor: string | null }>()
    seen.push(...page.items.map((item) => item.siteId))
    cursor = page.nextCursor
    if (seen.length === 3)
      await manager.post('/v1/manage/sites', { merchantId: 'wash', siteId: 'aaa', name: 'Before' })
  }
  assert.equal(new Set(seen).size, seen.length)
  assert.ok(!seen.includes('aaa') && seen.filter((siteId) => siteId.startsWith('page-')).length === 7)
  const first = (await manager.get('/v1/manage/sites?limit=3')).json<{ nextCursor: string }>().nextCursor
  for (const url of [
    `/v1/manage/machines?limit=3&cursor=${first}`,
    `/v1/manage/sites?retired=true&cursor=${first}`,
    `/v1/manage/sites?cursor=${first.slice(0, -2)}AA`,
    '/v1/manage/sites?cursor=AAAA',
  ]) {
    assert.equal(codeIn(await manager.get(url)), 'cursor-refused', url)
  }
  assert.equal(codeIn(await manager.get('/v1/manage/sites?limit=500')), 'request-malformed')
})

test('who asks too much is told how much is allowed, and when again', async () => {
  const answer = await manager.get('/v1/manage/sites')
  assert.match(String(answer.headers['ratelimit-policy']), /^"caller";q=10000;w=60$/)
  assert.match(String(answer.headers['ratelimit']), /^"caller";r=\d+;t=\d+$/)
})

test('after all this the trail of what staff did holds', async () => {
  assert.equal(await brokenStaffAction(world.sql), null)
})
