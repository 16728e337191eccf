import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { administer, startPostgres, type DatabaseAddress } from './postgres.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'

export interface TestPostgres extends DatabaseAddress {
  readonly url: string
  /** Drops the database, and stops the cluster unless it belongs to the whole test run. */
  stop(): Promise<void>
}

/** Names a cluster that a whole test run shares: `host port user passwordFile`, separated by spaces. */
export const SHARED_CLUSTER_VARIABLE = 'FARTHING_TEST_POSTGRES'

const TEST_CONNECTIONS_MAX = 400

/** A cluster without durability, in a temporary folder that goes when it stops. */
export async function startTemporaryCluster() {
  const temporary = await makeTemporaryFolder('test-postgres')
  const running = await startPostgres({
    dataDir: path.join(temporary.folder, 'postgres'),
    durable: false,
    maxConnections: TEST_CONNECTIONS_MAX,
  })
  return {
    running,
    stop: async () => {
      await running.stop()
      await temporary.remove()
    },
  }
}

/**
 * A fresh, empty database for one test file.
 *
 * ```ts
 * const database = await startTestPostgres()
 * after(() => database.stop())
 * const sql = postgres(database.url)
 * ```
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const name = `test_${randomBytes(8).toString('hex')}`
  const shared = process.env[SHARED_CLUSTER_VARIABLE]
  if (shared === undefined) {
    const own = await startTemporaryCluster()
    return withUrl(await own.running.createDatabase(name), own.stop)
  }
  const [host, port, user, passwordFile] = shared.split(' ')
  if (!host || !port || !user || !passwordFile) throw new Error(`${SHARED_CLUSTER_VARIABLE} is malformed`)
  const password = (await readFile(passwordFile, 'utf8')).trim()
  const cluster = { host, port: Number(port), user, password, passwordFile, database: 'postgres' }
  await administer(cluster, async (sql) => {
    await sql`CREATE DATABASE ${sql(name)}`
  })
  return withUrl({ ...cluster, database: name }, () =>
    administer(cluster, async (sql) => {
      await sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`
    }),
  )
}

function withUrl(address: DatabaseAddress, stop: () => Promise<void>): TestPostgres {
  const { user, password, host, port, database } = address
  return { ...address, url: `postgres://${user}:${password}@${host}:${String(port)}/${database}`, stop }
}
