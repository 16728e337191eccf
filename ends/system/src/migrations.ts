import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Sql } from './database.ts'

/** Any constant will do, as long as no other program on this database takes the same. */
const MIGRATION_LOCK = 7_214_005
const FOLDER = path.join(import.meta.dirname, '..', 'migrations')
const FILE_NAME = /^(\d{6})_[a-z0-9_]+\.sql$/

interface Migration {
  readonly number: number
  readonly file: string
  readonly text: string
  readonly checksum: string
}

/**
 * Brings the database to the newest version: every numbered file once, in order, each in its own transaction, one node
 * at a time. Throws where a file that was already applied has changed, or the database is newer than this program.
 *
 * Returns the files that were applied now.
 */
export async function migrate(sql: Sql, folder = FOLDER): Promise<readonly string[]> {
  const migrations = await readMigrations(folder)
  const connection = await sql.reserve()
  try {
    await connection`SELECT pg_advisory_lock(${MIGRATION_LOCK})`
    try {
      return await applyMissing(connection, migrations)
    } finally {
      await connection`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`
    }
  } finally {
    connection.release()
  }
}

async function applyMissing(
  connection: Awaited<ReturnType<Sql['reserve']>>,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  await connection`
    CREATE TABLE IF NOT EXISTS migration (
      number integer PRIMARY KEY, file text NOT NULL, checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`
  const applied = await connection<
    { number: number; checksum: string }[]
  >`SELECT number, checksum FROM migration`
  const checksums = new Map(applied.map(({ number, checksum }) => [number, checksum]))
  for (const number of checksums.keys()) {
    if (migrations.some((migration) => migration.number === number)) continue
    throw new Error(`The database has migration ${String(number)}, which this version does not know.`)
  }
  const done: string[] = []
  for (const { number, file, text, checksum } of migrations) {
    const before = checksums.get(number)
    if (before === checksum) continue
    if (before !== undefined) throw new Error(`The migration ${file} was changed after it had been applied.`)
    await connection.unsafe(`BEGIN; ${text}`)
    await connection`INSERT INTO migration (number, file, checksum) VALUES (${number}, ${file}, ${checksum})`
    await connection`COMMIT`
    done.push(file)
  }
  return done
}

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const migrations: Migration[] = []
  for (const file of (await readdir(folder)).toSorted()) {
    const number = FILE_NAME.exec(file)?.[1]
    if (number === undefined) throw new Error(`${file} in ${folder} is not named like 000001_noun.sql.`)
    const text = await readFile(path.join(folder, file), 'utf8')
    const checksum = createHash('sha256').update(text).digest('hex')
    if (migrations.some((migration) => migration.number === Number(number))) {
      throw new Error(`Two migrations in ${folder} have the number ${number}.`)
    }
    migrations.push({ number: Number(number), file, text, checksum })
  }
  if (migrations.length === 0) throw new Error(`There are no migrations in ${folder}.`)
  return migrations
}
