import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { verifyLedger } from '../ledger/verify.ts'
import {
  IBANS,
  startTestBank,
  startTestDatabase,
  type TestBank,
  type TestDatabase,
} from '../test-bank.suite.ts'
import { apiClient, approvedMandate, euro, inFuture, TRANSFERS, transfer, until } from '../test-client.ts'

const ORDERS_AT_ONCE = 40
const ORDERS_PER_ROUND = 400
const KILL_AFTER_ORDERS = [1, 40, 150]

let database: TestDatabase
let bank: TestBank

before(async () => {
  database = await startTestDatabase()
  bank = await startTestBank(database)
})
after(async () => {
  await bank.stop()
  await database.stop()
})

async function inParallel<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items]
  await Promise.all(
    Array.from({ length: ORDERS_AT_ONCE }, async () => {
      for (let item = queue.pop(); item !== undefined; item = queue.pop()) await act(item)
    }),
  )
}

test('killed among many orders: what was acknowledged is there, nothing is there twice, all adds up', async () => {
  const offer = {
    onePayment: null,
    recurring: { perPayment: euro('1.00'), perDay: euro('900.00'), validUntil: inFuture(86_400) },
  }
  const mandateId = await approvedMandate(bank, 'anna', { offer })
  const api = apiClient(bank)
  const acknowledged = new Map<string, unknown>()
  const sent: ReturnType<typeof transfer>[] = []
  for (const killAfter of KILL_AFTER_ORDERS) {
    let answered = 0
    const orders = Array.from({ length: ORDERS_PER_ROUND }, () =>
      transfer(mandateId, { instructedAmount: euro('0.10') }),
    )
    const queue = [...orders]
    const clients = Array.from({ length: ORDERS_AT_ONCE }, async () => {
      for (let order = queue.pop(); order !== undefined; order = queue.pop()) {
        sent.push(order)
        const reply = await api.post(TRANSFERS, order).catch(() => null)
        if (reply === null) return
        acknowledged.set(order.endToEndIdentification, reply.body)
        answered += 1
      }
    })
    await until(async () => answered >= killAfter)
    await bank.kill()
    await Promise.all(clients)
    await bank.restart()
  }

  await inParallel([...acknowledged], async ([endToEndId, body]) => {
    assert.deepEqual((await api.get(`/v1/orders/${endToEndId}`)).body, body)
  })
  await inParallel(sent, async (order) => {
    assert.equal((await api.post(TRANSFERS, order)).body['transactionStatus'], 'ACSC')
  })
  const [row] = await bank.sql<{ minor: bigint; orders: bigint; entries: bigint }[]>`
    SELECT balance_minor AS minor, (SELECT count(*) FROM bank_order) AS orders,
      (SELECT count(*) FROM ledger_entry WHERE kind = 'transfer') AS entries
    FROM ledger_account JOIN account USING (account_id) WHERE iban = ${IBANS.merchant} AND role = 'reserved'`
  assert.equal(row?.orders, BigInt(sent.length))
  assert.equal(row?.entries, BigInt(sent.length))
  assert.equal(row?.minor, BigInt(sent.length) * 10n)
  assert.deepEqual((await verifyLedger(bank.sql)).faults, [])
  const [notices] = await bank.sql<{ count: bigint }[]>`
    SELECT count(DISTINCT end_to_end_id) AS count FROM notification WHERE end_to_end_id IS NOT NULL`
  assert.equal(notices?.count, BigInt(sent.length))
})
