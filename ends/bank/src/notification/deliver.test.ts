import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { after, before, test } from 'node:test'
import { startTestBank, startTestDatabase, type TestBank, type TestDatabase } from '../test-bank.suite.ts'
import { apiClient, approvedMandate, TRANSFERS, transfer, until } from '../test-client.ts'
import { pauseMs } from './deliver.ts'

interface Received {
  readonly body: string
  readonly signature: string
}

let database: TestDatabase
let bank: TestBank
let receiver: Server
const received: Received[] = []
let refuseNext = 0

before(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({
        body: Buffer.concat(chunks).toString(),
        signature: String(request.headers['x-jws-signature']),
      })
      const status = refuseNext > 0 ? 503 : 204
      refuseNext -= 1
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const address = receiver.address()
  const port = typeof address === 'object' ? address?.port : 0
  database = await startTestDatabase()
  bank = await startTestBank(database, {
    notificationUrl: `http://127.0.0.1:${port}/v1/bank-notifications`,
    notificationTriesMax: 4,
    times: { notificationPauseFirstMs: 20, notificationPauseMaxMs: 100, expirySweepMs: 50 },
  })
})
after(async () => {
  await bank.stop()
  await new Promise((resolve) => receiver.close(resolve))
  await database.stop()
})

const about = (id: string) => received.filter((one) => one.body.includes(id))

async function row(endToEndId: string) {
  const [found] = await bank.sql<{ tries: number; delivered_at: Date | null; given_up_at: Date | null }[]>`
    SELECT tries, delivered_at, given_up_at FROM notification WHERE end_to_end_id = ${endToEndId}`
  return found
}

test('a notification is signed, and comes again until it is taken', async () => {
  const mandateId = await approvedMandate(bank, 'anna')
  await until(async () => about(mandateId).length > 0)
  refuseNext = 2
  const order = transfer(mandateId)
  await apiClient(bank).post(TRANSFERS, order)
  const id = order.endToEndIdentification
  await until(async () => (await row(id))?.delivered_at)
  assert.equal(about(id).length, 3)
  assert.equal((await row(id))?.tries, 3)
  const last = about(id).at(-1)
  assert.ok(last)
  const body = JSON.parse(last.body) as Record<string, unknown>
  assert.deepEqual(Object.keys(body).sort(), ['at', 'endToEndIdentification', 'kind', 'notificationId'])
  assert.equal(body['kind'], 'transfer')

  const keys = (await (await fetch(`${bank.url}/v1/keys`)).json()) as { keys: Record<string, string>[] }
  const [jwk] = keys.keys
  assert.ok(jwk)
  const [header, empty, signature] = last.signature.split('.')
  assert.equal(empty, '')
  assert.deepEqual(JSON.parse(Buffer.from(header ?? '', 'base64url').toString()), {
    alg: 'EdDSA',
    kid: jwk['kid'],
  })
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const signed = (text: string) => Buffer.from(`${header}.${Buffer.from(text).toString('base64url')}`)
  assert.ok(verify(null, signed(last.body), key, Buffer.from(signature ?? '', 'base64url')))
  assert.ok(!verify(null, signed(`${last.body} `), key, Buffer.from(signature ?? '', 'base64url')))
})

test('a kill loses none: what was committed is sent after the next start', async () => {
  const mandateId = await approvedMandate(bank, 'anna')
  refuseNext = 1_000
  const order = transfer(mandateId)
  await apiClient(bank).post(TRANSFERS, order)
  await bank.kill()
  refuseNext = 0
  const before = about(order.endToEndIdentification).length
  await bank.sql`UPDATE notification SET next_try_at = now() WHERE end_to_end_id = ${order.endToEndIdentification}`
  await bank.restart()
  await until(async () => about(order.endToEndIdentification).length > before)
})

test('it is given up after so many tries, and kept', async () => {
  const mandateId = await approvedMandate(bank, 'anna')
  refuseNext = 1_000
  const order = transfer(mandateId)
  await apiClient(bank).post(TRANSFERS, order)
  await until(async () => (await row(order.endToEndIdentification))?.given_up_at)
  assert.equal((await row(order.endToEndIdentification))?.tries, 4)
  refuseNext = 0
})

test('pauses grow to a bound', () => {
  const times = { timeoutMs: 1, pauseFirstMs: 500, pauseMaxMs: 60_000, triesMax: 10 }
  assert.deepEqual(
    [1, 2, 3, 8, 200].map((tries) => pauseMs(times, tries)),
    [500, 1000, 2000, 60_000, 60_000],
  )
})
