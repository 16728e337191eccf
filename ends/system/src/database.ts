import postgres from 'postgres'
import { type DatabaseSettings, readSecret } from './settings.ts'

export type Sql = postgres.Sql
/** A connection inside a transaction, or the pool itself. */
export type AnySql = postgres.ISql

const CONNECT_TIMEOUT_S = 10
const IDLE_TIMEOUT_S = 60
/** A statement that takes longer than that is a fault, not a wait. */
const STATEMENT_TIMEOUT_MS = 15_000

/**
 * A pool. Small numbers come as numbers, int8 as text (as `postgres` does), timestamps as Date. Connecting is tried
 * again by the library for each query, so a restarted PostgreSQL is found again.
 */
export function connectDatabase(settings: DatabaseSettings): Sql {
  const { host, port, user, database, connectionsMax } = settings
  return postgres({
    host,
    port,
    user,
    database,
    password: readSecret('database.passwordFile', settings.passwordFile),
    max: connectionsMax,
    connect_timeout: CONNECT_TIMEOUT_S,
    idle_timeout: IDLE_TIMEOUT_S,
    onnotice: () => undefined,
    connection: { application_name: 'farthing-system', statement_timeout: STATEMENT_TIMEOUT_MS },
  })
}
