import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { currencyOf } from '#protocol/money.ts'
import { verifyLedger } from '../ledger/verify.ts'
import { bookBatch } from './batch.ts'
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
  newId,
  TRANSFERS,
  transfer,
  until,
} from '../test-client.ts'

let database: TestDatabase
let bank: TestBank
let api: ApiClient
let anna: string

const WIDE = {
  onePayment: null,
  recurring: { perPayment: euro('900.00'), perDay: euro('5000.00'), validUntil: inFuture(86_400) },
}

before(async () => {
  database = await startTestDatabase()
  bank = await startTestBank(database, { times: { expirySweepMs: 50 } })
  api = apiClient(bank)
  anna = await approvedMandate(bank, 'anna', { offer: WIDE })
})
after(async () => {
  const { faults } = await verifyLedger(bank.sql)
  await bank.stop()
  await database.stop()
  assert.deepEqual(faults, [])
})

async function availableMinor(iban: string, role = 'available'): Promise<bigint> {
  const [row] = await bank.sql<{ balance_minor: bigint }[]>`
    SELECT balance_minor FROM ledger_account JOIN account USING (account_id) WHERE iban = ${iban} AND role = ${role}`
  return row?.balance_minor ?? -1n
}

async function paid(amount: string): Promise<string> {
  const order = transfer(anna, { instructedAmount: euro(amount) })
  const reply = await api.post(TRANSFERS, order)
  assert.equal(reply.body['transactionStatus'], 'ACSC', JSON.stringify(reply.body))
  return order.endToEndIdentification
}

async function held(amount: string, expiresInS = 60): Promise<string> {
  const order = transfer(anna, { instructedAmount: euro(amount), expiresAt: inFuture(expiresInS) })
  const reply = await api.post('/v1/holds', order)
  assert.equal(reply.body['transactionStatus'], 'ACSC', JSON.stringify(reply.body))
  return order.endToEndIdentification
}

const refundOf = (original: string, amount: string) => ({
  endToEndIdentification: newId(),
  originalEndToEndIdentification: original,
  instructedAmount: euro(amount),
  reason: 'not delivered',
})

describe('transfers', () => {
  test('settle once, and the same bytes again get the same answer', async () => {
    const before = await availableMinor(IBANS.anna)
    const order = transfer(anna)
    const first = await api.post(TRANSFERS, order)
    const second = await api.post(TRANSFERS, order)
    assert.equal(first.status, 201)
    assert.equal(second.status, 200)
    assert.deepEqual(second.body, first.body)
    assert.deepEqual(first.body['settledAmount'], euro('2.50'))
    assert.equal(before - (await availableMinor(IBANS.anna)), 250n)
    const asked = await api.get(`/v1/orders/${order.endToEndIdentification}`)
    assert.deepEqual(asked.body, first.body)
  })

  test('another body under the same id is refused, even one that differs by a space', async () => {
    const order = transfer(anna)
    await api.post(TRANSFERS, order)
    const other = await api.post(TRANSFERS, { ...order, instructedAmount: euro('2.51') })
    assert.equal(other.status, 409)
    assert.equal(other.body['code'], 'id-taken')
    assert.equal((await api.post(TRANSFERS, `${JSON.stringify(order)} `)).status, 409)
    const asHold = await api.post('/v1/holds', { ...order, expiresAt: inFuture(60) })
    assert.equal(asHold.status, 409)
  })

  test('fifty at once under one id move the money once', async () => {
    const before = await availableMinor(IBANS.anna)
    const order = transfer(anna)
    const replies = await Promise.all(Array.from({ length: 50 }, () => api.post(TRANSFERS, order)))
    assert.equal(replies.filter((reply) => reply.status === 201).length, 1)
    assert.equal(new Set(replies.map((reply) => reply.body['bankReference'])).size, 1)
    assert.equal(before - (await availableMinor(IBANS.anna)), 250n)
  })

  test('of many that together exceed the balance, only what is covered settles', async () => {
    const ben = await approvedMandate(bank, 'ben', { offer: WIDE })
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        api.post(TRANSFERS, transfer(ben, { instructedAmount: euro('0.40') })),
      ),
    )
    const settled = replies.filter((reply) => reply.body['transactionStatus'] === 'ACSC')
    const refused = replies.filter((reply) => reply.body['reasonCode'] === 'AM04')
    assert.equal(settled.length, 7)
    assert.equal(refused.length, 13)
    assert.equal(await availableMinor(IBANS.ben), 20n)
  })

  test('after its valid-until an order is refused for ever', async () => {
    const order = transfer(anna, { validUntil: new Date(Date.now() - 1000).toISOString() })
    assert.equal((await api.get(`/v1/orders/${order.endToEndIdentification}`)).status, 404)
    const reply = await api.post(TRANSFERS, order)
    assert.equal(reply.body['transactionStatus'], 'RJCT')
    assert.equal(reply.body['reasonCode'], 'DT01')
  })

  test('are refused by reason: account, currency, closed, amount', async () => {
    const code = async (changes: Record<string, unknown>) =>
      (await api.post(TRANSFERS, transfer(anna, changes))).body['reasonCode']
    assert.equal(await code({ creditorAccount: { iban: 'DE00000000000000000000' } }), 'AC01')
    assert.equal(await code({ creditorAccount: { iban: IBANS.ben } }), 'AC01')
    assert.equal(await code({ creditorAccount: { iban: IBANS.yenMerchant } }), 'AM03')
    assert.equal(await code({ instructedAmount: { currency: 'JPY', amount: '10' } }), 'AM03')
    assert.equal(await code({ mandateId: newId() }), 'MD01')
  })
})

