/** Renewal begins when so much of a certificate's life is over, less a share that differs from chip to chip. */
const SHARE_OF_LIFE = 2 / 3
const JITTER_SHARE = 0.1
/** A chip that was off meanwhile tries before its network is there: soon again. */
const FIRST_PAUSE_S = 5
const LONGEST_PAUSE_S = 6 * 3600
/** However far away it is: then it is looked again, in case the clock was set meanwhile. */
const LONGEST_WAIT_S = 3600
/** As good as at once. */
const SHORTEST_WAIT_S = 1

export interface RenewalState {
  /** Undefined while the chip does not know the time. */
  readonly nowS: number | undefined
  readonly notBeforeS: number
  readonly notAfterS: number
  /** Tries in vain since the last success. */
  readonly failures: number
  /** 0 to 1, the same for one certificate. */
  readonly chance: number
}

export type RenewalDecision =
  | { readonly renew: true }
  | { readonly renew: false; readonly lookAgainInS: number }

/**
 * What to do about a certificate now, given that the last try (if any) has just failed. One that is over is still
 * renewed: the system has a time of grace, and alone knows how long.
 */
export function decideRenewal(state: RenewalState): RenewalDecision {
  const { nowS, notBeforeS, notAfterS, chance } = state
  if (nowS === undefined) return { renew: false, lookAgainInS: FIRST_PAUSE_S }
  const dueS = notBeforeS + (notAfterS - notBeforeS) * (SHARE_OF_LIFE - JITTER_SHARE * chance)
  if (nowS >= dueS) return { renew: true }
  return { renew: false, lookAgainInS: Math.min(Math.max(SHORTEST_WAIT_S, dueS - nowS), LONGEST_WAIT_S) }
}

/** After a try in vain; never longer than a twelfth of the certificate's life, so that short lives are not slept through. */
export function pauseAfterFailureS(state: RenewalState): number {
  const { failures, notAfterS, notBeforeS } = state
  const pauseS = Math.min(FIRST_PAUSE_S * 2 ** (failures - 1), LONGEST_PAUSE_S)
  return Math.max(SHORTEST_WAIT_S, Math.min(pauseS, (notAfterS - notBeforeS) / 12))
}
