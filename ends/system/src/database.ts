import postgres from 'postgres'
import { openDatabaseSocket } from './database-socket.ts'
import { type DatabaseSettings, readSecret } from './settings.ts'

export type Sql = postgres.Sql
/** A connection inside a transaction, or the pool itself. */
export type AnySql = postgres.ISql

const CONNECT_TIMEOUT_S = 10
const IDLE_TIMEOUT_S = 60
/** After the database was away it is tried again soon, and never after a longer pause than this. */
const RECONNECT_FIRST_S = 0.05
const RECONNECT_MAX_S = 1
/** A statement that takes longer than that is a fault, not a wait. */
const STATEMENT_TIMEOUT_MS = 15_000

/**
 * A pool. Small numbers come as numbers, int8 as text (as `postgres` does), timestamps as Date. Connecting is tried
 * again by the library for each query, so a restarted PostgreSQL is found again.
 */
export function connectDatabase(settings: DatabaseSettings): Sql {
  const { host, port, user, database, connectionsMax } = settings
  const options = {
    host,
    port,
    user,
    database,
    password: readSecret('database.passwordFile', settings.passwordFile),
    max: connectionsMax,
    connect_timeout: CONNECT_TIMEOUT_S,
    idle_timeout: IDLE_TIMEOUT_S,
    onnotice: () => undefined,
    backoff: (tries: number) => Math.min(RECONNECT_FIRST_S * 2 ** tries, RECONNECT_MAX_S),
    // Not among the driver's types, though its readme has it.
    socket: () => openDatabaseSocket({ host, port }),
    connection: {
      application_name: 'farthing-system',
      statement_timeout: STATEMENT_TIMEOUT_MS,
      synchronous_commit: 'on',
    },
  }
  return postgres(options)
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
