import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { AMPLE, Person, addNeighbours, at } from '#system/http/manage/person.suite.ts'
import { type World, startWorld } from '#system/http/world.suite.ts'
import { makeKey } from '#system/api-key/api-key.ts'
import { openManagement } from './client.ts'
import { type OpenApi, operationsText } from './generate.ts'

const ROOT = path.resolve(import.meta.dirname, '../../../..')
let world: World
let origin: string
let key: string

before(async () => {
  world = await startWorld({ limits: AMPLE })
  await addNeighbours(world)
  origin = await world.app.listen({ host: '127.0.0.1', port: 0 })
  const { staffId } = await Person.with(world, [at('manager', 'wash')])
  const made = {
    name: 'Test',
    scopes: ['machine.read', 'machine.change', 'site.add', 'site.read'],
    place: { merchantId: 'wash', siteId: null },
    madeBy: staffId,
    expiresAtMs: Date.now() + 60_000,
  } as const
  key = (await makeKey(world.sql, made, Date.now())).keyText
})
after(() => world.stop())

test('the types are those of the reference', () => {
  const document = JSON.parse(readFileSync(path.join(ROOT, 'docs/reference/openapi.json'), 'utf8')) as OpenApi
  const file = path.join(import.meta.dirname, 'operations.ts')
  const formatted = execFileSync('biome', ['format', '--stdin-file-path=operations.ts'], {
    cwd: ROOT,
    input: operationsText(document),
    encoding: 'utf8',
    env: { ...process.env, PATH: `${path.join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` },
  })
  assert.equal(readFileSync(file, 'utf8'), formatted)
  assert.ok((formatted.match(/readonly '[A-Z]+ \/v1\/manage\//g) ?? []).length >= 45)
})

test('a program with a key reads, changes by version, and hears refusals as values', async () => {
  const management = openManagement(origin, { key })
  const machines = await management.call('GET /v1/manage/machines', { query: { limit: '1' } })
  assert.ok(machines.ok)
  const machineId = machines.value.items[0]?.machineId ?? ''
  const one = await management.call('GET /v1/manage/machines/{machineId}', { path: { machineId } })
  assert.ok(one.ok && one.etag !== null)
  const change = { path: { machineId }, body: { place: 'Hall' }, ifMatch: one.etag }
  const changed = await management.call('PATCH /v1/manage/machines/{machineId}', change)
  assert.ok(changed.ok)
  assert.equal(changed.value.place, 'Hall')
  const late = await management.call('PATCH /v1/manage/machines/{machineId}', {
    ...change,
    body: { place: 'Attic' },
  })
  assert.ok(!late.ok)
  assert.deepEqual(
    [late.problem.code, late.problem.versions?.current],
    ['version-passed', changed.value.revision],
  )
})

test('the same key of a request makes one thing, whatever is in its path is escaped, and no key is refused', async () => {
  const management = openManagement(origin, { key })
  const idempotencyKey = crypto.randomUUID()
  const body = { merchantId: 'wash', siteId: 'new', name: 'New' }
  const [first, again] = [
    await management.call('POST /v1/manage/sites', { body, idempotencyKey }),
    await management.call('POST /v1/manage/sites', { body, idempotencyKey }),
  ]
  assert.deepEqual(first, again)
  const odd = { merchantId: 'wash', siteId: '../../../machines' }
  const site = await management.call('GET /v1/manage/sites/{merchantId}/{siteId}', { path: odd })
  assert.equal(site.ok ? '' : site.problem.code, 'request-malformed')
  const nobody = await openManagement(origin).call('GET /v1/manage/machines', {})
  assert.equal(nobody.ok ? '' : nobody.problem.code, 'sign-in-missing')
})
