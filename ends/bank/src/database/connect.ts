import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import type { DatabaseSettings } from '../settings.ts'
import { openSocket } from './socket.ts'

const CONNECT_TIMEOUT_S = 10
const IDLE_TIMEOUT_S = 60
/** After the database was away the bank tries again soon, and never waits longer than this. */
const RECONNECT_PAUSE_FIRST_S = 0.05
const RECONNECT_PAUSE_MAX_S = 1

/** What the bank acknowledges is on disk, however the server is set. */
const DURABLE = { synchronous_commit: 'on' }

export type Sql = postgres.Sql<{ bigint: bigint }>
export type Transaction = postgres.TransactionSql<{ bigint: bigint }>

/**
 * A pool of connections to the bank's database; int8 comes as bigint.
 *
 * `pinned` keeps batched joins over unnested rows on index lookups: on young tables the planner otherwise flips to
 * plans several times slower.
 */
export function connect(
  database: DatabaseSettings,
  use: { name: string; connectionsMax: number; pinned: boolean },
): Sql {
  const pins = use.pinned ? { enable_hashjoin: 'off', enable_mergejoin: 'off' } : {}
  const options = {
    max: use.connectionsMax,
    connect_timeout: CONNECT_TIMEOUT_S,
    idle_timeout: IDLE_TIMEOUT_S,
    backoff: (tries: number) => Math.min(RECONNECT_PAUSE_FIRST_S * 2 ** tries, RECONNECT_PAUSE_MAX_S),
    onnotice: () => {},
    types: { bigint: postgres.BigInt },
    socket: ({ host, port }: { host: string[]; port: number[] }) =>
      openSocket({ host: host[0] ?? 'localhost', port: port[0] ?? 5432 }),
    connection: { application_name: `farthing-bank-${use.name}`, ...pins, ...DURABLE },
  }
  if (database.kind === 'url') return postgres(readSecret(database.urlFile), options)
  return postgres({
    ...options,
    host: database.host,
    port: database.port,
    username: database.user,
    password: readSecret(database.passwordFile),
    database: database.database,
  })
}

/**
 * Lets the first connection learn the array types for all that come later.
 *
 * The driver (`postgres` 3.4.9) asks for them on every new connection, and nobody awaits that question: where PostgreSQL
 * goes away in the middle of it, its rejection is nobody's, and ends the process.
 */
export async function learnArrayTypes(sql: Sql): Promise<void> {
  await sql`SELECT 1`
  Object.assign(sql.options, { fetch_types: false })
}

/** A secret from its file, without the line end that editors add. */
export function readSecret(file: string): string {
  return readFileSync(file, 'utf8').trim()
}
