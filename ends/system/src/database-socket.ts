import { Socket } from 'node:net'

/** Many turns of the event loop: by then the driver has rolled back what broke with the connection. */
const CLOSE_DELAY_MS = 20
const LOST = { code: 'CONNECTION_CLOSED' }

/**
 * A socket that fails first and closes a moment later.
 *
 * When a connection closes in the middle of a transaction, `postgres` 3.4.9 drops its socket and then writes ROLLBACK
 * to nothing: a TypeError that nobody can catch (https://github.com/porsager/postgres/issues/1208). So queries under way are
 * rejected by an `error`, ROLLBACK meets a socket that is closed and still there, and only then `close` is told.
 */
class FailingFirstSocket extends Socket {
  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event !== 'close') return super.emit(event, ...values)
    if (this.listenerCount('error') > 0) {
      super.emit('error', Object.assign(new Error('the database closed the connection'), LOST))
    }
    setTimeout(() => super.emit('close', false), CLOSE_DELAY_MS)
    return true
  }
}

/** For the driver's `socket` option. What is written before it is connected waits in it. */
export function openDatabaseSocket(server: { readonly host: string; readonly port: number }): Socket {
  return new FailingFirstSocket().connect(server.port, server.host)
}
