import type { CancelTimer, Clock } from '#machine/machine.ts'
import { pauseAfter } from './pause.ts'

const PAUSES = Object.freeze({ firstMs: 1_000, longestMs: 600_000 })
/** So often without any reason: a key that was withdrawn goes within this time. */
const REFRESH_MS = 6 * 3_600_000

export interface ConnectionKeeperParts {
  readonly clock: Clock
  /** Asks the system and keeps what it says. */
  readonly fetch: () => Promise<'changed' | 'same' | 'failed'>
  /** 0 to 1. */
  readonly random: () => number
}

/**
 * Asks the system where to connect and who may command: at the start, from time to time, and when a message names a
 * key that the chip does not know. Whatever the reason, pauses grow while nothing new comes of it, so that nobody can
 * have a chip ask without end.
 */
export class ConnectionKeeper {
  private readonly parts: ConnectionKeeperParts
  private inVain = 0
  private nextAtMs = 0
  private underWay = false
  private stopped = false
  private cancel: CancelTimer = () => {}

  constructor(parts: ConnectionKeeperParts) {
    this.parts = parts
  }

  start(): void {
    void this.fetch()
  }

  /** A message was signed by a key that is not known here. */
  unknownKey(): void {
    if (this.underWay || this.stopped) return
    const waitMs = this.nextAtMs - this.parts.clock.monotonicMs()
    if (waitMs <= 0) void this.fetch()
    else this.fetchIn(waitMs)
  }

  stop(): void {
    this.stopped = true
    this.cancel()
  }

  private async fetch(): Promise<void> {
    const { clock, random } = this.parts
    this.cancel()
    this.underWay = true
    const fetched = await this.parts.fetch()
    this.underWay = false
    this.inVain = fetched === 'changed' ? 0 : this.inVain + 1
    const pauseMs = pauseAfter(this.inVain, PAUSES, random())
    this.nextAtMs = clock.monotonicMs() + pauseMs
    this.fetchIn(fetched === 'failed' ? pauseMs : REFRESH_MS)
  }

  private fetchIn(waitMs: number): void {
    this.cancel()
    if (!this.stopped) this.cancel = this.parts.clock.setTimer(waitMs, () => void this.fetch())
  }
}
