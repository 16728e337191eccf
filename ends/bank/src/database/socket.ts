import { Socket } from 'node:net'

/**
 * How long a closed connection is kept from the driver. A transaction whose connection broke is rolled back by the
 * driver within the same turn of the event loop; this is many turns.
 */
const CLOSE_DELAY_MS = 20

/**
 * A socket that tells of its end a moment later.
 *
 * `postgres` 3.4.9 forgets its socket when that closes, and then writes the ROLLBACK of the transaction that broke with
 * it: a TypeError in a callback of its own, which nobody can catch and which ends the process
 * (https://github.com/porsager/postgres/issues/1208). So the queries under way are rejected first, by an `error`, and
 * the end is told when the ROLLBACK has met the closed socket, which is harmless; `close` without error rejects that too.
 */
class LateClosingSocket extends Socket {
  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event !== 'close') return super.emit(event, ...values)
    if (this.listenerCount('error') > 0) {
      super.emit('error', Object.assign(new Error('the database has closed the connection'), ENDED))
    }
    setTimeout(() => super.emit('close', false), CLOSE_DELAY_MS)
    return true
  }
}
const ENDED = { code: 'CONNECTION_CLOSED' }

/** The driver's `socket` option: a socket on its way to the server; what is written meanwhile waits in it. */
export function openSocket(server: { host: string; port: number }): Socket {
  const socket = new LateClosingSocket()
  if (server.host.startsWith('/')) return socket.connect(`${server.host}/.s.PGSQL.${server.port}`)
  return socket.connect(server.port, server.host)
}
