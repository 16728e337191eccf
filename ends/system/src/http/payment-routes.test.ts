import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setEnabled } from '../staff/switch.ts'
import { CHAIR, PLATE, Phone, WASHER, type World, startWorld } from './world.suite.ts'

let world: World
const LIMITS = {
  requestsPerMinutePerNetwork: 100_000,
  claimsPerMinutePerNetwork: 10_000,
  claimsPerMinutePerChip: 10_000,
  claimsPerHourPerPayer: 10_000,
}

before(async () => {
  world = await startWorld({ limits: LIMITS })
})
after(() => world.stop())

function codeOf(response: { json: () => unknown }): string {
  return (response.json() as { code?: string }).code ?? ''
}

/** Lets go of the machine for the next test. */
async function cancel(phone: Phone, url: string): Promise<void> {
  assert.equal((await phone.post(`${url}/cancellation`, {})).statusCode, 200)
}

test('a whole payment: claimed, approved, confirmed with a new PIN, delivered, in the history', async () => {
  const phone = new Phone(world)
  const url = await phone.claim()
  const before = (await phone.get(url)).json<Record<string, unknown>>()
  assert.equal(before['needsApproval'], true)
  assert.equal(codeOf(await phone.get(`${url}/confirmation-options`)), 'approval-missing')
  await phone.approve(url)
  const options = (await phone.get(`${url}/confirmation-options`)).json<Record<string, unknown>>()
  assert.equal(options['method'], 'new-passkey')
  assert.equal(options['pinAllowed'], true)
  const confirmed = await phone.post(`${url}/confirmation`, { newPin: '482913' })
  assert.equal(confirmed.statusCode, 200, confirmed.body)
  const view = await phone.until(url, 'delivered')
  assert.equal(view['charged'], 'yes')
  const history = (await phone.get('/v1/payer/payments')).json<{ payments: unknown[]; nextCursor: null }>()
  assert.equal(history.payments.length, 1)
  assert.equal(history.nextCursor, null)
  const again = await phone.post(`${url}/confirmation`, { pin: '482913' })
  assert.equal(codeOf(again), 'state-passed')
  assert.equal(codeOf(await phone.post(`${url}/cancellation`, {})), 'state-passed')
})

test('the cookie is the claim: HttpOnly, strict, and without it there is no such payment', async () => {
  const phone = new Phone(world)
  const claimed = await phone.post('/v1/payments', { code: world.code() })
  assert.match(
    String(claimed.headers['set-cookie']),
    /^farthing_device=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
  )
  const url = String(claimed.headers.location)
  const stranger = new Phone(world)
  const forged = new Phone(world)
  forged.cookie = `farthing_device=${'A'.repeat(43)}`
  const other = new Phone(world)
  other.cookie = 'farthing_device='
  for (const nobody of [stranger, forged, other]) {
    assert.equal(codeOf(await nobody.get(url)), 'payment-unknown')
    assert.equal(codeOf(await nobody.get(`${url}/events`)), 'payment-unknown')
    assert.equal(codeOf(await nobody.get(`${url}/confirmation-options`)), 'payment-unknown')
    for (const [name, body] of [
      ['presence', { text: '1' }],
      ['cancellation', {}],
      ['approval', {}],
      ['confirmation', { pin: '123456' }],
      ['stop', {}],
      ['complaint', {}],
    ] as const) {
      const answer = await nobody.post(`${url}/${name}`, body)
      assert.equal(answer.statusCode, 404, name)
      assert.equal(codeOf(answer), 'payment-unknown')
    }
  }
  assert.deepEqual((await stranger.get('/v1/payer/payments')).json(), { payments: [], nextCursor: null })
  await phone.until(url, 'confirm')
  await cancel(phone, url)
})

test("another payer's device reads nothing of a payment", async () => {
  const [alice, bob] = [new Phone(world), new Phone(world)]
  const url = await alice.claim()
  await cancel(alice, url)
  const own = await bob.claim()
  assert.equal((await bob.get(url)).statusCode, 404)
  assert.equal((await bob.get(own)).statusCode, 200)
  await cancel(bob, own)
})

test('a lost first answer: the same request again is the same device and the same payment', async () => {
  const headers = { 'idempotency-key': randomUUID() }
  const body = { code: world.code() }
  const [first, second] = [new Phone(world), new Phone(world)]
  const lost = await first.post('/v1/payments', body, headers)
  const again = await second.post('/v1/payments', body, headers)
  assert.equal(again.statusCode, 201)
  assert.equal(again.headers['idempotency-replayed'], 'true')
  assert.equal(
    again.headers.location ?? `/v1/payments/${again.json<{ paymentId: string }>().paymentId}`,
    lost.headers.location,
  )
  assert.equal(second.cookie, first.cookie)
  await second.until(String(lost.headers.location), 'confirm')
  await cancel(second, String(lost.headers.location))
})

