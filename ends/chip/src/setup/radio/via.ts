import { connect, type Socket } from 'node:net'
import { fail, ok, type Result } from '#protocol/result.ts'

/** An HTTP proxy that takes CONNECT (RFC 9110 section 9.3.6). */
export interface Via {
  readonly host: string
  readonly port: number
}

export interface Place {
  readonly host: string
  readonly port: number
}

/** An answer to CONNECT is a status line and a few fields. */
const MAX_ANSWER_BYTES = 4_096
const END_OF_HEAD = '\r\n\r\n'

/**
 * Opens a TCP connection to a place: directly, or through `via`. What is connected may still be cut at once, as any
 * connection may.
 *
 * Example: `const opened = await openThrough(radio.via, { host: 'est.example.org', port: 443 }, 10_000)`
 */
export function openThrough(
  via: Via | undefined,
  place: Place,
  timeoutMs: number,
): Promise<Result<Socket, 'unreachable'>> {
  return new Promise((resolve) => {
    const socket = connect(via ?? place)
    const give = (result: Result<Socket, 'unreachable'>): void => {
      clearTimeout(limit)
      socket.removeAllListeners()
      // A socket without a listener would turn a broken connection into a crash.
      socket.on('error', () => {})
      if (!result.ok) socket.destroy()
      resolve(result)
    }
    const limit = setTimeout(() => give(fail('unreachable')), timeoutMs)
    socket.once('error', () => give(fail('unreachable')))
    socket.once('close', () => give(fail('unreachable')))
    socket.once('connect', () => {
      socket.setNoDelay(true)
      if (via === undefined) give(ok(socket))
      else askProxy(socket, place, (through) => give(through ? ok(socket) : fail('unreachable')))
    })
  })
}

function askProxy(socket: Socket, place: Place, answered: (through: boolean) => void): void {
  const authority = `${place.host.includes(':') ? `[${place.host}]` : place.host}:${String(place.port)}`
  let head = Buffer.alloc(0)
  const hear = (bytes: Buffer): void => {
    head = Buffer.concat([head, bytes])
    const end = head.indexOf(END_OF_HEAD)
    if (end === -1 && head.length <= MAX_ANSWER_BYTES) return
    socket.off('data', hear)
    socket.pause()
    if (end === -1) return answered(false)
    const rest = head.subarray(end + END_OF_HEAD.length)
    if (rest.length > 0) socket.unshift(rest)
    answered(/^HTTP\/1\.[01] 200[ \r]/.test(head.toString('latin1')))
  }
  socket.on('data', hear)
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
}
