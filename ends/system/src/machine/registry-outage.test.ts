import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTemporaryCluster } from '#hosting/test-postgres.ts'
import { connectDatabase } from '../database.ts'
import { migrate } from '../migrations.ts'
import { openNotifications } from '../notifications.ts'
import { openMachineRegistry } from './registry.ts'

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 3000; attempt += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail('the condition did not come true')
}

test('after PostgreSQL was killed and came back, changes are told again', async () => {
  const cluster = await startTemporaryCluster()
  const address = await cluster.running.createDatabase('outage')
  const sql = connectDatabase({ ...address, connectionsMax: 4 })
  try {
    await migrate(sql)
    const notifications = await openNotifications(() => connectDatabase({ ...address, connectionsMax: 1 }))
    const registry = await openMachineRegistry(sql, notifications, Date.now)
    let told = 0
    registry.onChange(() => {
      told += 1
    })
    const toggle = () =>
      sql`UPDATE platform SET enabled = enabled`.then(
        () => true,
        () => false,
      )
    await toggle()
    await until(() => Promise.resolve(told > 0))
    await cluster.running.kill()
    await until(async () => !(await toggle()))
    await cluster.running.start()
    await until(toggle)
    told = 0
    await until(async () => {
      await toggle()
      return told > 0
    })
    registry.close()
    await notifications.close()
  } finally {
    await sql.end({ timeout: 1 })
    await cluster.stop()
  }
})
