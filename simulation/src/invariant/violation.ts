import type { Observed } from '../observed.ts'

export interface Violation {
  readonly invariant: string
  readonly paymentId: string
  readonly words: string
}

/** Looks at a world from outside and says what does not hold in it. */
export type Invariant = (observed: Observed) => readonly Violation[]

/** Collects violations of one invariant. */
export class Findings {
  readonly found: Violation[] = []
  readonly #invariant: string

  constructor(invariant: string) {
    this.#invariant = invariant
  }

  expect(holds: boolean, paymentId: string, words: string): void {
    if (!holds) this.found.push({ invariant: this.#invariant, paymentId, words })
  }
}
