/** One thing looked at, and what was found, in plain words. */
export interface Finding {
  readonly about: string
  /** `unchecked`: could not be looked at from this file alone; the words say why. */
  readonly verdict: 'holds' | 'broken' | 'unchecked'
  readonly words: string
}

export interface Report {
  readonly paymentId: string
  /** Nothing that could be looked at is broken. */
  readonly holds: boolean
  readonly findings: readonly Finding[]
}

export function holds(about: string, words: string): Finding {
  return { about, verdict: 'holds', words }
}

export function broken(about: string, words: string): Finding {
  return { about, verdict: 'broken', words }
}

export function unchecked(about: string, words: string): Finding {
  return { about, verdict: 'unchecked', words }
}

/** `holds` with these words when nothing is wrong; else what is. */
export function finding(about: string, wrong: readonly string[], words: string): Finding {
  return wrong.length === 0 ? holds(about, words) : broken(about, wrong.join('; '))
}

/** The names of those comparisons that are not equal, as what is wrong. */
export function differing(
  what: string,
  pairs: Readonly<Record<string, readonly [unknown, unknown]>>,
): readonly string[] {
  return Object.entries(pairs)
    .filter(([, [left, right]]) => left !== right)
    .map(([name, [left, right]]) => `${what}: ${name} is ${String(left)}, not ${String(right)}`)
}