describe('currencies', () => {
  test('yen have no decimals', async () => {
    const offer = {
      onePayment: null,
      recurring: {
        perPayment: { currency: 'JPY', amount: '500' },
        perDay: { currency: 'JPY', amount: '1000' },
        validUntil: inFuture(86_400),
      },
    }
    const mandateId = await approvedMandate(bank, 'anna', { offer })
    const yen = (amount: string) => ({ instructedAmount: { currency: 'JPY', amount } })
    const to = { creditorAccount: { iban: IBANS.yenMerchant } }
    const reply = await api.post(TRANSFERS, transfer(mandateId, { ...yen('350'), ...to }))
    assert.deepEqual(reply.body['settledAmount'], { currency: 'JPY', amount: '350' })
    const wrong = await api.post(TRANSFERS, transfer(mandateId, { ...yen('3.50'), ...to }))
    assert.equal(wrong.body['code'], 'bad-amount')
  })
})

describe('mandates', () => {
  test('limit each payment and each day', async () => {
    const recurring = { perPayment: euro('5.00'), perDay: euro('8.00'), validUntil: inFuture(86_400) }
    const mandateId = await approvedMandate(bank, 'anna', { offer: { onePayment: null, recurring } })
    const pay = async (amount: string) =>
      (await api.post(TRANSFERS, transfer(mandateId, { instructedAmount: euro(amount) }))).body
    assert.equal((await pay('5.01'))['reasonCode'], 'AM14')
    assert.equal((await pay('5.00'))['transactionStatus'], 'ACSC')
    assert.equal((await pay('3.01'))['reasonCode'], 'AM14')
    const both = await Promise.all([pay('2.00'), pay('2.00')])
    assert.deepEqual(both.map((body) => body['transactionStatus']).sort(byText), ['ACSC', 'RJCT'])
  })

  test('cover nothing before approval, after revocation, and after their time', async () => {
    const waiting = mandateRequest()
    await api.post('/v1/mandates', waiting)
    assert.equal((await api.post(TRANSFERS, transfer(waiting.mandateId))).body['reasonCode'], 'MD01')
    const mandateId = await approvedMandate(bank, 'anna')
    await bank.sql`UPDATE mandate SET valid_until = now() - interval '1 second' WHERE mandate_id = ${mandateId}`
    assert.equal((await api.post(TRANSFERS, transfer(mandateId))).body['reasonCode'], 'MD01')
    assert.equal((await api.get(`/v1/mandates/${mandateId}`)).body['mandateStatus'], 'expired')
    const ended = await approvedMandate(bank, 'anna')
    await api.post(`/v1/mandates/${ended}/termination`, {})
    assert.equal((await api.post(TRANSFERS, transfer(ended))).body['reasonCode'], 'MD01')
  })

  test('for one payment cover exactly that payment', async () => {
    const request = mandateRequest()
    await api.post('/v1/mandates', request)
    const person = customer(bank)
    await person.signIn('anna')
    const path = `/approve/${request.mandateId}`
    const formToken = await person.formToken(path)
    await person.submit(`${path}/decision`, { formToken, decision: 'approve-once' })
    const endToEndIdentification = request.offer.onePayment.endToEndIdentification
    const other = await api.post(TRANSFERS, transfer(request.mandateId))
    assert.equal(other.body['reasonCode'], 'MD01')
    const right = transfer(request.mandateId, { endToEndIdentification })
    assert.equal((await api.post(TRANSFERS, right)).body['transactionStatus'], 'ACSC')
  })
})

