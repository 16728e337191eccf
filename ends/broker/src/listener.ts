import { constants } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import tls from 'node:tls'
import type { Logger } from 'pino'
import type { Issuer } from './issuer.ts'
import { peerOf, type Peer } from './peer.ts'
import type { BrokerSettings } from './settings.ts'

const HANDSHAKE_LIMIT_MS = 10_000
const CONNECTIONS_MAX = 20_000

export interface Listener {
  readonly port: number
  /** Takes no more connections; resolves once those that there are have ended. */
  close(): Promise<void>
  /** Ends all of them. */
  cut(): void
}

interface Door {
  readonly settings: BrokerSettings
  readonly issuers: readonly Issuer[]
  readonly log: Logger
  readonly onPeer: (socket: tls.TLSSocket, peer: Peer) => void
}

/**
 * Lets in those whose certificate leads to a root of ours by way of an issuing authority. Everybody else is told by the
 * end of the connection, and the log who it was. Sessions are not resumed: each connection shows its certificate anew.
 */
export async function listen({ settings, issuers, log, onPeer }: Door): Promise<Listener> {
  const sockets = new Set<tls.TLSSocket>()
  const server = tls.createServer(
    {
      cert: await readFile(settings.certificateFile),
      key: await readFile(settings.keyFile),
      ca: await readFile(settings.caFile),
      requestCert: true,
      // Judged in peerOf, so that the log can say who was refused, and why.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      secureOptions: constants.SSL_OP_NO_TICKET,
      handshakeTimeout: HANDSHAKE_LIMIT_MS,
    },
    (socket) => {
      const peer = peerOf(socket, issuers)
      if (!peer.ok) {
        log.warn(peer.error, 'refused')
        socket.on('error', () => {})
        socket.destroy()
        return
      }
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.setNoDelay(true)
      onPeer(socket, peer.value)
    },
  )
  server.maxConnections = CONNECTIONS_MAX
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    log.warn(
      {
        address: socket.remoteAddress ?? '',
        what: `a handshake that failed: ${error.code ?? error.message}`,
      },
      'refused',
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.listen.port, settings.listen.host, resolve)
  })
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : settings.listen.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
      }),
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}
