import type { Chance } from './chance.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const YEAR_DAYS = 365
const MONDAY_OFFSET = 4
const SATURDAY = 5

/** How busy each hour of the day is (UTC), against the busiest: little at night, a hump at noon, the evening. */
const HOURS = [
  0.1, 0.06, 0.04, 0.03, 0.04, 0.08, 0.18, 0.32, 0.4, 0.45, 0.5, 0.58, 0.66, 0.6, 0.55, 0.58, 0.68, 0.85, 1,
  0.97, 0.8, 0.55, 0.32, 0.18,
] as const
const WEEKDAY = 0.65
/** A fleet grows: in its first days it takes this part of what it takes at the end. */
const AT_FIRST = 0.4
/** The last minutes, in which payments are still under way. */
const RECENT_MS = 3 * MINUTE_MS

/** Moments over the year before `untilMs`, in order; the last `recent` of them within the last minutes. */
export function moments(
  chance: Chance,
  of: { readonly count: number; readonly recent: number; readonly untilMs: number },
): Float64Array {
  const { count, recent, untilMs } = of
  const drawn = Float64Array.from({ length: count }, (_, index) =>
    index < recent ? untilMs - 1 - chance.below(RECENT_MS) : momentBefore(chance, untilMs - RECENT_MS),
  )
  return drawn.sort()
}

function momentBefore(chance: Chance, endMs: number): number {
  const beginMs = endMs - YEAR_DAYS * DAY_MS
  for (;;) {
    const part = chance.unit()
    const atMs = Math.floor(beginMs + part * (endMs - beginMs))
    const weekday = (Math.floor(atMs / DAY_MS) + MONDAY_OFFSET - 1) % 7
    const hour = HOURS[Math.floor((atMs % DAY_MS) / HOUR_MS)] ?? 0
    const day = weekday >= SATURDAY ? 1 : WEEKDAY
    if (chance.chance(hour * day * (AT_FIRST + (1 - AT_FIRST) * part))) return atMs
  }
}
