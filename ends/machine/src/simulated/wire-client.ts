import { connect, type Socket } from 'node:net'
import { QUIET_LISTENER, type WireEnd, type WireListener } from './wire.ts'
import { readJsonLines } from './wire-server.ts'

/** Pauses between tries to reach the board: growing, bounded, never given up. */
const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 1_000

export interface WireClient extends WireEnd {
  close(): void
}

/** The driver's end of a wire as a TCP client: JSON lines, reconnects by itself. */
export function connectWire(address: { host: string; port: number }): WireClient {
  let listener: WireListener = QUIET_LISTENER
  let socket: Socket | undefined
  let connected = false
  let closed = false
  let retryMs = FIRST_RETRY_MS
  let retry: NodeJS.Timeout | undefined

  const lost = (): void => {
    socket = undefined
    const wasUp = connected
    connected = false
    if (closed) return
    retry = setTimeout(open, retryMs)
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    if (wasUp) listener.down()
  }
  const open = (): void => {
    const opening = connect(address)
    socket = opening
    readJsonLines(opening, (message) => listener.message(message))
    opening.on('error', () => opening.destroy())
    opening.on('close', lost)
    opening.on('connect', () => {
      connected = true
      retryMs = FIRST_RETRY_MS
      listener.up()
    })
  }
  open()
  return {
    isUp: () => connected,
    send: (message) => {
      if (connected) socket?.write(`${JSON.stringify(message)}\n`)
    },
    listen: (given) => {
      listener = given
    },
    close: () => {
      closed = true
      clearTimeout(retry)
      socket?.destroy()
    },
  }
}
