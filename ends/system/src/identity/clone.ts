import type { Hello } from '#protocol/message/hello.ts'

/*
 * Whether there are two of a chip, judged by what it signs of itself: its boots, its counter, and its own clock. Pure:
 * the sightings so far and one more hello give the sightings after it, and a sign if there is one.
 *
 * Nothing depends on the order in which messages arrive. A hello is *later* than another if it must have been signed after
 * the other was here: by the own clock of its boot (`monotonicMs`), set against the moment at which that boot's
 * least delayed hello came. So a message that is late or doubled is never taken for a chip that speaks.
 *
 * sign            what is seen                                         what an honest chip does instead
 * boots-alternate A, then B, then A later than B, then B later than A  a boot that was followed never signs again
 * counter-back    a later hello with a lower counter                   counts on, and skips a block at each boot
 * mutual-takeover connections that take each other's place again and   takes its own old connection's place, which is
 *                 again, and both still send (the broker tells)        silent from then on
 */

export type CloneSign = 'boots-alternate' | 'counter-back' | 'mutual-takeover'

/** A hello must be this much later than what it is compared with; no message is on its way for so long. */
export const LATER_MARGIN_MS = 60_000
/** How far a chip's clock may run from ours, in the time that it has run. */
export const DRIFT_PPM_MAX = 200
const MILLION = 1_000_000
const MS_PER_S = 1000
/** So often a boot has to come back, within so long. */
export const ALTERNATIONS_MIN = 2
export const ALTERNATIONS_WITHIN_MS = 60 * 60 * 1000
/** A boot with a lower counter has to go on speaking for so long, where no wall clock says that it is the later one. */
export const COUNTER_PROOF_MS = 120_000
export const TAKEOVERS_MIN = 3
/** The newest boots of a chip that are remembered. */
export const BOOTS_MAX = 8

export interface SeenBoot {
  readonly boot: string
  readonly firstHeardAtMs: number
  readonly firstMonotonicMs: number
  /** The least delayed hello: this reading of the boot's clock was here at this moment. */
  readonly anchor: { readonly monotonicMs: number; readonly heardAtMs: number }
  /** By the boot's own clock, whatever order things came in. */
  readonly latest: { readonly monotonicMs: number; readonly counter: number; readonly wallS: number }
  /** The highest counter of earlier boots, where this one began below it. */
  readonly owesCounter?: number
}

export interface Sightings {
  /** In the order first heard. */
  readonly boots: readonly SeenBoot[]
  /** Who spoke last, and since when. */
  readonly turn?: { readonly boot: string; readonly sinceMs: number }
  readonly alternations: number
  readonly alternatingSinceMs: number
}

export const NOTHING_SEEN: Sightings = { boots: [], alternations: 0, alternatingSinceMs: 0 }

export interface Sighted {
  readonly after: Sightings
  readonly sign: CloneSign | null
}

type Word = Pick<Hello, 'boot' | 'counter' | 'monotonicMs' | 'wallS'>

/** `heardAtMs`: when it came, on our clock. */
export function sight(before: Sightings, hello: Word, heardAtMs: number): Sighted {
  const known = before.boots.find(({ boot }) => boot === hello.boot)
  return known ? hearAgain(before, { known, hello, heardAtMs }) : hearNew(before, hello, heardAtMs)
}

function hearNew(before: Sightings, hello: Word, heardAtMs: number): Sighted {
  const { boot, counter, monotonicMs, wallS } = hello
  const highest = before.boots.reduce<SeenBoot['latest'] | null>(
    (found, { latest }) => (found === null || latest.counter > found.counter ? latest : found),
    null,
  )
  const behind = highest !== null && counter < highest.counter
  const seen: SeenBoot = {
    boot,
    firstHeardAtMs: heardAtMs,
    firstMonotonicMs: monotonicMs,
    anchor: { monotonicMs, heardAtMs },
    latest: { monotonicMs, counter, wallS },
    ...(behind ? { owesCounter: highest.counter } : {}),
  }
  const after = {
    ...before,
    boots: [...before.boots, seen].slice(-BOOTS_MAX),
    turn: { boot, sinceMs: heardAtMs },
  }
  // Both know the time, and this one says that it speaks now, and after that one: it counts from an older state.
  const speaksNow = Math.abs(wallS * MS_PER_S - heardAtMs) <= LATER_MARGIN_MS
  const later = behind && highest.wallS > 0 && wallS * MS_PER_S > highest.wallS * MS_PER_S + LATER_MARGIN_MS
  return { after, sign: later && speaksNow ? 'counter-back' : null }
}

