import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { readJson, securityHeaders, sendError, sendFile } from './answer.ts'
import { isProbe } from './captive.ts'
import { type Guard, guardOf } from './guard.ts'
import type { Joining } from './joining.ts'
import type { SetUpMode } from './mode.ts'
import type { PageFiles } from './page-files.ts'
import { cookieOf, ROUTES } from './routes.ts'
import type { MachineDrivers, SetUpListen } from './set-up-parts.ts'

export interface SetUpServer {
  readonly port: number
  /** Cuts what did not come from this very host. */
  cutPhones(): void
  close(): Promise<void>
}

export interface ServerParts {
  readonly listen: SetUpListen
  readonly page: PageFiles
  readonly mode: SetUpMode
  readonly drivers: MachineDrivers
  readonly joining: Joining
}

const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
const TIMEOUT_LOOK_MS = 1_000
const MAX_HEADER_BYTES = 8_192
const MAX_CONNECTIONS = 64

/**
 * The set-up page's server: on the hotspot and on this very host alone, under one address. Whatever does not come from
 * the page itself is refused before it is read.
 */
export async function startSetUpServer(parts: ServerParts): Promise<SetUpServer> {
  const guard = guardOf(parts.listen)
  const headers = securityHeaders(parts.listen.frameOrigins ?? [])
  const sockets = new Set<Socket>()
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_LOOK_MS,
    },
    (request, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value ?? '')
      void receive({ parts, guard }, request, response)
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  server.on('connection', (socket) => {
    if (!guard.mayConnect(socket.localAddress)) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  server.listen(parts.listen.port, parts.listen.host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a TCP address')
  return {
    port: address.port,
    cutPhones: () => {
      for (const socket of sockets) if (!isThisHost(socket)) socket.destroy()
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Who may not be here goes first, then what is not here; a body is read only for whoever may send one. */
async function receive(
  { parts, guard }: { readonly parts: ServerParts; readonly guard: Guard },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (reads && isProbe(path)) {
    response.writeHead(302, { location: new URL('/', parts.listen.publicUrl).href }).end()
    return
  }
  const origin = guard.origin(request)
  if (origin === undefined) return sendError(response, 'wrong-host')
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
  if (route === undefined) {
    const file = parts.page.get(path)
    if (file === undefined) return sendError(response, 'not-found')
    return reads ? sendFile(request, response, file) : sendError(response, 'method')
  }
  if (request.method !== route.method) return sendError(response, 'method')
  let body: unknown
  if (route.method === 'POST') {
    const objection = guard.objection(request, origin)
    if (objection !== undefined) return sendError(response, objection)
    const read = await readJson(request)
    if (!read.ok) {
      response.setHeader('connection', 'close')
      return sendError(response, read.error)
    }
    body = read.value
  }
  const { mode, drivers, joining } = parts
  const proven = mode.sessions.has(cookieOf(request))
  if (route.needsProof && !proven) return sendError(response, 'proof-needed')
  await route.go({ mode, drivers, joining, request, response, proven, body })
}

function isThisHost(socket: Socket): boolean {
  return socket.remoteAddress === socket.localAddress || /^(::ffff:)?127\./.test(socket.remoteAddress ?? '')
}
