/** One broken invariant, with what it was seen on. */
export interface Violation {
  readonly invariant: string
  readonly about: string
  readonly what: string
}

/** Collects what is wrong under one number of the method. */
export class Findings {
  readonly found: Violation[] = []

  /** Notes the violation unless `holds`. */
  expect(holds: boolean, violation: Violation): void {
    if (!holds) this.found.push(violation)
  }
}
