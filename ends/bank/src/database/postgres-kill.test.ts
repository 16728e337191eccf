import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { startTemporaryCluster } from '#hosting/test-postgres.ts'
import { verifyLedger } from '../ledger/verify.ts'
import { startTestBank, type TestBank } from '../test-bank.suite.ts'
import { apiClient, approvedMandate, euro, inFuture, TRANSFERS, transfer, until } from '../test-client.ts'

const CLIENTS = 20
const KILLS = 3

let cluster: Awaited<ReturnType<typeof startTemporaryCluster>>
let folder: string
let bank: TestBank

before(async () => {
  cluster = await startTemporaryCluster()
  folder = mkdtempSync(path.join(tmpdir(), 'farthing-bank-test-'))
  const createDatabase = async () => {
    const { host, port, user, passwordFile, database } = await cluster.running.createDatabase('bank')
    return { kind: 'parts' as const, host, port, user, passwordFile, database }
  }
  bank = await startTestBank({ folder, createDatabase, stop: () => Promise.resolve() })
})
after(async () => {
  await bank.stop()
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('PostgreSQL killed among orders: the bank stays, tells unknown as unknown, and goes on by itself', async () => {
  const offer = {
    onePayment: null,
    recurring: { perPayment: euro('1.00'), perDay: euro('900.00'), validUntil: inFuture(86_400) },
  }
  const mandateId = await approvedMandate(bank, 'anna', { offer })
  const api = apiClient(bank)
  const sent = new Set<string>()
  const bodies: ReturnType<typeof transfer>[] = []
  let settled = 0
  const end = { reached: false }
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!end.reached) {
      const order = transfer(mandateId, { instructedAmount: euro('0.01'), validUntil: inFuture(600) })
      bodies.push(order)
      // The same bytes again and again, until the answer is a final one.
      await until(async () => {
        const reply = await api.post(TRANSFERS, order)
        if (reply.status >= 500) assert.equal(reply.body['retryable'], true)
        return reply.body['transactionStatus'] === 'ACSC'
      })
      sent.add(order.endToEndIdentification)
      settled += 1
    }
  })
  for (let kill = 0; kill < KILLS; kill += 1) {
    const target = settled + 30
    await until(async () => settled >= target)
    await cluster.running.kill()
    await cluster.running.start()
  }
  const target = settled + 30
  await until(async () => settled >= target)
  end.reached = true
  await Promise.all(clients)

  assert.equal(sent.size, bodies.length)
  assert.equal(bank.process.exitCode, null)
  const rows = await until(async () =>
    bank.sql<{ orders: bigint; entries: bigint }[]>`
      SELECT (SELECT count(*) FROM bank_order) AS orders,
        (SELECT count(*) FROM ledger_entry WHERE kind = 'transfer') AS entries`.catch(() => null),
  )
  assert.deepEqual({ ...rows[0] }, { orders: BigInt(sent.size), entries: BigInt(sent.size) })
  assert.deepEqual((await verifyLedger(bank.sql)).faults, [])
})
