import { FAULT_PROFILES, type FaultLevel, type FaultProfile } from './faults.ts'
import type { Trace } from './trace.ts'

/** What goes wrong now: the chosen profile until `clear`, nothing from then on. Counts every fault that happened. */
export class Weather {
  #profile: FaultProfile
  #clearedAtMs: number | undefined
  readonly #counts = new Map<string, number>()
  readonly #trace: Trace

  constructor(level: FaultLevel, trace: Trace) {
    this.#profile = FAULT_PROFILES[level]
    this.#trace = trace
  }

  get profile(): FaultProfile {
    return this.#profile
  }

  get clearedAtMs(): number | undefined {
    return this.#clearedAtMs
  }

  isClear(): boolean {
    return this.#clearedAtMs !== undefined
  }

  clear(atMs: number): void {
    this.#profile = FAULT_PROFILES.none
    this.#clearedAtMs = atMs
  }

  /** A fault that really happened. */
  tell(kind: string, about = ''): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    this.#trace.add('fault', kind, about)
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([left], [right]) => (left < right ? -1 : 1)))
  }

  total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }
}
