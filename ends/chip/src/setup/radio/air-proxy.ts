import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What a network lets through. Undefined: there is no network. */
export type Passage = 'internet' | 'portal' | 'no-route' | undefined

export interface AirProxy {
  readonly port: number
  /** Cuts everything that goes through it now. */
  cut(): void
  close(): Promise<void>
}

const SIGN_IN = 'http://sign-in.example/'

/**
 * A radio's only way out: a CONNECT proxy that does what the joined network would do. Behind a portal, connections are
 * accepted and then broken, as a portal does to TLS, and plain requests are sent to the sign-in page.
 */
export async function startAirProxy(host: string, passage: () => Passage): Promise<AirProxy> {
  const open = new Set<Duplex>()
  const hold = (socket: Duplex): void => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
  }
  const server = createServer((request, response) => answerPlain(passage(), request, response))
  server.on('connection', hold)
  server.on('connect', (request, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const kind = passage()
    if (kind === 'internet') {
      const out = passOn(request, socket, head)
      if (out !== undefined) hold(out)
    } else if (kind === 'portal') {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      socket.once('data', () => socket.destroy())
    } else {
      socket.destroy()
    }
  })
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a TCP address')
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: address.port,
    cut,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}

function answerPlain(kind: Passage, request: IncomingMessage, response: ServerResponse): void {
  if (kind === 'portal') response.writeHead(302, { location: SIGN_IN }).end()
  else if (kind === 'internet') response.writeHead(405).end()
  else request.destroy()
}

function passOn(request: IncomingMessage, socket: Duplex, head: Buffer): Socket | undefined {
  const place = URL.parse(`tcp://${request.url ?? ''}`)
  if (place === null || place.port === '') {
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    return undefined
  }
  const out = connect({ host: place.hostname.replace(/^\[|\]$/g, ''), port: Number(place.port) })
  out.setNoDelay(true)
  out.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    if (head.length > 0) out.write(head)
    out.pipe(socket)
    socket.pipe(out)
  })
  out.on('close', () => socket.destroy())
  out.on('error', () => socket.destroy())
  socket.on('close', () => out.destroy())
  return out
}
