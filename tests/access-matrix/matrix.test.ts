import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastify from 'fastify'
import { guardManagement } from '#system/http/manage/access.ts'
import { DEFAULT_LIMITS } from '#system/settings.ts'
import { runMatrix } from './matrix.ts'

test('every role gets of every route and field what the access table says, and nothing else', async () => {
  const { routes, roles, cells, wrong } = await runMatrix()
  assert.deepEqual(wrong, [])
  assert.ok(routes >= 45 && roles === 6 && cells > 1000, `${String(routes)} routes, ${String(cells)} cells`)
})

for (const [name, config] of [
  ['without a row', {}],
  ['with a row that is none', { access: 'machine.fly' }],
  ['open though it is not among those that are', { access: 'open' }],
] as const) {
  test(`a route under management ${name} does not let the server start`, () => {
    const app = fastify()
    guardManagement(app, { settings: { limits: DEFAULT_LIMITS }, nowMs: Date.now } as never)
    const options: object = { config }
    assert.throws(() => app.get('/v1/manage/new', options, () => 'x'), /no row in the access table/)
  })
}
