import { setTimeout as pause } from 'node:timers/promises'

const LOOK_PAUSE_MS = 25
export const UNTIL_LIMIT_MS = 30_000

/** Looks again and again until there is something to see. Throws an Error that names what never came. */
export async function until<Value>(
  what: string,
  look: () => Value | null | undefined | false | Promise<Value | null | undefined | false>,
): Promise<Value> {
  const endMs = Date.now() + UNTIL_LIMIT_MS
  for (;;) {
    const seen = await look()
    if (seen !== null && seen !== undefined && seen !== false) return seen
    if (Date.now() > endMs) throw new Error(`never came: ${what}`)
    await pause(LOOK_PAUSE_MS)
  }
}
