import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { startPostgres, type DatabaseAddress } from './postgres.ts'
import { isRunning } from './process-table.ts'
import { makeTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts'

function connect({ host, port, user, password, database }: DatabaseAddress) {
  return postgres({ host, port, user, password, database, max: 1, onnotice: () => {} })
}

async function oneValue(address: DatabaseAddress): Promise<unknown> {
  const sql = connect(address)
  try {
    const [row] = await sql`SELECT value FROM kept`
    return row?.['value']
  } finally {
    await sql.end()
  }
}

describe('the embedded PostgreSQL', () => {
  let temporary: TemporaryFolder
  let folder: string
  before(async () => {
    temporary = await makeTemporaryFolder('postgres-test')
    folder = temporary.folder
  })
  after(() => temporary.remove())

  test('keeps what was committed through SIGKILL, and through stop and start', async () => {
    const running = await startPostgres({ dataDir: path.join(folder, 'kept') })
    const address = await running.createDatabase('farthing_system')
    const sql = connect(address)
    await sql`CREATE TABLE kept (value text)`
    await sql`INSERT INTO kept VALUES ('ünïcödé')`
    await sql.end()
    await running.kill()
    await running.start()
    assert.equal(await oneValue(address), 'ünïcödé')
    await running.stop()
    assert.equal(running.pid(), null)
    const again = await startPostgres({ dataDir: path.join(folder, 'kept') })
    assert.equal(await oneValue(await again.createDatabase('farthing_system')), 'ünïcödé')
    await again.stop()
  })

  test('lets nobody in without the password', async () => {
    const running = await startPostgres({ dataDir: path.join(folder, 'closed'), durable: false })
    const sql = connect({ ...(await running.createDatabase('a')), password: 'guess' })
    await assert.rejects(async () => sql`SELECT 1`, /password authentication failed/)
    await sql.end()
    await running.stop()
  })

  test('ends with a parent that is killed, and is found again by the next', async () => {
    const dataDir = path.join(folder, 'orphan')
    const script = `
      import { startPostgres } from ${JSON.stringify(import.meta.resolve('./postgres.ts'))}
      const running = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, durable: false })
      console.log(running.pid())
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(parent.stdout, 'data', { signal: AbortSignal.timeout(60_000) })
    const pid = Number(String(line))
    assert.ok(isRunning(pid))
    parent.kill('SIGKILL')
    const next = await startPostgres({ dataDir, durable: false })
    assert.ok(!isRunning(pid))
    // What watches over the first must not touch the second.
    await pause(1_000)
    assert.ok(isRunning(next.pid() ?? 0))
    await next.stop()
  })

  test('finds another place where its account cannot walk, and leaves none for what is gone', async (context) => {
    if (process.getuid?.() !== 0) {
      context.skip('only root runs PostgreSQL under another account')
      return
    }
    const closed = path.join(folder, 'closed-to-others')
    await mkdir(closed, { mode: 0o700 })
    const first = await startPostgres({ dataDir: path.join(closed, 'a'), durable: false })
    assert.notEqual(first.folder, path.join(closed, 'a'))
    await first.stop()
    await rm(path.join(closed, 'a'), { recursive: true })
    const second = await startPostgres({ dataDir: path.join(closed, 'b'), durable: false })
    assert.equal(existsSync(first.folder), false)
    await second.stop()
    await rm(second.folder, { recursive: true })
  })
})
