const WINDOW_MS = 60 * 60 * 1000
const TRIES_PER_CHIP = 10
/** A workshop behind one address sets up many chips. */
const TRIES_PER_NETWORK = 40
const KEPT_MAX = 20_000

/** Counts wrong claim codes per network and chip, per node and in memory: 50 bits do not fall to so many tries. */
export class WrongTries {
  readonly #counts = new Map<string, { readonly openedAtMs: number; count: number }>()

  /** Epoch milliseconds from which it may be tried again; null when it may now. */
  refusedUntilMs(who: { readonly network: string; readonly chipId: string }, nowMs: number): number | null {
    const chip = this.#left(`chip ${who.chipId}`, TRIES_PER_CHIP, nowMs)
    const network = this.#left(`network ${who.network}`, TRIES_PER_NETWORK, nowMs)
    return chip === null || network === null ? (chip ?? network) : Math.max(chip, network)
  }

  count(who: { readonly network: string; readonly chipId: string }, nowMs: number): void {
    for (const key of [`chip ${who.chipId}`, `network ${who.network}`]) {
      const open = this.#counts.get(key)
      if (open !== undefined && nowMs < open.openedAtMs + WINDOW_MS) open.count += 1
      else {
        this.#counts.delete(key)
        this.#counts.set(key, { openedAtMs: nowMs, count: 1 })
      }
    }
    while (this.#counts.size > KEPT_MAX) {
      const [oldest] = this.#counts.keys()
      if (oldest !== undefined) this.#counts.delete(oldest)
    }
  }

  #left(key: string, max: number, nowMs: number): number | null {
    const open = this.#counts.get(key)
    if (open === undefined || nowMs >= open.openedAtMs + WINDOW_MS || open.count < max) return null
    return open.openedAtMs + WINDOW_MS
  }
}
