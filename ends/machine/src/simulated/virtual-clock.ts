import type { CancelTimer, Clock } from '../machine.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly fire: () => void
}

/** More timers than this in one `advance` is a loop, not a simulation. */
const MAX_TIMERS_PER_ADVANCE = 1_000_000

/** Time that passes only when told to: timers fire in the order of their times, then of their making. */
export class VirtualClock implements Clock {
  private nowMs: number
  private made = 0
  private readonly timers = new Set<Timer>()

  constructor(startMs = 0) {
    this.nowMs = startMs
  }

  monotonicMs(): number {
    return this.nowMs
  }

  setTimer(delayMs: number, fire: () => void): CancelTimer {
    this.made += 1
    const timer: Timer = { atMs: this.nowMs + Math.max(0, delayMs), order: this.made, fire }
    this.timers.add(timer)
    return () => this.timers.delete(timer)
  }

  /** Lets time pass; a timer that throws leaves the clock at its time, with the others still to come. */
  advance(forMs: number): void {
    const endMs = this.nowMs + forMs
    for (let fired = 0; ; fired += 1) {
      if (fired > MAX_TIMERS_PER_ADVANCE) throw new Error('timers without end')
      const next = this.next()
      if (next === undefined || next.atMs > endMs) break
      this.timers.delete(next)
      this.nowMs = next.atMs
      next.fire()
    }
    this.nowMs = endMs
  }

  private next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.timers) {
      const earlier =
        first === undefined ||
        timer.atMs < first.atMs ||
        (timer.atMs === first.atMs && timer.order < first.order)
      if (earlier) first = timer
    }
    return first
  }
}
