const MINUTE_MS = 60_000
/** More networks than that within a minute: the oldest are forgotten, so that an attack does not fill the memory. */
const NETWORKS_MAX = 50_000

/** Counts requests per network and minute; in memory and per node, a limit against nuisance. */
export class RequestLimit {
  readonly #counts = new Map<string, { openedAtMs: number; count: number }>()
  readonly #perMinute: number

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  /** Epoch milliseconds from which it may be tried again; null when it may now, and then it counts. */
  take(network: string, nowMs: number): number | null {
    const { left, resetAtMs } = this.spend(network, nowMs)
    return left < 0 ? resetAtMs : null
  }

  /** Counts one. `left` is below zero for what is too much; `resetAtMs` is when counting begins anew. */
  spend(network: string, nowMs: number): { readonly left: number; readonly resetAtMs: number } {
    const open = this.#counts.get(network)
    if (open === undefined || nowMs >= open.openedAtMs + MINUTE_MS) {
      this.#counts.delete(network)
      this.#counts.set(network, { openedAtMs: nowMs, count: 1 })
      const [oldest] = this.#counts.keys()
      if (this.#counts.size > NETWORKS_MAX && oldest !== undefined) this.#counts.delete(oldest)
      return { left: this.#perMinute - 1, resetAtMs: nowMs + MINUTE_MS }
    }
    open.count += 1
    return { left: this.#perMinute - open.count, resetAtMs: open.openedAtMs + MINUTE_MS }
  }
}
