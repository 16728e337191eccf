import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { PROBLEMS } from './problem.ts'
import { REASON_CODES } from './order/order.ts'
import {
  IBANS,
  startTestBank,
  startTestDatabase,
  type TestBank,
  type TestDatabase,
} from './test-bank.suite.ts'
import {
  type ApiClient,
  apiClient,
  approvedMandate,
  byText,
  euro,
  mandateRequest,
  newId,
  TRANSFERS,
  transfer,
  until,
} from './test-client.ts'

let database: TestDatabase
let bank: TestBank
let api: ApiClient

before(async () => {
  database = await startTestDatabase()
  bank = await startTestBank(database, { redirectOrigins: ['http://localhost:4999'] })
  api = apiClient(bank)
})
after(async () => {
  await bank.stop()
  await database.stop()
})

async function raw(path: string, init: RequestInit): Promise<{ status: number; body: string; type: string }> {
  const response = await fetch(bank.url + path, init)
  return {
    status: response.status,
    body: await response.text(),
    type: response.headers.get('content-type') ?? '',
  }
}

const TOKEN = { authorization: 'Bearer a-token-of-the-tests' }
const JSON_TYPE = { 'content-type': 'application/json' }

describe('bad input is refused with its own problem', () => {
  test('without the right token nothing is open, and nothing is told apart', async () => {
    const order = JSON.stringify(transfer(newId()))
    for (const authorization of ['', 'Bearer', 'Bearer wrong', `Basic ${TOKEN.authorization}`]) {
      const answer = await raw(TRANSFERS, {
        method: 'POST',
        headers: { authorization, ...JSON_TYPE },
        body: order,
      })
      assert.equal(answer.status, 401)
      assert.equal(answer.type, 'application/problem+json')
      assert.equal(JSON.parse(answer.body).code, 'unauthorised')
    }
    assert.equal((await raw(`/v1/accounts/${IBANS.merchant}/statement?date=2026-01-01`, {})).status, 401)
  })

  test('bodies: oversized, not JSON, no UTF-8, none, of another type', async () => {
    const post = async (body: BodyInit, type = 'application/json') => {
      const headers = { ...TOKEN, 'content-type': type }
      const answer = await raw(TRANSFERS, { method: 'POST', headers, body })
      return [answer.status, JSON.parse(answer.body).code]
    }
    assert.deepEqual(await post(`{"a":"${'x'.repeat(20_000)}"}`), [413, 'body-too-large'])
    assert.deepEqual(await post('{"a":'), [400, 'malformed-body'])
    assert.deepEqual(await post(new Uint8Array([0x22, 0xff, 0x22])), [400, 'malformed-body'])
    assert.deepEqual(await post(''), [400, 'invalid-request'])
    assert.deepEqual(await post('a=b', 'application/x-www-form-urlencoded'), [415, 'unsupported-media-type'])
    assert.deepEqual(await post('[]'), [400, 'invalid-request'])
    assert.deepEqual(await post('null'), [400, 'invalid-request'])
  })

  test('orders: wrong types, unknown fields, currencies, amounts, times, names', async () => {
    const code = async (changes: Record<string, unknown>) => {
      const reply = await api.post(TRANSFERS, transfer(newId(), changes))
      assert.equal(reply.status, 400, JSON.stringify(reply.body))
      return reply.body['code']
    }
    assert.equal(await code({ instructedAmount: { currency: 'EUR', amount: 2.5 } }), 'invalid-request')
    assert.equal(await code({ instructedAmount: { currency: 'XYZ', amount: '2.50' } }), 'unknown-currency')
    assert.equal(await code({ instructedAmount: euro('2.505') }), 'bad-amount')
    assert.equal(await code({ instructedAmount: euro('-2.50') }), 'bad-amount')
    assert.equal(await code({ instructedAmount: euro('1e3') }), 'bad-amount')
    assert.equal(await code({ instructedAmount: euro('0.00') }), 'amount-out-of-range')
    assert.equal(await code({ instructedAmount: euro('99999999999.00') }), 'amount-out-of-range')
    assert.equal(await code({ endToEndIdentification: 'x'.repeat(36) }), 'invalid-request')
    assert.equal(await code({ endToEndIdentification: '../../etc' }), 'invalid-request')
    assert.equal(await code({ validUntil: 'tomorrow' }), 'bad-time')
    assert.equal(await code({ validUntil: '2026-01-01T00:00:00' }), 'bad-time')
    assert.equal(await code({ validUntil: '2026-02-30T00:00:00Z' }), 'bad-time')
    assert.equal(await code({ validUntil: '0000-01-01T00:00:00Z' }), 'bad-time')
    assert.equal(await code({ creditorName: 'a\u0000b' }), 'invalid-request')
    assert.equal(await code({ creditorName: 'a\u202eb' }), 'invalid-request')
    assert.equal(await code({ creditorName: 'a\ud800b' }), 'invalid-request')
    assert.equal(await code({ creditorName: '' }), 'invalid-request')
    assert.equal(await code({ more: 1 }), 'invalid-request')
    const polluted = JSON.stringify(transfer(newId())).replace('{', '{"__proto__":{"a":1},')
    assert.equal((await api.post(TRANSFERS, polluted)).body['code'], 'invalid-request')
  })

  test('an amount above what the bank transfers at once is refused by reason', async () => {
    const offer = {
      onePayment: null,
      recurring: {
        perPayment: euro('9000000.00'),
        perDay: euro('9000000.00'),
        validUntil: new Date(Date.now() + 86_400_000).toISOString(),
      },
    }
    const mandateId = await approvedMandate(bank, 'anna', { offer })
    const reply = await api.post(TRANSFERS, transfer(mandateId, { instructedAmount: euro('1000000.01') }))
    assert.equal(reply.body['reasonCode'], 'AM02')
    const much = await api.post(TRANSFERS, transfer(mandateId, { instructedAmount: euro('1000.01') }))
    assert.equal(much.body['reasonCode'], 'AM04')
  })

  test('mandates: replayed, changed, contradictory, leading elsewhere', async () => {
    const request = mandateRequest()
    const first = await api.post('/v1/mandates', request)
    const second = await api.post('/v1/mandates', request)
    assert.deepEqual([first.status, second.status], [201, 200])
    assert.deepEqual(first.body, second.body)
    assert.equal((await api.post('/v1/mandates', { ...request, creditorName: 'Other' })).status, 409)
    const code = async (changes: Record<string, unknown>) =>
      (await api.post('/v1/mandates', mandateRequest(changes))).body['code']
    const { onePayment, recurring } = request.offer
    assert.equal(await code({ redirectUri: 'javascript:alert(1)' }), 'invalid-request')
    assert.equal(await code({ redirectUri: 'https://evil.example/' }), 'redirect-not-allowed')
    assert.equal(await code({ offer: { onePayment: null, recurring: null } }), 'invalid-request')
    const past = { ...recurring, validUntil: '2020-01-01T00:00:00Z' }
    assert.equal(await code({ offer: { onePayment, recurring: past } }), 'bad-time')
    const small = { ...recurring, perDay: euro('1.00') }
    assert.equal(await code({ offer: { onePayment, recurring: small } }), 'invalid-request')
    const yen = { ...onePayment, instructedAmount: { currency: 'JPY', amount: '5' } }
    assert.equal(await code({ offer: { onePayment: yen, recurring } }), 'invalid-request')
    assert.equal((await api.get(`/v1/mandates/${newId()}`)).body['code'], 'unknown-mandate')
    assert.equal((await api.post(`/v1/mandates/${newId()}/termination`, {})).body['code'], 'unknown-mandate')
  })

  test('unknown addresses and methods tell nothing', async () => {
    assert.equal((await raw('/v1/nothing', { headers: TOKEN })).status, 404)
    const answer = await raw('/v1/orders/x%00y', { headers: TOKEN })
    assert.equal(answer.status, 400)
    assert.doesNotMatch(answer.body, /ends\/bank|node_modules|postgres/i)
  })
})

