import { readFile } from 'node:fs/promises'
import { Aedes, type AedesPublishPacket, type Client } from 'aedes'
import type { Logger } from 'pino'
import { REVOCATIONS, TAKEOVERS } from '#protocol/topic.ts'
import { Guests } from './guests.ts'
import { readIssuers } from './issuer.ts'
import { listen, type Listener } from './listener.ts'
import type { Refusal } from './refusal.ts'
import { Revocations } from './revocations.ts'
import type { BrokerSettings } from './settings.ts'

/** What may wait for a client that does not read; beyond it the connection is closed, and the client comes back. */
const UNREAD_MAX_BYTES = 256 * 1024
const DRAIN_LIMIT_MS = 5_000
const CONNECT_LIMIT_MS = 10_000
const PACKETS_BEFORE_CONNECT_MAX = 8
/** More than any topic of ours has, so that the log can name what was tried. */
const TOPIC_LEVELS_MAX = 32
const KEEPALIVE_MAX_S = 300
/** How late an expired certificate may be noticed on a connection that was opened before. */
const LOOK_AROUND_MS = 60_000
const STOP_LIMIT_MS = 3_000

export interface RunningBroker {
  readonly port: number
  stop(): Promise<void>
}

/**
 * Carries signed messages between chips and system, and keeps none of them: no retained messages, no sessions
 * that outlive a connection, no wills. What was not delivered is sent again by those who signed it.
 */
export async function startBroker(settings: BrokerSettings, log: Logger): Promise<RunningBroker> {
  const issuers = readIssuers(
    await readFile(settings.caFile, 'utf8'),
    await Promise.all(settings.issuerFiles.map((file) => readFile(file, 'utf8'))),
  )
  if (!issuers.ok) throw new Error(issuers.error)
  const guests: Guests = new Guests({
    revocations: new Revocations(issuers.value),
    log,
    tellTakeovers: (chipId, count) => {
      const payload = Buffer.from(JSON.stringify({ chipId, count }))
      aedes.publish(
        { cmd: 'publish', topic: TAKEOVERS, payload, qos: 1, dup: false, retain: false },
        () => {},
      )
    },
  })
  const aedes: Aedes = await Aedes.createBroker({
    connectTimeout: CONNECT_LIMIT_MS,
    drainTimeout: DRAIN_LIMIT_MS,
    keepaliveLimit: KEEPALIVE_MAX_S,
    queueLimit: PACKETS_BEFORE_CONNECT_MAX,
    maxTopicLevels: TOPIC_LEVELS_MAX,
    ...doors(guests),
    authorizeForward: (client, packet) => forward(client, packet, log),
  })
  watch(aedes, guests, log)
  const lookAround = setInterval(() => guests.closeUnwelcome(), LOOK_AROUND_MS)
  const listener = await listen({
    settings,
    issuers: issuers.value,
    log,
    onPeer: (socket, peer) => guests.arrive(aedes.handle(socket), peer),
  })
  return {
    port: listener.port,
    stop: () => {
      clearInterval(lookAround)
      return stop(aedes, listener)
    },
  }
}

/** Where aedes asks whether something may be. */
function doors(guests: Guests) {
  const verdicts = new WeakMap<Client, Refusal>()
  return {
    preConnect: (client, packet, answer) => {
      // Nothing is kept for a client that is away.
      packet.clean = true
      const judge = async () => {
        const refusal = await guests.admit(client, packet)
        // Said with CONNACK, and that comes with the next question.
        if (refusal) verdicts.set(client, refusal)
        answer(null, true)
      }
      judge().catch((error: unknown) => answer(asError(error), false))
    },
    authenticate: (client, ...[, , answer]) => {
      const refusal = verdicts.get(client)
      if (refusal) answer(refusal, false)
      else answer(null, true)
    },
    authorizePublish: (client, packet, answer) => {
      const refusal = guests.publishes(client, packet)
      if (refusal || packet.topic !== REVOCATIONS) {
        answer(refusal)
        return
      }
      const hear = async () => {
        await guests.hear(packet.payload)
        answer(null)
      }
      hear().catch((error: unknown) => answer(asError(error)))
    },
    authorizeSubscribe: (client, subscription, answer) => {
      const refusal = guests.subscribes(client, subscription)
      if (refusal) answer(refusal)
      else answer(null, subscription)
    },
  } satisfies Partial<ConstructorParameters<typeof Aedes>[0]>
}

function watch(aedes: Aedes, guests: Guests, log: Logger): void {
  aedes.on('clientReady', (client) => {
    log.info({ client: client.id }, 'connected')
  })
  aedes.on('clientDisconnect', (client) => {
    log.info({ client: client.id }, 'disconnected')
  })
  const silent = new WeakSet<Client>()
  aedes.on('keepaliveTimeout', (client) => {
    silent.add(client)
    log.info({ client: client.id }, 'silent for too long')
  })
  const failed = (client: Client, error: Error) => {
    // A code stands for a connection that broke, as connections do; everything else is what the client sent.
    if ('code' in error || silent.has(client))
      log.debug({ client: client.id, error: error.message }, 'connection failed')
    else guests.failed(client, error.message)
  }
  aedes.on('clientError', failed)
  aedes.on('connectionError', failed)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** Null drops the message: its reader has stopped reading, and is cut off. */
function forward(client: Client, packet: AedesPublishPacket, log: Logger): AedesPublishPacket | null {
  const connection = client.conn
  if (connection.writableLength <= UNREAD_MAX_BYTES) return packet
  log.warn({ client: client.id }, 'cut off: does not read')
  connection.destroy()
  return null
}

async function stop(aedes: Aedes, listener: Listener): Promise<void> {
  const closed = listener.close()
  const limit = setTimeout(() => listener.cut(), STOP_LIMIT_MS)
  await new Promise<void>((resolve) => {
    aedes.close(() => {
      resolve()
    })
  })
  listener.cut()
  await closed
  clearTimeout(limit)
}
