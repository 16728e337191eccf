import type { Sql } from '../database.ts'
import type { MachineRegistry } from '../machine/registry.ts'
import type { Authority } from './authority.ts'
import { currentList } from './revocation-list.ts'

/** One round serves all rows of one change. */
const GATHER_MS = 20
/** Lists that grow old. */
const AGAIN_MS = 60_000
/** After a round that failed, for want of the link or the database. */
const RETRY_MS = 2000

export interface RevocationPorts {
  readonly sql: Sql
  readonly authority: Pick<Authority, 'issuers'>
  readonly machines: Pick<MachineRegistry, 'onChange'>
  readonly link: {
    publishRevocations(list: Uint8Array): Promise<void>
    onConnected(listener: () => void): void
  }
  readonly nowMs: () => number
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/**
 * Tells the broker whom to refuse: at each connection, at each change in the registry, and now and then. The broker
 * keeps the highest number, so that it may hear the same list many times. Returns the way to stop.
 */
export function publishRevocations(ports: RevocationPorts): () => void {
  const { sql, authority, link, nowMs, warn } = ports
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueAtMs = Infinity
  let running = false
  let again = false
  let stopped = false

  const round = async () => {
    for (const issuer of authority.issuers) {
      const list = await currentList(sql, issuer, nowMs())
      if (list) await link.publishRevocations(list)
      else warn('an issuer has neither a key nor a revocation list', { issuer: issuer.serial })
    }
  }
  const schedule = (delayMs: number) => {
    const atMs = performance.now() + delayMs
    // The earlier of two wins: what just changed does not wait for the next round of old.
    if (stopped || atMs >= dueAtMs) return
    dueAtMs = atMs
    clearTimeout(timer)
    timer = setTimeout(run, delayMs)
  }
  const run = () => {
    dueAtMs = Infinity
    if (running) {
      again = true
      return
    }
    running = true
    again = false
    round()
      .then(
        () => AGAIN_MS,
        (error: unknown) => {
          warn('revocations were not told', { why: error instanceof Error ? error.message : 'error' })
          return RETRY_MS
        },
      )
      .then((pauseMs) => {
        running = false
        return schedule(again ? GATHER_MS : pauseMs)
      })
      .catch(() => undefined)
  }
  link.onConnected(() => schedule(0))
  const unsubscribe = ports.machines.onChange(() => schedule(GATHER_MS))
  schedule(0)
  return () => {
    stopped = true
    clearTimeout(timer)
    unsubscribe()
  }
}
