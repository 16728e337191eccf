import type { CertificateFiles } from '#hosting/certificate.ts'
import type { Line } from './line.ts'
import { type ConnectOptions, connect } from './packet.ts'
import { B, type World } from './world.ts'

/** What whoever tries it is told: `null` for nothing at all. `in` is what must never be. */
export type Answer = string | null | typeof LET_IN
export const LET_IN = Symbol('let in')

/** One way in which A may try to act as B, or as anybody else that it is not. */
export interface Attempt {
  readonly name: string
  /**
   * `link`: the broker refuses it, tells whoever tried, and logs it. `content`: the broker carries what it cannot read, and
   * the system refuses it and logs it; MQTT has no way to tell the sender.
   */
  readonly refusedBy: 'link' | 'content'
  attempt(world: World): Promise<Answer>
}

/** A, connected as itself, sends this. */
export function onLine(name: string, ...packets: readonly Buffer[]): Attempt {
  return {
    name,
    refusedBy: 'link',
    async attempt(world) {
      const line = await world.asA()
      for (const packet of packets) line.send(packet)
      return line.refusalOnLine()
    },
  }
}

/** With A's own certificate, but not as A. */
export function atConnect(name: string, options: ConnectOptions): Attempt {
  return {
    name,
    refusedBy: 'link',
    attempt: async (world) => knock(await world.dial(), options.clientId, options),
  }
}

/** As B, with a certificate that is not B's, or not good any more. */
export function withFiles(name: string, files: (world: World) => Promise<CertificateFiles>): Attempt {
  return { name, refusedBy: 'link', attempt: async (world) => knock(await world.dial(await files(world)), B) }
}

export async function knock(
  line: Line,
  clientId: string,
  options: Partial<ConnectOptions> = {},
): Promise<Answer> {
  line.send(connect({ clientId, ...options }))
  return (await line.refusalAtConnect()) ?? LET_IN
}
