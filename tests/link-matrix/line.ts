import net from 'node:net'
import tls from 'node:tls'
import { CONNACK, PINGRESP, type Packet, SUBACK, ping, split } from './packet.ts'

const LIMIT_MS = 10_000
/** MQTT 3.1.1 section 3.9.3. */
const SUBSCRIPTION_FAILED = 0x80

/** One connection to the broker, of somebody who sends whatever he likes and notes what comes back. */
export class Line {
  readonly packets: Packet[] = []
  /** What TLS said, if it did. */
  error: string | null = null
  closed = false
  /** The newest that TLS could resume. */
  session: Buffer | undefined
  private readonly socket: net.Socket
  private rest = Buffer.alloc(0)
  private changed: () => void = () => {}

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => {
      const { packets, rest } = split(Buffer.concat([this.rest, bytes]))
      this.rest = Buffer.from(rest)
      this.packets.push(...packets)
      this.changed()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error ??= error.code ?? error.message
    })
    socket.on('session', (session: Buffer) => {
      this.session = session
    })
    socket.once('end', () => this.end())
    socket.once('close', () => this.end())
  }

  send(bytes: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes)
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** What somebody who wanted in was told. Null: he is in. */
  async refusalAtConnect(): Promise<string | null> {
    await this.until(() => this.closed || this.first(CONNACK) !== undefined)
    const code = this.first(CONNACK)?.body[1]
    if (code === 0) return null
    await this.until(() => this.closed)
    return code === undefined ? this.ending() : `CONNACK ${String(code)}`
  }

  /** What was said to what he sent last. Null: nothing at all, and the connection goes on. */
  async refusalOnLine(): Promise<string | null> {
    const before = this.count(PINGRESP)
    // Twice, since the answer to the first may overtake a refusal.
    for (const round of [1, 2]) {
      this.send(ping())
      await this.until(() => this.closed || this.count(PINGRESP) >= before + round)
    }
    const failed = this.packets.some(({ type, body }) => type === SUBACK && body[2] === SUBSCRIPTION_FAILED)
    if (failed) return 'SUBACK 0x80'
    return this.closed ? this.ending() : null
  }

  count(type: number): number {
    return this.packets.filter((packet) => packet.type === type).length
  }

  async until(isSo: () => boolean): Promise<void> {
    const deadline = Date.now() + LIMIT_MS
    while (!isSo()) {
      const leftMs = deadline - Date.now()
      if (leftMs <= 0) throw new Error(`nothing happened on the line within ${String(LIMIT_MS)} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        this.changed = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  private first(type: number): Packet | undefined {
    return this.packets.find((packet) => packet.type === type)
  }

  private ending(): string {
    return this.error === null ? 'closed' : `closed, ${this.error}`
  }

  private end(): void {
    this.closed = true
    this.changed()
  }
}

export function dialTls(options: tls.ConnectionOptions): Line {
  return new Line(tls.connect({ host: 'localhost', ...options }))
}

export function dialPlain(port: number): Line {
  return new Line(net.connect({ host: 'localhost', port }))
}
