import { readdirSync, readFileSync } from 'node:fs'
import type { Sql } from './connect.ts'

const MIGRATIONS_URL = new URL('../../migrations/', import.meta.url)
const MIGRATION_LOCK = 4_117_001

/** Applies the numbered migrations that the database does not have yet, each once, also if two processes start. */
export async function migrate(sql: Sql): Promise<void> {
  const files = readdirSync(MIGRATIONS_URL)
    .filter((name) => /^\d{6}\.sql$/.test(name))
    .sort()
  await sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`
    await transaction`
      CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`
    const rows = await transaction<{ name: string }[]>`SELECT name FROM migration`
    const applied = new Set(rows.map((row) => row.name))
    for (const file of files) {
      if (applied.has(file)) continue
      await transaction.unsafe(readFileSync(new URL(file, MIGRATIONS_URL), 'utf8'))
      await transaction`INSERT INTO migration (name) VALUES (${file})`
    }
  })
}
