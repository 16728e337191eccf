import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
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
  customer,
  euro,
  newId,
  TRANSFERS,
  transfer,
  until,
} from './test-client.ts'

let database: TestDatabase
let bank: TestBank
let api: ApiClient
let mandateId: string

before(async () => {
  database = await startTestDatabase()
  bank = await startTestBank(database)
  api = apiClient(bank)
  mandateId = await approvedMandate(bank, 'anna')
})
after(async () => {
  await bank.stop()
  await database.stop()
})

function staff(
  ...words: string[]
): Promise<{ code: number; answer: Record<string, unknown>; stderr: string }> {
  const main = new URL('staff.ts', import.meta.url).pathname
  return new Promise((resolve) => {
    execFile(process.execPath, [main, '--settings', bank.settingsFile, ...words], (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0
      resolve({ code, answer: stdout === '' ? {} : JSON.parse(stdout), stderr })
    })
  })
}

async function paid(): Promise<string> {
  const order = transfer(mandateId, { instructedAmount: euro('5.00') })
  assert.equal((await api.post(TRANSFERS, order)).body['transactionStatus'], 'ACSC')
  return order.endToEndIdentification
}

test('a reversal gives back, never more than is left, and the TPP hears of it', async () => {
  const payment = await paid()
  assert.equal((await staff('reverse', payment, '2.00')).code, 0)
  assert.deepEqual((await api.get(`/v1/orders/${payment}`)).body['reversedAmount'], euro('2.00'))
  const refund = {
    endToEndIdentification: newId(),
    originalEndToEndIdentification: payment,
    instructedAmount: euro('3.01'),
    reason: 'not delivered',
  }
  assert.equal((await api.post('/v1/refunds', refund)).body['reasonCode'], 'AM09')
  assert.equal((await staff('reverse', payment)).code, 0)
  assert.equal((await staff('reverse', payment)).code, 1)
  const told =
    await bank.sql`SELECT 1 FROM notification WHERE end_to_end_id = ${payment} AND kind = 'reversal'`
  assert.equal(told.length, 2)
  assert.equal((await staff('reverse', newId())).code, 1)
})

test('withdrawals take what is available, not what is reserved', async () => {
  const payment = await paid()
  assert.equal((await staff('withdraw', IBANS.merchant, '5.00')).code, 1)
  await api.post(`/v1/payments/${payment}/reserve-release`, { endToEndIdentification: newId() })
  assert.equal((await staff('withdraw', IBANS.merchant, '5.00')).code, 0)
  assert.equal((await staff('deposit', IBANS.merchant, '1.00')).code, 0)
  assert.equal((await staff('withdraw', IBANS.merchant, 'much')).code, 1)
})

test('accounts are opened and closed', async () => {
  const passwordFile = path.join(database.folder, 'carla')
  writeFileSync(passwordFile, 'a long one\n')
  const iban = 'DE02370502990000684712'
  const opened = await staff('open-account', 'customer', iban, 'EUR', 'Carla', 'carla', passwordFile)
  assert.equal(opened.code, 0, opened.stderr)
  await customer(bank).signIn('carla', 'a long one')
  const shop = 'DE02700202700010108669'
  assert.equal((await staff('open-account', 'merchant', shop, 'EUR', 'Shop')).code, 0)
  assert.equal((await staff('open-account', 'merchant', shop, 'EUR', 'Shop')).code, 1)
  const pay = () => api.post(TRANSFERS, transfer(mandateId, { creditorAccount: { iban: shop } }))
  assert.equal((await pay()).body['transactionStatus'], 'ACSC')
  assert.equal((await staff('close-account', shop)).code, 0)
  assert.equal((await pay()).body['reasonCode'], 'AC04')
})

test('the whole ledger is verified; a ledger that was tampered with is told', async () => {
  const good = await staff('ledger', 'verify')
  assert.equal(good.code, 0)
  assert.ok(Number(good.answer['entries']) > 3)
  await bank.sql`UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE role = 'cash'`
  const bad = await staff('ledger', 'verify')
  assert.equal(bad.code, 1)
  assert.match(JSON.stringify(bad.answer['faults']), /CASH-EUR cash/)
  await bank.sql`UPDATE ledger_account SET balance_minor = balance_minor - 1 WHERE role = 'cash'`
})

test('a command that is not documented shows the usage', async () => {
  assert.equal((await staff('plunder')).code, 2)
  assert.match((await staff('constructor')).stderr, /^usage/)
  assert.equal((await staff('ledger')).code, 2)
})

test('a start finds its seed applied, and a stop is clean', async () => {
  const count = async () => {
    const [row] = await bank.sql<{ accounts: bigint; entries: bigint }[]>`
      SELECT (SELECT count(*) FROM account) AS accounts, (SELECT count(*) FROM ledger_entry) AS entries`
    return row
  }
  const before = await count()
  bank.process.kill('SIGTERM')
  assert.equal(
    await until(async () => bank.process.exitCode !== null && { code: bank.process.exitCode }).then(
      (end) => end.code,
    ),
    0,
  )
  await bank.restart()
  assert.deepEqual(await count(), before)
})
