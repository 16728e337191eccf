/**
 * Lets so many through at once, and as many wait as there is room for, in their order. What chips ask for together after
 * an outage is not to take the database from payments.
 */
export class Turnstile {
  readonly #atOnce: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  constructor(room: { readonly atOnce: number; readonly waitingMax: number }) {
    this.#atOnce = room.atOnce
    this.#waitingMax = room.waitingMax
  }

  /** Null, and nothing done, where there is no room to wait. */
  async through<Value>(work: () => Promise<Value>): Promise<{ readonly value: Value } | null> {
    if (this.#inside < this.#atOnce) this.#inside += 1
    else if (this.#waiting.length >= this.#waitingMax) return null
    else await new Promise<void>((enter) => this.#waiting.push(enter))
    try {
      return { value: await work() }
    } finally {
      // Whoever is next takes the place; it is given up only where nobody waits.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#inside -= 1
    }
  }
}