test('the database away: told as unknown, and well again by itself', async () => {
  const mandateId = await approvedMandate(bank, 'anna')
  const orders = Array.from({ length: 20 }, () => transfer(mandateId, { instructedAmount: euro('0.01') }))
  const replies = Promise.all(orders.map((order) => api.post(TRANSFERS, order)))
  await bank.sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'farthing-bank-writer%'`
  for (const reply of await replies) {
    assert.ok(reply.status === 201 || reply.body['code'] === 'unavailable', JSON.stringify(reply.body))
  }
  // The end of a connection may be noticed only by the next who uses it: who was told "unavailable" asks again.
  for (const order of orders) {
    await until(async () => {
      const reply = await api.post(TRANSFERS, order)
      if (reply.status !== 201 && reply.status !== 200) assert.equal(reply.body['code'], 'unavailable')
      return reply.body['transactionStatus'] === 'ACSC'
    })
  }
})

test('health, keys and the API description are open', async () => {
  assert.equal((await raw('/health', {})).status, 200)
  const keys = JSON.parse((await raw('/v1/keys', {})).body)
  assert.equal(keys.keys[0].crv, 'Ed25519')
  assert.equal(keys.keys[0].d, undefined)
  const description = JSON.parse((await raw('/openapi.json', {})).body)
  assert.ok(Object.keys(description.paths).length >= 11, Object.keys(description.paths).join())
})

test('the reference names every route, problem and reason code, and no others', async () => {
  const reference = readFileSync(new URL('../../../docs/reference/bank-api.md', import.meta.url), 'utf8')
  const tableOf = (heading: string) => {
    const section = reference.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
    return [...section.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1])
  }
  assert.deepEqual(tableOf('Problems').sort(byText), Object.keys(PROBLEMS).sort(byText))
  assert.deepEqual(tableOf('Reason codes').sort(byText), Object.keys(REASON_CODES).sort(byText))
  const { paths } = JSON.parse((await raw('/openapi.json', {})).body) as { paths: Record<string, object> }
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(tableOf('Routes').sort(byText), routes.sort(byText))
})
