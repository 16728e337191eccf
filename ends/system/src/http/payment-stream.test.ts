import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Phone, type World, startWorld } from './world.suite.ts'

let world: World
let address: string
const STREAMS_MAX = 3

before(async () => {
  world = await startWorld({
    limits: {
      requestsPerMinutePerNetwork: 200,
      claimsPerMinutePerChip: 1000,
      claimsPerMinutePerNetwork: 1000,
      streamsMax: STREAMS_MAX,
    },
  })
  address = await world.app.listen({ host: '127.0.0.1', port: 0 })
})
after(() => world.stop())

interface View {
  readonly state: string
  readonly version: number
}

/** Reads server-sent events from a real socket. */
async function listen(phone: Phone, url: string) {
  const abort = new AbortController()
  const response = await fetch(`${address}${url}/events`, {
    headers: { cookie: phone.cookie },
    signal: abort.signal,
  })
  const views: View[] = []
  let ended = false
  const read = async () => {
    let text = ''
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end)
        text = text.slice(end + 2)
        const data = /^data: (.*)$/m.exec(event)?.[1]
        if (data === undefined) continue
        const view = JSON.parse(data) as View
        assert.match(event, new RegExp(`^id: ${String(view.version)}$`, 'm'))
        views.push(view)
      }
    }
  }
  const reading = read()
    .catch(() => undefined)
    .finally(() => {
      ended = true
    })
  return { response, views, hasEnded: () => ended, close: () => abort.abort(), reading }
}

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1000 && !condition(); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.ok(condition(), 'the condition did not come true')
}

test('a stream begins with the payment as it is, and goes on with every change, versions only growing', async () => {
  const phone = new Phone(world)
  const claimed = await phone.post('/v1/payments', { code: world.code() })
  const url = String(claimed.headers.location)
  const stream = await listen(phone, url)
  assert.equal(stream.response.status, 200)
  assert.match(String(stream.response.headers.get('content-type')), /^text\/event-stream/)
  assert.equal(stream.response.headers.get('cache-control'), 'no-store, no-transform')
  await until(() => stream.views.at(-1)?.state === 'confirm')
  await phone.approve(url)
  await phone.post(`${url}/confirmation`, { newPin: '482913' })
  await until(() => stream.views.at(-1)?.state === 'delivered')
  const versions = stream.views.map(({ version }) => version)
  assert.deepEqual(
    versions,
    versions.toSorted((left, right) => left - right),
  )
  stream.close()
})

test('streams are bounded, and one that is closed makes room', async () => {
  const phone = new Phone(world)
  const url = await phone.claim()
  const streams: Awaited<ReturnType<typeof listen>>[] = []
  for (let count = 0; count < STREAMS_MAX; count += 1) streams.push(await listen(phone, url))
  await until(() => streams.every(({ views }) => views.length > 0))
  const refused = await listen(phone, url)
  assert.equal(refused.response.status, 503)
  assert.ok(Number(refused.response.headers.get('retry-after')) >= 1)
  for (const stream of streams) stream.close()
  let again = refused
  for (let attempt = 0; attempt < 200 && again.response.status === 503; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    again = await listen(phone, url)
  }
  assert.equal(again.response.status, 200)
  await phone.post(`${url}/cancellation`, {})
  await until(() => again.views.at(-1)?.state === 'ended')
  again.close()
})

test('requests of one network are limited, and told when to come again', async () => {
  const phone = new Phone(world)
  let limited = await phone.get('/v1/payer/payments')
  for (let count = 0; count < 300 && limited.statusCode === 200; count += 1)
    limited = await phone.get('/v1/payer/payments')
  assert.equal(limited.statusCode, 429)
  const problem = limited.json<{ code: string; retryAtMs: number; charged: string }>()
  assert.equal(problem.code, 'too-many-requests')
  assert.equal(problem.charged, 'no')
  assert.ok(problem.retryAtMs > Date.now())
  assert.ok(Number(limited.headers['retry-after']) >= 1)
  assert.equal((await phone.get('/')).statusCode, 200)
})

test('a stop ends open streams', async () => {
  const other = await startWorld()
  try {
    const phone = new Phone(other)
    const url = await phone.claim()
    const at = await other.app.listen({ host: '127.0.0.1', port: 0 })
    const response = await fetch(`${at}${url}/events`, { headers: { cookie: phone.cookie } })
    const text = response.text()
    await other.app.close()
    assert.match(await text, /event: payment/)
  } finally {
    await other.stop()
  }
})