test('the same request many times at once makes one payment', async () => {
  const phone = new Phone(world)
  await cancel(phone, await phone.claim())
  const headers = { 'idempotency-key': randomUUID() }
  const body = { chipId: WASHER, productId: 1 }
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => phone.post('/v1/payments', body, headers)),
  )
  const made = answers.filter(({ statusCode }) => statusCode === 201)
  assert.ok(made.length >= 1)
  assert.equal(new Set(made.map((answer) => answer.json<{ paymentId: string }>().paymentId)).size, 1)
  for (const answer of answers)
    if (answer.statusCode !== 201) assert.equal(codeOf(answer), 'idempotency-in-progress')
  const url = `/v1/payments/${made[0]?.json<{ paymentId: string }>().paymentId ?? ''}`
  await phone.until(url, 'confirm')
  await cancel(phone, url)
})

test('idempotency keys: missing, malformed, and used for something else', async () => {
  const phone = new Phone(world)
  const url = await phone.claim()
  const headers = { 'idempotency-key': randomUUID() }
  const none = await world.app.inject({
    method: 'POST',
    url: `${url}/cancellation`,
    headers: { cookie: phone.cookie, 'content-type': 'application/json' },
    payload: '{}',
  })
  assert.equal(codeOf(none), 'idempotency-key-missing')
  for (const key of ['short', 'x'.repeat(65), 'has spaces in it and more', 'ünïcödé-ünïcödé-ünïcödé']) {
    const answer = await phone.post(`${url}/cancellation`, {}, { 'idempotency-key': key })
    assert.equal(codeOf(answer), 'idempotency-key-malformed', key)
  }
  assert.equal((await phone.post(`${url}/cancellation`, {}, headers)).statusCode, 200)
  const replay = await phone.post(`${url}/cancellation`, {}, headers)
  assert.equal(replay.statusCode, 200)
  assert.equal(replay.headers['idempotency-replayed'], 'true')
  const other = await phone.post(`${url}/complaint`, {}, headers)
  assert.equal(other.statusCode, 422)
  assert.equal(codeOf(other), 'idempotency-key-reused')
})

test('two phones, one machine: one goes on, the other is told when to try again', async () => {
  const [first, second] = [new Phone(world), new Phone(world)]
  const url = await first.claim()
  const refused = await second.post('/v1/payments', { code: world.code() })
  assert.equal(codeOf(refused), 'machine-claimed')
  assert.ok(refused.json<{ retryAtMs: number }>().retryAtMs > Date.now())
  assert.equal(refused.json<{ charged: string }>().charged, 'no')
  await cancel(first, url)
})

const codes: readonly [string, () => string, string][] = [
  ['empty', () => '', 'code-malformed'],
  ['no base64url', () => '!!!!', 'code-malformed'],
  ['too long', () => 'A'.repeat(600), 'code-malformed'],
  ['no message', () => 'AAAA', 'code-malformed'],
  ['of another chip', () => world.code({ chipId: 'ffffffffffffffff' }), 'code-foreign'],
  ['expired', () => world.code({ issuedAtS: Math.floor(Date.now() / 1000) - 600 }), 'code-expired'],
  ['at an old tariff', () => world.code({ tariffVersion: 7 }), 'tariff-old'],
  ['at another price', () => world.code({ amountMinor: 1n }), 'tariff-old'],
  [
    "signed by this chip for another's machine",
    () => world.code({ chipId: CHAIR }),
    'code-signature-invalid',
  ],
]
for (const [name, code, expected] of codes) {
  test(`a code that is ${name} is refused as ${expected}, and nothing is charged`, async () => {
    const answer = await new Phone(world).post('/v1/payments', { code: code() })
    assert.equal(codeOf(answer), expected)
    assert.equal(answer.json<{ charged: string }>().charged, 'no')
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
  })
}

test('an altered code is refused wherever it was altered', async () => {
  const good = Buffer.from(world.code(), 'base64url')
  for (let index = 0; index < good.length; index += 7) {
    const altered = Buffer.from(good)
    altered[index] = (altered[index] ?? 0) ^ 0x01
    const answer = await new Phone(world).post('/v1/payments', { code: altered.toString('base64url') })
    assert.match(codeOf(answer), /^(code-malformed|code-foreign|code-signature-invalid)$/, String(index))
  }
})

test('a used code, and a machine that was switched off, are refused', async () => {
  const phone = new Phone(world)
  const code = world.code()
  const claimed = await phone.post('/v1/payments', { code })
  const url = String(claimed.headers.location)
  await phone.until(url, 'confirm')
  const own = await phone.post('/v1/payments', { code })
  assert.equal(own.headers.location, url)
  await cancel(phone, url)
  assert.equal(codeOf(await new Phone(world).post('/v1/payments', { code })), 'code-used')
  const act = { actor: 'test', atMs: Date.now() }
  const target = { kind: 'machine', id: 'washer' } as const
  await setEnabled(world.sql, { target, enabled: false }, act)
  await refusedAs(phone, 'machine-disabled')
  assert.equal(codeOf(await phone.post('/v1/payments', { code: world.code() })), 'machine-disabled')
  await setEnabled(world.sql, { target, enabled: true }, act)
  await refusedAs(phone, '')
})