interface Again {
  readonly known: SeenBoot
  readonly hello: Word
  readonly heardAtMs: number
}

function hearAgain(before: Sightings, again: Again): Sighted {
  const { known, hello, heardAtMs } = again
  const signedAtMs = earliestSigned(known, hello.monotonicMs)
  const sign = counterSign(again)
  const seen = heard(again)
  const boots = before.boots.map((boot) => (boot === known ? seen : boot))
  const { turn } = before
  // A doubled message is not later than itself, whatever our own clock did meanwhile.
  const isNews = hello.monotonicMs > known.latest.monotonicMs
  const takesTurn = turn !== undefined && turn.boot !== known.boot
  if (!takesTurn || !isNews || signedAtMs <= turn.sinceMs + LATER_MARGIN_MS)
    return { after: { ...before, boots }, sign }
  const within = heardAtMs <= before.alternatingSinceMs + ALTERNATIONS_WITHIN_MS
  const alternations = within ? before.alternations + 1 : 1
  const after = {
    boots,
    turn: { boot: known.boot, sinceMs: heardAtMs },
    alternations,
    alternatingSinceMs: within ? before.alternatingSinceMs : heardAtMs,
  }
  return { after, sign: sign ?? (alternations >= ALTERNATIONS_MIN ? 'boots-alternate' : null) }
}

/** When this was signed, on our clock: not before that, if the anchor was not itself delayed beyond the margin. */
function earliestSigned({ anchor }: SeenBoot, monotonicMs: number): number {
  const ranMs = monotonicMs - anchor.monotonicMs
  return anchor.heardAtMs + ranMs - driftMs(ranMs)
}

function driftMs(ranMs: number): number {
  return (Math.abs(ranMs) * DRIFT_PPM_MAX) / MILLION
}

/** Within one boot the counter grows with the clock; and a boot that began below the others has to be a late message. */
function counterSign({ known, hello, heardAtMs }: Again): CloneSign | null {
  const { latest, owesCounter } = known
  const { monotonicMs, counter } = hello
  if (monotonicMs > latest.monotonicMs && counter < latest.counter) return 'counter-back'
  if (monotonicMs < latest.monotonicMs && counter > latest.counter) return 'counter-back'
  if (owesCounter === undefined || counter >= owesCounter) return null
  const signedForMs = monotonicMs - known.firstMonotonicMs
  const heardForMs = heardAtMs - known.firstHeardAtMs
  return Math.min(signedForMs, heardForMs) >= COUNTER_PROOF_MS ? 'counter-back' : null
}

function heard({ known, hello, heardAtMs }: Again): SeenBoot {
  const { anchor, latest } = known
  const { monotonicMs, counter, wallS } = hello
  const ranMs = monotonicMs - anchor.monotonicMs
  // Less delayed than the anchor, as far as drift allows to tell: it is the better one.
  const better = heardAtMs <= anchor.heardAtMs + ranMs + driftMs(ranMs)
  return {
    ...known,
    anchor: better ? { monotonicMs, heardAtMs } : anchor,
    latest: monotonicMs > latest.monotonicMs ? { monotonicMs, counter, wallS } : latest,
  }
}

/** What the broker tells of a chip's connections. */
export function takeoverSign(count: number): CloneSign | null {
  return count >= TAKEOVERS_MIN ? 'mutual-takeover' : null
}
