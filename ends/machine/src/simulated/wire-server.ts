import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { type BoardEnd, QUIET_LISTENER, type WireListener } from './wire.ts'
import { MAX_LINE_CHARACTERS } from './wire-message.ts'

export interface WireServer {
  readonly end: BoardEnd
  readonly port: number
  close(): Promise<void>
}

/**
 * The board's end of a wire as a TCP port on the loopback (port 0: any free one): JSON lines, one chip at a time, the
 * newest wins. While the board has no power, connections are cut at once.
 */
export async function startWireServer(port: number, host = '127.0.0.1'): Promise<WireServer> {
  let listener: WireListener = QUIET_LISTENER
  let socket: Socket | undefined
  let powered = true

  const drop = (gone: Socket): void => {
    gone.destroy()
    if (socket !== gone) return
    socket = undefined
    listener.down()
  }
  const server = createServer((incoming) => {
    if (!powered) {
      incoming.destroy()
      return
    }
    if (socket !== undefined) drop(socket)
    socket = incoming
    readJsonLines(incoming, (message) => {
      if (socket === incoming) listener.message(message)
    })
    incoming.on('error', () => drop(incoming))
    incoming.on('close', () => drop(incoming))
    listener.up()
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a TCP address')
  return {
    port: address.port,
    end: {
      isUp: () => socket !== undefined,
      send: (message) => void socket?.write(`${JSON.stringify(message)}\n`),
      listen: (given) => {
        listener = given
      },
      setPowered: (on) => {
        powered = on
        if (!on && socket !== undefined) drop(socket)
      },
    },
    close: async () => {
      if (socket !== undefined) drop(socket)
      server.close()
      await once(server, 'close')
    },
  }
}

/** Calls back with each line's JSON; anything that is none ends the connection. */
export function readJsonLines(socket: Socket, receive: (message: unknown) => void): void {
  socket.setNoDelay(true)
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })
  lines.on('error', () => socket.destroy())
  lines.on('line', (line) => {
    const message = parseLine(line)
    if (message === undefined) socket.destroy()
    else receive(message)
  })
}

function parseLine(line: string): unknown {
  if (line.length > MAX_LINE_CHARACTERS) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