/** Waits until every node's memory has heard of a switch. */
async function refusedAs(phone: Phone, expected: string): Promise<void> {
  let refused = ''
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    refused = codeOf(await phone.get(`/v1/machines/${WASHER}`))
    if (refused === expected) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.equal(refused, expected)
}

test('a kill switch between confirmation and order ends the payment, uncharged', async () => {
  const phone = new Phone(world)
  const url = await phone.claim()
  await phone.approve(url)
  const act = { actor: 'test', atMs: Date.now() }
  await setEnabled(world.sql, { target: { kind: 'all' }, enabled: false }, act)
  const answer = await phone.post(`${url}/confirmation`, { newPin: '482913' })
  const view = answer.json<{ state: string; reason: string; charged: string }>()
  assert.deepEqual([view.state, view.reason, view.charged], ['ended', 'disabled', 'no'])
  await setEnabled(world.sql, { target: { kind: 'all' }, enabled: true }, act)
  await refusedAs(phone, '')
})

test('presence by plate: the number is not told before it is given, and wrong ones are refused', async () => {
  const phone = new Phone(world)
  const machine = (await phone.get(`/v1/machines/${CHAIR}`)).body
  assert.ok(!machine.includes(PLATE))
  const claimed = await phone.post('/v1/payments', { chipId: CHAIR, productId: 1 })
  assert.equal(claimed.statusCode, 201, claimed.body)
  const url = String(claimed.headers.location)
  const waiting = await phone.until(url, 'presence')
  assert.ok(!JSON.stringify(waiting).includes(PLATE))
  assert.equal(codeOf(await phone.post(`${url}/approval`, {})), 'presence-missing')
  assert.equal(codeOf(await phone.post(`${url}/presence`, { text: '9999' })), 'presence-wrong')
  const shown = await phone.post(`${url}/presence`, { text: ` ${PLATE} ` })
  assert.equal(shown.json<{ state: string }>().state, 'confirm')
  await cancel(phone, url)
})

test('wrong PINs: tries are told, a repeat of the same request takes none, and then the payment ends', async () => {
  const phone = new Phone(world)
  const first = await phone.claim()
  await phone.approve(first)
  await phone.post(`${first}/confirmation`, { newPin: '482913' })
  await phone.until(first, 'delivered')
  const url = await phone.claim()
  await phone.approve(url)
  const headers = { 'idempotency-key': randomUUID() }
  const wrong = await phone.post(`${url}/confirmation`, { pin: '000000' }, headers)
  assert.equal(wrong.json<{ triesLeft: number }>().triesLeft, 4)
  const repeated = await phone.post(`${url}/confirmation`, { pin: '000000' }, headers)
  assert.deepEqual(repeated.json(), wrong.json())
  for (const left of [3, 2, 1, 0]) {
    const answer = await phone.post(`${url}/confirmation`, { pin: `00000${String(left)}` })
    assert.equal(answer.json<{ triesLeft: number }>().triesLeft, left)
  }
  const view = await phone.until(url, 'ended')
  assert.deepEqual([view['reason'], view['charged']], ['verification-failed', 'no'])
})

test('"it did not run" is taken once and only after delivery', async () => {
  const phone = new Phone(world)
  const url = await phone.claim()
  assert.equal(codeOf(await phone.post(`${url}/complaint`, {})), 'state-passed')
  await phone.approve(url)
  await phone.post(`${url}/confirmation`, { newPin: '482913' })
  await phone.until(url, 'delivered')
  const complained = await phone.post(`${url}/complaint`, {})
  assert.equal(complained.statusCode, 200, complained.body)
  assert.equal(complained.json<{ canComplain: boolean }>().canComplain, false)
})

test('what is read has an ETag, and who has it is not sent it again', async () => {
  const phone = new Phone(world)
  const url = await phone.claim()
  const first = await phone.get(url)
  const again = await phone.get(url, { 'if-none-match': String(first.headers.etag) })
  assert.equal(again.statusCode, 304)
  assert.equal(again.body, '')
  await cancel(phone, url)
  assert.equal((await phone.get(url, { 'if-none-match': String(first.headers.etag) })).statusCode, 200)
})

test('no secret is in the log: no cookie, no PIN, no code', () => {
  const text = world.logLines.join('')
  assert.ok(text.includes('"step"'))
  for (const secret of ['farthing_device', '482913', 'newPin', 'clientDataJSON', 'BEGIN ']) {
    assert.ok(!text.includes(secret), secret)
  }
})
