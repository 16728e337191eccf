import type { ClaimLimits } from './claim.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** More names than that, and the oldest are forgotten: the memory of an attack must not be one. */
const NAMES_MAX = 50_000

/** Counts in windows: how often a name came up since its window opened. */
class Window {
  readonly #counts = new Map<string, { openedAtMs: number; count: number }>()
  readonly #lengthMs: number
  readonly #max: number

  constructor(lengthMs: number, max: number) {
    this.#lengthMs = lengthMs
    this.#max = max
  }

  /** When it may be tried again; undefined when it may now, and then it counts. */
  take(name: string, nowMs: number): number | undefined {
    const open = this.#counts.get(name)
    if (!open || nowMs >= open.openedAtMs + this.#lengthMs) {
      this.#counts.delete(name)
      this.#counts.set(name, { openedAtMs: nowMs, count: 1 })
      const [oldest] = this.#counts.keys()
      if (this.#counts.size > NAMES_MAX && oldest !== undefined) this.#counts.delete(oldest)
      return undefined
    }
    if (open.count >= this.#max) return open.openedAtMs + this.#lengthMs
    open.count += 1
    return undefined
  }
}

/**
 * Claims are limited per network, payer and chip, so that a photograph of a printed code cannot keep machines
 * busy. Counted per node and in memory: a limit against nuisance, not a promise of the method.
 */
export class ClaimLimit {
  readonly #networks: Window
  readonly #payers: Window
  readonly #chips: Window

  constructor(limits: ClaimLimits) {
    this.#networks = new Window(MINUTE_MS, limits.claimsPerMinutePerNetwork)
    this.#payers = new Window(HOUR_MS, limits.claimsPerHourPerPayer)
    this.#chips = new Window(MINUTE_MS, limits.claimsPerMinutePerChip)
  }

  /** When to try again; undefined when the claim may go on. */
  take(claim: { network: string; deviceId: string; chipId: string }, nowMs: number): number | undefined {
    return (
      this.#networks.take(claim.network, nowMs) ??
      this.#payers.take(claim.deviceId, nowMs) ??
      this.#chips.take(claim.chipId, nowMs)
    )
  }
}
