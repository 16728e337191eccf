import net from 'node:net'

/** What a link does with what passes through it. */
export type LinkCondition =
  /** Everything passes at once. */
  | { readonly kind: 'whole' }
  /** Connections are closed, and new ones as soon as they are made. */
  | { readonly kind: 'cut' }
  /** Every piece waits so long on its way, in both directions. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Connections stay open and are accepted, and nothing comes through until the link is whole again. */
  | { readonly kind: 'silent' }

export interface Proxy {
  readonly host: string
  readonly port: number
  condition(): LinkCondition
  cut(): void
  slow(delayMs: number): void
  silence(): void
  restore(): void
  stop(): Promise<void>
}

export interface ProxyOptions {
  readonly target: { readonly host: string; readonly port: number }
  /** A free one by default. */
  readonly port?: number
}

/** A cable between two processes on this machine, which can be cut, slowed and silenced from outside. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const lines = new Set<Line>()
  let condition: LinkCondition = { kind: 'whole' }
  const server = net.createServer({ allowHalfOpen: true }, (near) => {
    if (condition.kind === 'cut') {
      near.destroy()
      return
    }
    const line = new Line(near, net.connect({ ...options.target, allowHalfOpen: true }))
    lines.add(line)
    line.onGone = () => lines.delete(line)
    line.set(condition)
  })
  const change = (next: LinkCondition) => {
    condition = next
    for (const line of lines) line.set(next)
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    host: '127.0.0.1',
    port: address !== null && typeof address === 'object' ? address.port : 0,
    condition: () => condition,
    cut: () => {
      change({ kind: 'cut' })
    },
    slow: (delayMs) => {
      change({ kind: 'slow', delayMs })
    },
    silence: () => {
      change({ kind: 'silent' })
    },
    restore: () => {
      change({ kind: 'whole' })
    },
    stop: () =>
      new Promise((resolve) => {
        change({ kind: 'cut' })
        server.close(() => {
          resolve()
        })
      }),
  }
}

/** One connection through the proxy. Nothing is read that is not passed on, so a silent line loses nothing. */
class Line {
  onGone: () => void = () => {}
  private readonly near: net.Socket
  private readonly far: net.Socket
  private condition: LinkCondition = { kind: 'whole' }
  private readonly delayed = new Set<net.Socket>()

  constructor(near: net.Socket, far: net.Socket) {
    this.near = near
    this.far = far
    near.setNoDelay(true)
    far.setNoDelay(true)
    this.carry(near, far)
    this.carry(far, near)
  }

  set(condition: LinkCondition): void {
    this.condition = condition
    if (condition.kind === 'cut') {
      this.near.destroy()
      this.far.destroy()
      return
    }
    for (const socket of [this.near, this.far]) {
      if (condition.kind === 'silent') socket.pause()
      else if (!this.delayed.has(socket)) socket.resume()
    }
  }

  private carry(from: net.Socket, to: net.Socket): void {
    from.on('data', (bytes: Buffer) => {
      this.delayed.add(from)
      from.pause()
      const passOn = () => {
        to.write(bytes, () => {
          this.delayed.delete(from)
          if (this.condition.kind !== 'silent') from.resume()
        })
      }
      if (this.condition.kind === 'slow') setTimeout(passOn, this.condition.delayMs).unref()
      else passOn()
    })
    from.on('end', () => to.end())
    from.on('error', () => {})
    from.on('close', () => {
      if (this.condition.kind === 'cut' || from.errored) to.destroy()
      else to.end()
      if (this.near.destroyed && this.far.destroyed) this.onGone()
    })
  }
}
