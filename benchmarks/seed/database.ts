import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import postgres from 'postgres'
import { startPostgres } from '#hosting/postgres.ts'
import type { Sql } from '#system/database.ts'

const CONNECTIONS_MAX = 8
const DATABASE = 'farthing_system'

export interface OpenDatabase {
  readonly sql: Sql
  /** In words, and without its password. */
  readonly where: string
  readonly close: () => Promise<void>
}

/** A pool for loading and measuring: no limit on how long a statement may take. */
export function connect(url: string): Sql {
  return postgres(url, {
    max: CONNECTIONS_MAX,
    onnotice: () => undefined,
    // What is loaded again when the power fails need not wait for the disk.
    connection: { application_name: 'farthing-benchmark', synchronous_commit: 'off' },
  })
}

/** The database that a file names by its URL. */
export async function openNamed(file: string): Promise<OpenDatabase> {
  const url = (await readFile(file, 'utf8')).trim()
  const sql = connect(url)
  return { sql, where: `the database named in ${file}`, close: () => sql.end() }
}

/** A PostgreSQL of its own in this folder, which stays there when it is stopped. */
export async function openFolder(folder: string, durable: boolean): Promise<OpenDatabase> {
  const dataDir = path.resolve(folder)
  await mkdir(dataDir, { recursive: true, mode: 0o755 })
  const running = await startPostgres({ dataDir, durable })
  const { host, port, user, password, database } = await running.createDatabase(DATABASE)
  const sql = connect(`postgres://${user}:${password}@${host}:${String(port)}/${database}`)
  return {
    sql,
    where: running.folder,
    close: async () => {
      await sql.end()
      await running.stop()
    },
  }
}
