import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTemporaryCluster } from '#hosting/test-postgres.ts'
import { Phone, type World, startWorld } from './world.suite.ts'

type Cluster = Awaited<ReturnType<typeof startTemporaryCluster>>

let world: World
let cluster: Cluster
const PHONES = 6
const KILLS = 3
const MANY = 1_000_000

before(async () => {
  cluster = await startTemporaryCluster()
  const address = await cluster.running.createDatabase('outage')
  const limits = {
    requestsPerMinutePerNetwork: MANY,
    claimsPerMinutePerNetwork: MANY,
    claimsPerMinutePerChip: MANY,
    claimsPerHourPerPayer: MANY,
  }
  const url = `postgres://${address.host}`
  world = await startWorld({ limits, database: { ...address, url, stop: () => cluster.stop() } })
})
after(() => world.stop())

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let attempt = 0; attempt < 2000; attempt += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail('the condition did not come true')
}

test('PostgreSQL killed under many requests: every request is answered, and then all goes on', async () => {
  const end = { reached: false }
  const statuses = new Map<number, number>()
  let answered = 0
  const phones = Array.from({ length: PHONES }, async () => {
    const phone = new Phone(world)
    while (!end.reached) {
      const response = await phone.post('/v1/payments', { code: world.code() })
      statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1)
      answered += 1
      if (response.statusCode === 201) {
        const cancelled = await phone.post(`${String(response.headers.location)}/cancellation`, {})
        statuses.set(cancelled.statusCode, (statuses.get(cancelled.statusCode) ?? 0) + 1)
      }
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })
  for (let kill = 0; kill < KILLS; kill += 1) {
    const reached = answered + 20
    await until(() => answered >= reached)
    await cluster.running.kill()
    const refused = answered + 5
    await until(() => answered >= refused)
    await cluster.running.start()
    await until(async () => (await new Phone(world).get('/ready')).statusCode === 200)
  }
  end.reached = true
  await Promise.all(phones)
  for (const status of statuses.keys())
    assert.ok([200, 201, 403, 404, 409, 500, 503].includes(status), String(status))
  // A claim whose answer was lost holds its machine until its time is over; another machine is free.
  await world.sql`UPDATE payment SET holds_slot = false`
  const phone = new Phone(world)
  const url = await phone.claim()
  await phone.approve(url)
  await phone.post(`${url}/confirmation`, { newPin: '482913' })
  await phone.until(url, 'delivered')
})
