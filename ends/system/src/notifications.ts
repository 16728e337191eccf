import { randomBytes } from 'node:crypto'
import type { Sql } from './database.ts'

/** How often the listening connection has to hear itself, and after how long a silence it is made anew. */
const PULSE_MS = 2000
const SILENCE_MS = 7000

export interface Notifications {
  /**
   * `onNotice` gets the payload of everything told on the channel; `onConnected` is called now and at each connection
   * after the first, since what was told meanwhile is lost. Resolves once it listens.
   */
  subscribe(channel: string, subscriber: Subscriber): Promise<void>
  close(): Promise<void>
}

export interface Subscriber {
  readonly onNotice: (payload: string) => void
  readonly onConnected: () => void
}

/**
 * Listens on PostgreSQL's channels, and makes sure of it: the driver listens again when its connection closes, but not
 * after every way in which that can go wrong, and a connection that is half open tells nobody. So a pulse goes round
 * through the database, and when it is not heard, the connection is made anew.
 */
export async function openNotifications(connectDatabase: () => Sql): Promise<Notifications> {
  const connect = () => withoutArrays(connectDatabase())
  const pulse = `farthing_pulse_${randomBytes(8).toString('hex')}`
  const subscribers = new Map<string, Subscriber>()
  let client = connect()
  let heardAtMs = performance.now()
  let closed = false

  const listen = async (on: Sql, channel: string, { onNotice, onConnected }: Subscriber) => {
    const current = () => !closed && on === client
    await on.listen(
      channel,
      (payload) => current() && onNotice(payload),
      () => current() && onConnected(),
    )
  }
  const listenToPulse = (on: Sql) =>
    listen(on, pulse, {
      onNotice: () => {
        heardAtMs = performance.now()
      },
      onConnected: () => undefined,
    })

  const renew = () => {
    client.end({ timeout: 0 }).catch(() => undefined)
    client = connect()
    heardAtMs = performance.now()
    const all = [listenToPulse(client), ...[...subscribers].map((entry) => listen(client, ...entry))]
    // What fails here is not heard either: the next silence tries again.
    for (const one of all) one.catch(() => undefined)
  }
  const beat = () => {
    if (performance.now() - heardAtMs > SILENCE_MS) renew()
    else client.notify(pulse, '').catch(() => undefined)
  }

  await listenToPulse(client)
  const timer = setInterval(beat, PULSE_MS)
  return {
    subscribe: async (channel, subscriber) => {
      subscribers.set(channel, subscriber)
      await listen(client, channel, subscriber)
    },
    close: async () => {
      closed = true
      clearInterval(timer)
      await client.end({ timeout: 1 })
    },
  }
}

/** Neither sends nor reads any, and so need not ask which there are (see `learnArrayTypes`). */
function withoutArrays(sql: Sql): Sql {
  Object.assign(sql.options, { fetch_types: false })
  return sql
}