describe('holds', () => {
  test('are captured in part, and the rest is free again', async () => {
    const before = await availableMinor(IBANS.anna)
    const hold = await held('10.00')
    assert.equal(await availableMinor(IBANS.anna, 'held'), 1000n)
    const capture = { endToEndIdentification: newId(), instructedAmount: euro('3.20') }
    const reply = await api.post(`/v1/holds/${hold}/captures`, capture)
    assert.equal(reply.body['transactionStatus'], 'ACSC')
    assert.equal(before - (await availableMinor(IBANS.anna)), 320n)
    assert.equal(await availableMinor(IBANS.anna, 'held'), 0n)
    const again = { endToEndIdentification: newId(), instructedAmount: euro('0.10') }
    assert.equal((await api.post(`/v1/holds/${hold}/captures`, again)).body['reasonCode'], 'NOOR')
    assert.equal((await api.get(`/v1/orders/${hold}`)).body['transactionStatus'], 'ACSC')
  })

  test('are never captured above what is held, nor for nothing', async () => {
    const hold = await held('10.00')
    const capture = (amount: string) =>
      api.post(`/v1/holds/${hold}/captures`, {
        endToEndIdentification: newId(),
        instructedAmount: euro(amount),
      })
    assert.equal((await capture('10.01')).body['reasonCode'], 'AM09')
    assert.equal((await capture('0.00')).body['code'], 'amount-out-of-range')
    const two = await Promise.all([capture('6.00'), capture('6.00')])
    assert.deepEqual(two.map((reply) => reply.body['transactionStatus']).sort(byText), ['ACSC', 'RJCT'])
  })

  test('are released on request, and by themselves when they expire', async () => {
    const hold = await held('4.00')
    const release = { endToEndIdentification: newId() }
    const reply = await api.post(`/v1/holds/${hold}/release`, release)
    assert.equal(reply.body['transactionStatus'], 'ACSC')
    assert.equal((await api.get(`/v1/orders/${hold}`)).body['transactionStatus'], 'CANC')
    assert.equal((await api.post(`/v1/holds/${newId()}/release`, release)).status, 409)
    const unknown = await api.post(`/v1/holds/${newId()}/release`, { endToEndIdentification: newId() })
    assert.equal(unknown.body['code'], 'unknown-order')

    const short = await held('4.00', 1)
    await until(async () => (await api.get(`/v1/orders/${short}`)).body['transactionStatus'] === 'CANC')
    const late = { endToEndIdentification: newId(), instructedAmount: euro('1.00') }
    assert.equal((await api.post(`/v1/holds/${short}/captures`, late)).body['reasonCode'], 'DT01')
    assert.equal(await availableMinor(IBANS.anna, 'held'), 0n)
  })

  test('give their unused room back to the day of the mandate', async () => {
    const recurring = { perPayment: euro('10.00'), perDay: euro('10.00'), validUntil: inFuture(86_400) }
    const mandateId = await approvedMandate(bank, 'anna', { offer: { onePayment: null, recurring } })
    const order = transfer(mandateId, { instructedAmount: euro('10.00'), expiresAt: inFuture(60) })
    await api.post('/v1/holds', order)
    const pay = async () =>
      (await api.post(TRANSFERS, transfer(mandateId, { instructedAmount: euro('7.00') }))).body
    assert.equal((await pay())['reasonCode'], 'AM14')
    await api.post(`/v1/holds/${order.endToEndIdentification}/captures`, {
      endToEndIdentification: newId(),
      instructedAmount: euro('3.00'),
    })
    assert.equal((await pay())['transactionStatus'], 'ACSC')
  })
})

