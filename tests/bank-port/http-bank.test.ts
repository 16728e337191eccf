import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import {
  IBANS,
  PASSWORD,
  startTestBank,
  startTestDatabase,
  type TestBank,
  type TestDatabase,
  TEST_TOKEN,
} from '#bank/test-bank.suite.ts'
import { currencyOf } from '#protocol/money.ts'
import { type HttpBank, openHttpBank } from '#system/bank/http-bank.ts'
import { bankSuite } from '#system/bank/port.suite.ts'
import type { BankOrder, MandateRequest } from '#system/bank/port.ts'
import { formFields } from '../payer/form-fields.ts'
import { WebClient } from '../payer/web-client.ts'

let database: TestDatabase
let process: TestBank
let bank: HttpBank

before(async () => {
  database = await startTestDatabase()
  process = await startTestBank(database)
  bank = openHttpBank({ url: process.url, token: TEST_TOKEN, requestMs: 5000 }, () => undefined)
})
after(async () => {
  await bank.close()
  await process.stop()
  await database.stop()
})

/** As the customer does it, at the bank's own pages. */
async function approve({ mandateId }: MandateRequest): Promise<void> {
  const browser = new WebClient(process.url)
  const path = `/approve/${mandateId}`
  await browser.postForm(`${path}/sign-in`, { username: 'anna', password: PASSWORD })
  const fields = formFields((await browser.get(path)).text)
  const decided = await browser.postForm(`${path}/decision`, { ...fields, decision: 'approve-mandate' })
  await browser.close()
  assert.ok(decided.status < 400, `the bank answered ${String(decided.status)}`)
}

bankSuite('the reference bank over HTTP', () => ({
  bank,
  creditor: { name: 'Waschsalon Blau', iban: IBANS.merchant },
  nowMs: Date.now,
  approve,
}))

const ORDER: BankOrder = {
  order: {
    orderId: 't1',
    kind: 'transfer',
    amountMinor: 250n,
    madeAtMs: 0,
    validUntilMs: 0,
    status: 'unknown',
  },
  paymentId: 'aa'.repeat(16),
  currency: currencyOf('EUR'),
  mandateId: 'bb'.repeat(16),
  creditorName: 'Waschsalon Blau',
  creditorIban: IBANS.merchant,
}

/** A bank that says just this, whatever it is asked. */
async function saying(status: number, body: string): Promise<{ url: string; server: Server }> {
  const server = createServer((_request, response) => response.writeHead(status).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, server }
}

const good = {
  endToEndIdentification: 't1',
  transactionStatus: 'ACSC',
  bankReference: 'R1',
  settledAmount: { currency: 'EUR', amount: '2.50' },
}
const nonsense: readonly (readonly [string, number, string])[] = [
  ['an error', 500, '{}'],
  ['no JSON', 200, '<html>'],
  ['another order', 200, JSON.stringify({ ...good, endToEndIdentification: 't2' })],
  ['a status that it made up', 200, JSON.stringify({ ...good, transactionStatus: 'YES' })],
  ['settled, and no amount', 200, JSON.stringify({ ...good, settledAmount: undefined })],
  [
    'settled, and an amount that is none',
    200,
    JSON.stringify({ ...good, settledAmount: { currency: 'EUR', amount: '2.5e0' } }),
  ],
  ['settled, and no reference', 200, JSON.stringify({ ...good, bankReference: 7 })],
  ['a conflict', 409, '{}'],
  ['a page that is too long', 200, `"${'x'.repeat(70_000)}"`],
]

for (const [what, status, body] of nonsense) {
  test(`a bank that says ${what} has said nothing: unknown`, async () => {
    const { url, server } = await saying(status, body)
    const odd = openHttpBank({ url, token: 't', requestMs: 2000 }, () => undefined)
    assert.deepEqual(await odd.ask(ORDER), { kind: 'unknown' })
    assert.deepEqual(await odd.submit(ORDER), { kind: 'unknown' })
    await odd.close()
    server.close()
  })
}

test('a bank that is not there, or does not answer in time, is unknown and no error', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}`
  const slow = openHttpBank({ url, token: 't', requestMs: 100 }, () => undefined)
  assert.deepEqual(await slow.ask(ORDER), { kind: 'unknown' })
  assert.equal(await slow.mandateStatus('aa'), null)
  silent.closeAllConnections()
  silent.close()
  assert.deepEqual(await slow.submit(ORDER), { kind: 'unknown' })
  await slow.close()
})
