import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  IBANS,
  startTestBank,
  startTestDatabase,
  type TestBank,
  type TestDatabase,
} from '../test-bank.suite.ts'
import {
  type ApiClient,
  apiClient,
  approvedMandate,
  byText,
  customer,
  euro,
  inFuture,
  mandateRequest,
  TRANSFERS,
  transfer,
} from '../test-client.ts'

let database: TestDatabase
let bank: TestBank
let api: ApiClient

before(async () => {
  database = await startTestDatabase()
  bank = await startTestBank(database, {
    frameAncestors: ['http://localhost:4999'],
    bankName: 'Bank of <Pebbles>',
  })
  api = apiClient(bank)
})
after(async () => {
  await bank.stop()
  await database.stop()
})

async function requested(changes: Record<string, unknown> = {}) {
  const request = mandateRequest(changes)
  const created = await api.post('/v1/mandates', request)
  assert.equal(created.status, 201, JSON.stringify(created.body))
  return { request, path: `/approve/${request.mandateId}` }
}

const statusOf = async (mandateId: string) => (await api.get(`/v1/mandates/${mandateId}`)).body

describe('the approval page', () => {
  test('tells what is paid to whom, and approves nothing by itself or by signing in', async () => {
    const { request, path } = await requested()
    const person = customer(bank)
    const first = await person.page(path)
    assert.equal(first.status, 200)
    assert.match(first.text, /€2\.50/)
    assert.match(first.text, /Waschsalon Blau/)
    assert.match(first.text, /name="username"/)
    const signedIn = await person.submit(`${path}/sign-in`, { username: 'anna', password: 'correct horse' })
    assert.equal(signedIn.status, 303)
    const second = await person.page(path)
    for (const id of ['approve-once', 'approve-mandate', 'refuse']) {
      assert.match(second.text, new RegExp(`id="${id}" name="decision" value="${id}"`))
    }
    assert.equal((await statusOf(request.mandateId))['mandateStatus'], 'received')
  })

  test('approves one payment, once, and leads back with the id', async () => {
    const { request, path } = await requested()
    const person = customer(bank)
    await person.signIn('anna')
    const formToken = await person.formToken(path)
    const decided = await person.submit(`${path}/decision`, { formToken, decision: 'approve-once' })
    assert.equal(decided.status, 303)
    assert.equal(decided.location, `http://localhost:4999/return?from=bank&approval=${request.mandateId}`)
    const mandate = await statusOf(request.mandateId)
    assert.equal(mandate['mandateStatus'], 'valid')
    assert.equal(mandate['scope'], 'one-payment')
    assert.match(String(mandate['debtorPseudonym']), /^[0-9a-f]{32}$/)
    const again = await person.submit(`${path}/decision`, { formToken, decision: 'refuse' })
    assert.equal(again.status, 303)
    assert.equal((await statusOf(request.mandateId))['mandateStatus'], 'valid')
    assert.equal((await person.page(path)).status, 410)
  })

  test('takes name, password and decision in one go, and nothing where the password is wrong', async () => {
    const { request, path } = await requested()
    const person = customer(bank)
    const form = { username: 'anna', decision: 'approve-once' }
    const wrong = await person.submit(`${path}/decision`, { ...form, password: 'guess' })
    assert.equal(wrong.status, 403)
    assert.match(wrong.text, /role="alert"/)
    assert.equal((await statusOf(request.mandateId))['mandateStatus'], 'received')
    const right = { ...form, password: 'correct horse' }
    const foreign = await person.submit(`${path}/decision`, right, { origin: 'https://elsewhere.example' })
    assert.equal(foreign.status, 403)
    assert.equal((await statusOf(request.mandateId))['mandateStatus'], 'received')
    const decided = await person.submit(`${path}/decision`, right)
    assert.equal(decided.location, `http://localhost:4999/return?from=bank&approval=${request.mandateId}`)
    assert.equal((await statusOf(request.mandateId))['scope'], 'one-payment')
    assert.doesNotMatch((await person.page('/account')).text, /name="password"/)
  })

  test('takes them also from somebody who has signed in since the page was made', async () => {
    const { request, path } = await requested()
    const person = customer(bank)
    await person.signIn('anna')
    const form = { username: 'anna', password: 'correct horse', decision: 'approve-once' }
    await person.submit(`${path}/decision`, { ...form, password: 'guess' })
    assert.equal((await statusOf(request.mandateId))['mandateStatus'], 'received')
    const decided = await person.submit(`${path}/decision`, form)
    assert.equal(decided.status, 303)
    assert.equal((await statusOf(request.mandateId))['mandateStatus'], 'valid')
  })

  test('lets the customer lower the limits, and never raise them', async () => {
    const { request, path } = await requested()
    const person = customer(bank)
    await person.signIn('anna')
    const formToken = await person.formToken(path)
    const validUntil = request.offer.recurring.validUntil.slice(0, 10)
    const decide = (perPayment: string, perDay: string, until = validUntil) =>
      person.submit(`${path}/decision`, {
        formToken,
        decision: 'approve-mandate',
        perPayment,
        perDay,
        validUntil: until,
      })
    assert.equal((await decide('20.01', '100.00')).status, 422)
    assert.equal((await decide('20.00', '100.01')).status, 422)
    assert.equal((await decide('20.00', '10.00')).status, 422)
    assert.equal((await decide('-1', '10.00')).status, 422)
    const lateDate = await decide('5.00', '10.00', '2999-01-01')
    assert.equal(lateDate.status, 422)
    assert.match(lateDate.text, /name="perPayment"[^>]* value="5\.00"/)
    assert.equal((await decide('5,00', '10.00')).status, 303)
    const { limits } = await statusOf(request.mandateId)
    assert.deepEqual(limits, {
      perPayment: euro('5.00'),
      perDay: euro('10.00'),
      validUntil: request.offer.recurring.validUntil,
    })
  })

  test('refuses, and offers only what was asked for', async () => {
    const { request, path } = await requested({
      offer: { onePayment: null, recurring: mandateRequest().offer.recurring },
    })
    const person = customer(bank)
    await person.signIn('anna')
    const { text } = await person.page(path)
    assert.doesNotMatch(text, /approve-once/)
    const formToken = await person.formToken(path)
    assert.equal(
      (await person.submit(`${path}/decision`, { formToken, decision: 'approve-once' })).status,
      403,
    )
    assert.equal((await person.submit(`${path}/decision`, { formToken, decision: 'refuse' })).status, 303)
    const mandate = await statusOf(request.mandateId)
    assert.equal(mandate['mandateStatus'], 'rejected')
    assert.equal(mandate['debtorPseudonym'], null)
  })

  test('cannot be approved by who has no account in the currency', async () => {
    const yen = { currency: 'JPY', amount: '300' }
    const recurring = { perPayment: yen, perDay: yen, validUntil: inFuture(3600) }
    const { path, request } = await requested({ offer: { onePayment: null, recurring } })
    const person = customer(bank)
    await person.signIn('ben')
    const { text } = await person.page(path)
    assert.doesNotMatch(text, /approve-mandate/)
    const formToken = await person.formToken(path)
    const form = { formToken, decision: 'approve-mandate', perPayment: '300', perDay: '300', validUntil: '' }
    assert.equal((await person.submit(`${path}/decision`, form)).status, 403)
    assert.equal((await statusOf(request.mandateId))['mandateStatus'], 'received')
  })

  test('speaks Chinese when asked to', async () => {
    const { path } = await requested()
    const { text } = await customer(bank).page(`${path}?language=zh-CN`)
    assert.match(text, /<html lang="zh-Hans">/)
    assert.match(text, /收款方/)
    const byHeader = await fetch(bank.url + path, { headers: { 'accept-language': 'fr, zh;q=0.9' } })
    assert.match(await byHeader.text(), /收款方/)
  })

  test('shows a script in a name as text, and runs nothing', async () => {
    const creditorName = '<script>alert(1)</script>"\'&'
    const { path } = await requested({ creditorName })
    const { text, headers } = await customer(bank).page(path)
    assert.doesNotMatch(text, /<script/)
    assert.match(text, /&#60;script&#62;alert\(1\)/)
    assert.match(text, /Bank of &#60;Pebbles&#62;/)
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.match(policy, /frame-ancestors http:\/\/localhost:4999/)
    assert.match(policy, /form-action 'self' http:\/\/localhost:4999;/)
  })

  test('that is not there or is over says that nothing was charged', async () => {
    const person = customer(bank)
    assert.equal((await person.page(`/approve/${'f'.repeat(32)}`)).status, 404)
    assert.match((await person.page('/approve/nonsense')).text, /Nothing was charged/)
    const { path, request } = await requested()
    await bank.sql`UPDATE mandate SET approve_until = now() WHERE mandate_id = ${request.mandateId}`
    assert.equal((await person.page(path)).status, 410)
    assert.equal((await statusOf(request.mandateId))['mandateStatus'], 'expired')
  })
})

describe('forged and repeated forms', () => {
  test('from another site, without a token, or with another session’s token change nothing', async () => {
    const { request, path } = await requested()
    const person = customer(bank)
    const other = customer(bank)
    await person.signIn('anna')
    await other.signIn('ben')
    const formToken = await person.formToken(path)
    const form = { formToken, decision: 'approve-once' }
    const foreign = await person.submit(`${path}/decision`, form, { origin: 'https://evil.example' })
    assert.equal(foreign.status, 403)
    assert.equal((await person.submit(`${path}/decision`, form, { origin: 'null' })).status, 403)
    assert.equal((await person.submit(`${path}/decision`, { decision: 'approve-once' })).status, 422)
    const theirs = await other.formToken(path)
    const mixed = await person.submit(`${path}/decision`, { formToken: theirs, decision: 'approve-once' })
    assert.equal(mixed.status, 422)
    const nobody = await customer(bank).submit(`${path}/decision`, form)
    assert.equal(nobody.location, `${path}?language=en`)
    assert.equal((await statusOf(request.mandateId))['mandateStatus'], 'received')
    const large = await person.submit(`${path}/decision`, { ...form, filler: 'x'.repeat(20_000) })
    assert.equal(large.status, 413)
  })
})

describe('signing in', () => {
  test('is limited in tries, also when they come at once, and the cookie is out of reach', async () => {
    const person = customer(bank)
    const wrong = () => person.submit('/account/sign-in', { username: 'nobody', password: 'guess' })
    const answers = await Promise.all(Array.from({ length: 9 }, wrong))
    const statuses = answers.map((answer) => answer.status)
    assert.deepEqual(statuses.sort(byText), [403, 403, 403, 403, 403, 429, 429, 429, 429])
    assert.match((await wrong()).text, /Too many wrong tries/)
    const response = await fetch(`${bank.url}/account/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: bank.url },
      body: new URLSearchParams({ username: ' Anna ', password: 'correct horse' }),
    })
    assert.equal(response.status, 303)
    assert.match(
      response.headers.get('set-cookie') ?? '',
      /^farthing_bank_session=\S{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
  })

  test('keeps neither passwords nor session tokens, and logs no secret', async () => {
    const [row] = await bank.sql<{ password_hash: string }[]>`SELECT password_hash FROM customer LIMIT 1`
    assert.match(row?.password_hash ?? '', /^\$argon2id\$/)
    assert.doesNotMatch(bank.logLines.join('\n'), /correct horse|a-token-of-the-tests/)
  })
})

describe('the account page', () => {
  test('shows balance and movements, lowers and revokes what was allowed', async () => {
    const mandateId = await approvedMandate(bank, 'anna')
    await api.post(TRANSFERS, transfer(mandateId))
    const person = customer(bank)
    await person.signIn('anna')
    const { text } = await person.page('/account')
    assert.match(text, /997\.50/)
    assert.match(text, /Payment · Waschsalon Blau/)
    assert.ok(text.includes('DE02 1203 0000 0000 2020 51'))
    const formToken = await person.formToken('/account')
    const lower = (perPayment: string, perDay: string) =>
      person.submit(`/account/mandates/${mandateId}/limits`, { formToken, perPayment, perDay })
    assert.match((await lower('30.00', '50.00')).text, /only be lowered/)
    assert.match((await lower('2.00', '50.00')).text, /in force/)
    assert.equal((await api.post(TRANSFERS, transfer(mandateId))).body['reasonCode'], 'AM14')
    const revocation = `/account/mandates/${mandateId}/revocation`
    const ben = customer(bank)
    await ben.signIn('ben')
    const benToken = await ben.formToken('/account')
    assert.match((await ben.submit(revocation, { formToken: benToken })).text, /no longer in force/)
    assert.match((await person.submit(revocation, { formToken })).text, /Taken back/)
    assert.equal((await statusOf(mandateId))['mandateStatus'], 'revokedByPsu')
    await person.submit('/account/sign-out', { formToken })
    assert.match((await person.page('/account')).text, /name="password"/)
    assert.ok(!text.includes(IBANS.ben))
  })
})
