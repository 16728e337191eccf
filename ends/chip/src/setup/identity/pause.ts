const SHARE_THAT_IS_RANDOM = 0.5

export interface Pauses {
  readonly firstMs: number
  readonly longestMs: number
}

/** Doubles with each failure up to the longest, less a random part, so that many chips do not come back at once. */
export function pauseAfter(failures: number, { firstMs, longestMs }: Pauses, chance: number): number {
  const pauseMs = Math.min(firstMs * 2 ** Math.min(failures, 30), longestMs)
  return pauseMs * (1 - SHARE_THAT_IS_RANDOM * chance)
}
