import { readFile } from 'node:fs/promises'
import tls from 'node:tls'
import { Aedes, type AedesPublishPacket, type Client } from 'aedes'
import type { Logger } from 'pino'
import { mayBeCalled, mayPublish, maySubscribe, partyOf, type Party } from './access.ts'
import type { BrokerSettings } from './settings.ts'

/** A message of the device link is at most this long (docs/reference: device protocol). */
const MESSAGE_MAX_BYTES = 2048
/** What may wait for a client that does not read; beyond it the connection is closed, and the client comes back. */
const UNREAD_MAX_BYTES = 256 * 1024
const DRAIN_LIMIT_MS = 5_000
const CONNECT_LIMIT_MS = 10_000
const HANDSHAKE_LIMIT_MS = 10_000
const PACKETS_BEFORE_CONNECT_MAX = 8
const CONNECTIONS_MAX = 20_000
const KEEPALIVE_MAX_S = 300
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
  const parties = new WeakMap<Client, Party>()
  const partyOfClient = (client: Client | null) => (client ? parties.get(client) : undefined)
  const refuse = (client: Client | null, what: string): Error => {
    log.warn({ client: client?.id ?? null, what }, 'refused')
    return new Error(what)
  }
  const aedes = await Aedes.createBroker({
    connectTimeout: CONNECT_LIMIT_MS,
    drainTimeout: DRAIN_LIMIT_MS,
    keepaliveLimit: KEEPALIVE_MAX_S,
    queueLimit: PACKETS_BEFORE_CONNECT_MAX,
    maxTopicLevels: 4,
    preConnect: (client, packet, done) => {
      const name = commonNameOf(client)
      const party = partyOf(name)
      if (!party || !mayBeCalled(party, packet.clientId)) {
        done(refuse(client, `certificate "${name}" may not be called "${packet.clientId}"`), false)
        return
      }
      if (packet.will) {
        done(refuse(client, `a will of "${packet.clientId}"`), false)
        return
      }
      // Nothing is kept for a client that is away.
      packet.clean = true
      parties.set(client, party)
      done(null, true)
    },
    authorizePublish: (client, packet, done) => {
      const party = partyOfClient(client)
      if (!party || !mayPublish(party, packet.topic)) done(refuse(client, `publish to ${packet.topic}`))
      else if (packet.retain) done(refuse(client, 'a retained message'))
      else if (packet.qos === 2) done(refuse(client, 'quality of service 2'))
      else if (packet.payload.length > MESSAGE_MAX_BYTES) done(refuse(client, 'a message too long'))
      else done(null)
    },
    authorizeSubscribe: (client, subscription, done) => {
      const party = partyOfClient(client)
      if (party && maySubscribe(party, subscription.topic)) done(null, subscription)
      else done(refuse(client, `subscription to ${subscription.topic}`))
    },
    authorizeForward: (client, packet) => forward(client, packet, log),
  })
  aedes.on('clientReady', (client) => {
    log.info({ client: client.id }, 'connected')
  })
  aedes.on('clientDisconnect', (client) => {
    log.info({ client: client.id }, 'disconnected')
  })
  aedes.on('clientError', (client, error) => {
    log.debug({ client: client.id, error: error.message }, 'client failed')
  })
  aedes.on('connectionError', (_client, error) => {
    log.debug({ error: error.message }, 'connection failed')
  })
  return listen(aedes, settings, log)
}

/** Null drops the message: its reader has stopped reading, and is cut off. */
function forward(client: Client, packet: AedesPublishPacket, log: Logger): AedesPublishPacket | null {
  const connection = client.conn
  if (connection.writableLength <= UNREAD_MAX_BYTES) return packet
  log.warn({ client: client.id }, 'cut off: does not read')
  connection.destroy()
  return null
}

function commonNameOf(client: Client): string {
  const socket = client.conn
  if (!(socket instanceof tls.TLSSocket) || !socket.authorized) return ''
  const name: unknown = socket.getPeerCertificate().subject?.CN
  return typeof name === 'string' ? name : ''
}

async function listen(aedes: Aedes, settings: BrokerSettings, log: Logger): Promise<RunningBroker> {
  const server = tls.createServer(
    {
      cert: await readFile(settings.certificateFile),
      key: await readFile(settings.keyFile),
      ca: await readFile(settings.caFile),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      handshakeTimeout: HANDSHAKE_LIMIT_MS,
    },
    (socket) => {
      socket.setNoDelay(true)
      aedes.handle(socket)
    },
  )
  server.maxConnections = CONNECTIONS_MAX
  const sockets = new Set<tls.TLSSocket>()
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', (error) => {
    log.warn({ what: 'a connection without a certificate of ours', error: error.message }, 'refused')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.listen.port, settings.listen.host, resolve)
  })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : settings.listen.port
  return { port, stop: () => stop(aedes, server, sockets) }
}

async function stop(aedes: Aedes, server: tls.Server, sockets: ReadonlySet<tls.TLSSocket>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve()
    })
  })
  const limit = setTimeout(() => {
    for (const socket of sockets) socket.destroy()
  }, STOP_LIMIT_MS)
  await new Promise<void>((resolve) => {
    aedes.close(() => {
      resolve()
    })
  })
  for (const socket of sockets) socket.destroy()
  await closed
  clearTimeout(limit)
}