describe('refunds', () => {
  test('come out of the payment’s own reserve first', async () => {
    const payment = await paid('5.00')
    const reserved = await availableMinor(IBANS.merchant, 'reserved')
    const available = await availableMinor(IBANS.merchant)
    const reply = await api.post('/v1/refunds', refundOf(payment, '2.00'))
    assert.equal(reply.body['transactionStatus'], 'ACSC')
    assert.equal(reserved - (await availableMinor(IBANS.merchant, 'reserved')), 200n)
    assert.equal(await availableMinor(IBANS.merchant), available)
  })

  test('two at once that together exceed the payment: one is refused', async () => {
    for (let round = 0; round < 5; round += 1) {
      const payment = await paid('5.00')
      const replies = await Promise.all([
        api.post('/v1/refunds', refundOf(payment, '3.00')),
        api.post('/v1/refunds', refundOf(payment, '3.00')),
      ])
      const codes = replies.map((reply) => reply.body['reasonCode'] ?? 'settled').sort(byText)
      assert.deepEqual(codes, ['AM09', 'settled'])
    }
  })

  test('after the reserve was released come out of what is available, or are refused', async () => {
    const payment = await paid('5.00')
    const release = { endToEndIdentification: newId() }
    const released = await api.post(`/v1/payments/${payment}/reserve-release`, release)
    assert.deepEqual(released.body['settledAmount'], euro('5.00'))
    const twice = await api.post(`/v1/payments/${payment}/reserve-release`, {
      endToEndIdentification: newId(),
    })
    assert.equal(twice.body['reasonCode'], 'NOOR')
    assert.equal((await api.post('/v1/refunds', refundOf(payment, '2.00'))).body['transactionStatus'], 'ACSC')
    await bank.sql`
      UPDATE ledger_account SET minimum_minor = balance_minor
      WHERE role = 'available' AND account_id = (SELECT account_id FROM account WHERE iban = ${IBANS.merchant})`
    // The floor is the database's: even where the code thinks there is enough, nothing goes below it.
    const refused = await api.post('/v1/refunds', refundOf(payment, '2.00'))
    assert.equal(refused.body['code'], 'unavailable')
    await bank.sql`
      UPDATE ledger_account SET minimum_minor = 0
      WHERE role = 'available' AND account_id = (SELECT account_id FROM account WHERE iban = ${IBANS.merchant})`
  })

  test('are refused where the merchant has too little', async () => {
    const payment = await paid('800.00')
    await api.post(`/v1/payments/${payment}/reserve-release`, { endToEndIdentification: newId() })
    const money = { amountMinor: await availableMinor(IBANS.merchant), currency: currencyOf('EUR') }
    await bookBatch(bank.sql, [{ kind: 'withdrawal', iban: IBANS.merchant, money }], 'UTC')
    const reply = await api.post('/v1/refunds', refundOf(payment, '100.00'))
    assert.equal(reply.body['reasonCode'], 'AM04')
  })

  test('name the hold or its capture, and nothing else', async () => {
    const hold = await held('4.00')
    assert.equal((await api.post('/v1/refunds', refundOf(hold, '1.00'))).body['reasonCode'], 'NOOR')
    const capture = { endToEndIdentification: newId(), instructedAmount: euro('4.00') }
    await api.post(`/v1/holds/${hold}/captures`, capture)
    assert.equal((await api.post('/v1/refunds', refundOf(hold, '1.00'))).body['transactionStatus'], 'ACSC')
    const rest = refundOf(capture.endToEndIdentification, '3.00')
    assert.equal((await api.post('/v1/refunds', rest)).body['transactionStatus'], 'ACSC')
    const more = refundOf(capture.endToEndIdentification, '0.01')
    assert.equal((await api.post('/v1/refunds', more)).body['reasonCode'], 'AM09')
    assert.equal((await api.post('/v1/refunds', refundOf(newId(), '1.00'))).body['reasonCode'], 'NOOR')
    const ofRefund = refundOf(rest.endToEndIdentification, '1.00')
    assert.equal((await api.post('/v1/refunds', ofRefund)).body['reasonCode'], 'NOOR')
  })
})

describe('the statement', () => {
  test('lists what changed the account, once each, page by page', async () => {
    const payment = await paid('1.00')
    const refund = refundOf(payment, '1.00')
    await api.post('/v1/refunds', refund)
    const [clock] = await bank.sql<{ day: string }[]>`SELECT (now() AT TIME ZONE 'UTC')::date::text AS day`
    const reply = await api.get(`/v1/accounts/${IBANS.merchant}/statement?date=${clock?.day}`)
    const entries = reply.body['entries'] as Record<string, unknown>[]
    const mine = entries.filter((entry) =>
      [payment, refund.endToEndIdentification].includes(String(entry['endToEndIdentification'])),
    )
    assert.deepEqual(
      mine.map((entry) => entry['creditDebitIndicator']),
      ['CRDT', 'DBIT'],
    )
    const sum = entries.reduce(
      (all, entry) =>
        all +
        (entry['creditDebitIndicator'] === 'CRDT' ? 1n : -1n) *
          BigInt((entry['amount'] as { amount: string }).amount.replace('.', '')),
      0n,
    )
    const kept = (await availableMinor(IBANS.merchant)) + (await availableMinor(IBANS.merchant, 'reserved'))
    assert.equal(sum, kept)
    const afterFirst = await api.get(
      `/v1/accounts/${IBANS.merchant}/statement?date=${clock?.day}&cursor=${String(entries[0]?.['entryReference'])}`,
    )
    assert.equal((afterFirst.body['entries'] as unknown[]).length, entries.length - 1)
  })

  test('of a customer is not for the TPP', async () => {
    const reply = await api.get(`/v1/accounts/${IBANS.anna}/statement?date=2026-01-01`)
    assert.equal(reply.body['code'], 'account-not-open')
    const unknown = await api.get('/v1/accounts/DE00000000000000000000/statement?date=2026-01-01')
    assert.equal(unknown.body['code'], 'unknown-account')
    const noDay = await api.get(`/v1/accounts/${IBANS.merchant}/statement?date=2026-02-30`)
    assert.equal(noDay.body['code'], 'bad-time')
  })
})
