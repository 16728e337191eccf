/** Which process is killed at which step of a payment, and how long after that step. */

export const KINDS = ['system', 'broker', 'bank', 'postgres', 'chip'] as const
export type KillKind = (typeof KINDS)[number]

const STEPS = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10', 'S11', 'S12'] as const

export interface PlannedKill {
  readonly kind: KillKind
  /** The kill comes `delayMs` after somebody's payment took this step. */
  readonly step: string
  readonly delayMs: number
  /** How long it stays down. */
  readonly downMs: number
  /** Chips only: power goes for the whole machine. */
  readonly plug: boolean
}

const DELAY_MAX_MS = 250
const DOWN_MAX_MS = 300
/** The last step of most payments; so long after it they are over. */
const AFTERWARDS: { step: string; delayMs: number } = { step: 'S10', delayMs: 1500 }

/** Every kind at every step, and once more after the end: in an order, and with delays, that the seed decides. */
export function planKills(seed: number): PlannedKill[] {
  const random = randomFrom(seed)
  const kills = KINDS.flatMap((kind) => {
    const moments = STEPS.map((step) => ({
      step: step as string,
      delayMs: Math.floor(random() * DELAY_MAX_MS),
    }))
    return [...moments, AFTERWARDS].map((moment, index) => ({
      kind,
      ...moment,
      downMs: Math.floor(random() * DOWN_MAX_MS),
      plug: index % 2 === 0,
    }))
  })
  return kills
    .map((kill) => ({ kill, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ kill }) => kill)
}

/** Numbers in [0, 1) that the same seed gives again (mulberry32, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
