import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { signedBy } from './bank-routes.ts'
import { readDeviceCookie } from './cookie.ts'
import { networkOf } from './network.ts'
import { RequestLimit } from './rate-limit.ts'
import { FRAME, ORIGIN, Phone, WASHER, type World, bankPrivateKey, startWorld } from './world.suite.ts'

let world: World
before(async () => {
  world = await startWorld({
    limits: {
      requestsPerMinutePerNetwork: 100_000,
      claimsPerMinutePerNetwork: 1000,
      claimsPerMinutePerChip: 1000,
    },
  })
})
after(() => world.stop())

interface Raw {
  readonly payload?: string
  readonly headers?: Record<string, string>
  readonly method?: 'POST' | 'PUT' | 'DELETE'
}

async function raw(url: string, { payload = '{}', headers = {}, method = 'POST' }: Raw) {
  const all = { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers }
  return await world.app.inject({ method, url, headers: all, payload })
}

function codeOf(response: { json: () => unknown }): string {
  return (response.json() as { code?: string }).code ?? ''
}

const bodies: readonly [string, Raw, number, string][] = [
  ['too large', { payload: JSON.stringify({ code: 'A'.repeat(30_000) }) }, 413, 'request-too-large'],
  ['no JSON', { payload: '{"code":' }, 400, 'request-malformed'],
  ['empty', { payload: '' }, 400, 'request-malformed'],
  ['null', { payload: 'null' }, 400, 'request-malformed'],
  ['a list', { payload: '[]' }, 400, 'request-malformed'],
  ['a number for a code', { payload: '{"code":5}' }, 400, 'request-malformed'],
  ['text for a number', { payload: `{"chipId":"${WASHER}","productId":"1"}` }, 400, 'request-malformed'],
  ['a float for a number', { payload: `{"chipId":"${WASHER}","productId":1.5}` }, 400, 'request-malformed'],
  [
    'both kinds of claim',
    { payload: `{"chipId":"${WASHER}","productId":1,"code":""}` },
    400,
    'request-malformed',
  ],
  ['more than it should have', { payload: '{"code":"AAAA","amountMinor":"1"}' }, 400, 'request-malformed'],
  ['poisoned', { payload: '{"__proto__":{"code":"AAAA"}}' }, 400, 'request-malformed'],
  ['deeply nested', { payload: '['.repeat(10_000) + ']'.repeat(10_000) }, 400, 'request-malformed'],
  ['of another type', { headers: { 'content-type': 'text/plain' } }, 415, 'media-type-unsupported'],
  [
    'a form',
    { payload: 'code=AAAA', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'media-type-unsupported',
  ],
]
for (const [name, request, status, code] of bodies) {
  test(`a body that is ${name} is refused`, async () => {
    const response = await raw('/v1/payments', request)
    assert.deepEqual([response.statusCode, codeOf(response)], [status, code])
    assert.equal(response.headers['set-cookie'], undefined)
  })
}

const addresses: readonly [string, number, string][] = [
  ['/v1/nothing', 404, 'route-unknown'],
  ['/v1/payments/../../etc/passwd', 404, 'route-unknown'],
  ['/assets/..%2f..%2fpackage.json', 404, 'route-unknown'],
  ['/v1/payments/%00', 400, 'request-malformed'],
  ['/v1/payments/%zz', 400, 'request-malformed'],
  [`/v1/payments/${'a'.repeat(33)}`, 400, 'request-malformed'],
  [`/v1/payments/${'a'.repeat(500)}`, 400, 'request-malformed'],
  [`/v1/payments/${'a'.repeat(32)}`, 404, 'payment-unknown'],
  ['/v1/machines/0000000000000000', 404, 'machine-unknown'],
  ['/v1/machines/XYZ', 400, 'request-malformed'],
  ['/v1/payer/payments?cursor=-1', 400, 'request-malformed'],
  ['/v1/payer/payments?limit=9', 400, 'request-malformed'],
]
for (const [url, status, code] of addresses) {
  test(`GET ${url.slice(0, 60)} is ${code}`, async () => {
    const response = await new Phone(world).get(url)
    assert.deepEqual([response.statusCode, codeOf(response)], [status, code])
  })
}

const foreign: readonly [string, Record<string, string>][] = [
  ['from another site', { origin: 'https://evil.example' }],
  ['from a page that may frame us, which is not us', { origin: FRAME }],
  ['from no site that can be named', { origin: 'null' }],
  ['from another site, by fetch metadata', { 'sec-fetch-site': 'cross-site' }],
  ['from another port of this host', { 'sec-fetch-site': 'same-site' }],
]
for (const [name, headers] of foreign) {
  test(`a POST ${name} is refused, and makes nothing`, async () => {
    const response = await raw('/v1/payments', { payload: JSON.stringify({ code: world.code() }), headers })
    assert.deepEqual([response.statusCode, codeOf(response)], [403, 'origin-refused'])
    assert.equal(response.headers['set-cookie'], undefined)
    assert.equal(response.headers['access-control-allow-origin'], undefined)
  })
}

test('a POST from the own page is taken', async () => {
  const headers = { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }
  assert.equal(codeOf(await raw('/v1/payments', { payload: '{"code":"AAAA"}', headers })), 'code-malformed')
})

test('a GET claims nothing, whatever it carries', async () => {
  const code = world.code()
  for (const url of ['/', '/return?approval=x', `/?code=${code}`, '/v1/payments'])
    await new Phone(world).get(url)
  const [row] = await world.sql<{ count: number }[]>`SELECT count(*)::int AS count FROM payment`
  assert.equal(row?.count, 0)
})

test('the page: its own scripts alone, framed by those alone who may, compressed once', async () => {
  const page = await new Phone(world).get('/', { 'accept-encoding': 'gzip, br' })
  assert.equal(page.statusCode, 200)
  assert.equal(page.headers['content-encoding'], 'br')
  assert.match(brotliDecompressSync(page.rawPayload).toString(), /<!doctype html>/)
  const policy = String(page.headers['content-security-policy'])
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self' 'sha256-[\w+/=]+';/)
  assert.ok(policy.endsWith(`frame-ancestors 'self' ${FRAME}`))
  assert.doesNotMatch(policy, /unsafe/)
  assert.equal(page.headers['x-content-type-options'], 'nosniff')
  assert.equal(page.headers['referrer-policy'], 'no-referrer')
  assert.equal(page.headers['set-cookie'], undefined)
  const again = await new Phone(world).get('/return', { 'if-none-match': String(page.headers.etag) })
  assert.equal(again.statusCode, 304)
  const script = await new Phone(world).get('/assets/page-abc.js')
  assert.match(String(script.headers['cache-control']), /immutable/)
  assert.equal(script.headers['content-encoding'], undefined)
  assert.match(String(script.headers['content-type']), /^text\/javascript/)
})

test('what people named themselves stays text', async () => {
  const machine = await new Phone(world).get(`/v1/machines/${WASHER}`)
  assert.equal(machine.json<{ payee: string }>().payee, '<script>alert(1)</script>')
  assert.match(String(machine.headers['content-type']), /^application\/json/)
  assert.equal(machine.headers['x-content-type-options'], 'nosniff')
  assert.match(String(machine.headers['content-security-policy']), /^default-src 'none'/)
})

test('a fault inside shows nothing of the inside', async () => {
  const phone = new Phone(world)
  const claimed = await phone.post('/v1/payments', { code: world.code() })
  const url = String(claimed.headers.location)
  await phone.until(url, 'confirm')
  await world.sql`ALTER TABLE device RENAME TO device_away`
  const answer = await phone.get(url)
  await world.sql`ALTER TABLE device_away RENAME TO device`
  assert.deepEqual([answer.statusCode, codeOf(answer)], [500, 'internal'])
  assert.doesNotMatch(answer.body, /device|relation|stack|sql|Error\b/)
  assert.equal(answer.json<{ charged: string }>().charged, 'unknown')
  assert.ok(world.logLines.some((line) => line.includes('a request failed')))
  await phone.post(`${url}/cancellation`, {})
})

test('errors, health and the interface are described by the server itself', async () => {
  const phone = new Phone(world)
  assert.match((await phone.get('/errors')).body, /id="code-used"/)
  assert.equal((await phone.get('/health')).statusCode, 200)
  assert.equal((await phone.get('/ready')).statusCode, 200)
})

test('the described interface is the one in the reference', async () => {
  const file = path.join(import.meta.dirname, '../../../../docs/reference/openapi.json')
  const served = `${JSON.stringify((await new Phone(world).get('/openapi.json')).json(), null, 2)}\n`
  if (process.env['FARTHING_WRITE_DOCUMENTS'] === '1') await writeFile(file, served)
  assert.equal(await readFile(file, 'utf8'), served)
  const described = Object.keys((JSON.parse(served) as { paths: object }).paths)
  assert.ok(described.length >= 12)
  assert.ok(described.includes('/v1/payments/{paymentId}/confirmation'))
})

function jws(body: string, header: object = { alg: 'EdDSA' }, key = bankPrivateKey): string {
  const head = Buffer.from(JSON.stringify(header)).toString('base64url')
  const signed = `${head}.${Buffer.from(body).toString('base64url')}`
  return `${head}..${sign(null, Buffer.from(signed), key).toString('base64url')}`
}

test('news from the bank is taken when the bank signed it, and answered at once', async () => {
  const payload = JSON.stringify({
    notificationId: 'n1',
    endToEndIdentification: 'unknown',
    kind: 'x',
    at: 'now',
  })
  const good = await raw('/v1/bank-notifications', { payload, headers: { 'x-jws-signature': jws(payload) } })
  assert.equal(good.statusCode, 204)
  const other = generateKeyPairSync('ed25519').privateKey
  for (const signature of [
    '',
    'a..b',
    jws(`${payload} `),
    jws(payload, { alg: 'none' }),
    jws(payload, { alg: 'EdDSA', crit: ['b64'] }),
    jws(payload, { alg: 'EdDSA' }, other),
    'x'.repeat(5000),
  ]) {
    const bad = await raw('/v1/bank-notifications', { payload, headers: { 'x-jws-signature': signature } })
    assert.deepEqual([bad.statusCode, codeOf(bad)], [401, 'notification-unsigned'])
  }
  const unsigned = await raw('/v1/bank-notifications', { payload })
  assert.equal(unsigned.statusCode, 401)
  const malformed = '{"notificationId":5}'
  const wrong = await raw('/v1/bank-notifications', {
    payload: malformed,
    headers: { 'x-jws-signature': jws(malformed) },
  })
  assert.equal(wrong.statusCode, 400)
  const large = await raw('/v1/bank-notifications', { payload: 'x'.repeat(5000) })
  assert.equal(large.statusCode, 413)
  assert.equal(signedBy(createPublicKey(bankPrivateKey), jws('{}'), Buffer.from('{}')), true)
})

test('a granted mandate that the bank tells of lets the payment go on', async () => {
  const phone = new Phone(world)
  const url = await phone.claim()
  const asked = await phone.post(`${url}/approval`, {}, { 'accept-language': 'zh-CN,zh;q=0.9' })
  const mandateId = /[0-9a-f]{32}$/.exec(asked.json<{ redirectUrl: string }>().redirectUrl)?.[0] ?? ''
  world.mandates.set(mandateId, {
    status: 'rejected',
    scope: null,
    perPayment: null,
    validUntilMs: null,
    debtorPseudonym: null,
  })
  const payload = JSON.stringify({ notificationId: 'n2', mandateId, kind: 'mandate', at: 'now' })
  await raw('/v1/bank-notifications', { payload, headers: { 'x-jws-signature': jws(payload) } })
  const view = await phone.until(url, 'ended')
  assert.equal(view['reason'], 'approval-refused')
  const [row] = await world.sql<
    { request: { language: string } }[]
  >`SELECT request FROM mandate WHERE mandate_id = ${mandateId}`
  assert.equal(row?.request.language, 'zh-CN')
})

test('a request limit counts a network, lets it go on later, and forgets the oldest', () => {
  const limit = new RequestLimit(2)
  assert.equal(limit.take('a', 0), null)
  assert.equal(limit.take('a', 1), null)
  assert.equal(limit.take('a', 2), 60_000)
  assert.equal(limit.take('b', 3), null)
  assert.equal(limit.take('a', 60_000), null)
})

test('networks: one IPv4 address, or 64 bits of IPv6', () => {
  assert.equal(networkOf('::ffff:192.0.2.7'), '192.0.2.7')
  assert.equal(networkOf('192.0.2.7'), '192.0.2.7')
  assert.equal(networkOf('2001:DB8:0:1::5'), networkOf('2001:db8:0:1:ffff::9'))
  assert.notEqual(networkOf('2001:db8:0:1::5'), networkOf('2001:db8:0:2::5'))
  assert.equal(networkOf('::1'), networkOf('0:0:0:0:0:0:0:1'))
})

test('cookies: the device is found among others, and only under its own name', () => {
  assert.equal(readDeviceCookie('a=1; farthing_device=xyz; b=2'), 'xyz')
  assert.equal(readDeviceCookie('xfarthing_device=1'), '')
  assert.equal(readDeviceCookie('farthing_device'), '')
  assert.equal(readDeviceCookie(undefined), '')
  assert.equal(readDeviceCookie('a=1; '.repeat(3000)), '')
})
