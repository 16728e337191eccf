import type { ChipId, PaymentOrigin } from '#protocol'

export interface ChipSettings {
  readonly chipId: ChipId
  readonly paymentOrigin: PaymentOrigin
  /** A fresh code per sale on the display, or a printed one and codes on demand. */
  readonly codes: 'displayed' | 'printed'
  readonly times: ChipTimes
}

export interface ChipTimes {
  /** How long a payment code may be claimed. */
  readonly codeLifetimeS: number
  /** A displayed code is replaced so long before its end, so that whoever just scanned it can still claim it. */
  readonly codeRenewBeforeMs: number
  readonly helloIntervalMs: number
  /** At most one progress message in this time. */
  readonly progressIntervalMs: number
  /** How long the end of a run stays on the display. */
  readonly endScreenMs: number
  /** First pause before an unacknowledged outcome is sent again; doubles up to the longest. */
  readonly outcomeFirstPauseMs: number
  readonly outcomeLongestPauseMs: number
}

export const CHIP_TIMES: ChipTimes = Object.freeze({
  codeLifetimeS: 120,
  codeRenewBeforeMs: 30_000,
  helloIntervalMs: 30_000,
  progressIntervalMs: 1_000,
  endScreenMs: 5_000,
  outcomeFirstPauseMs: 2_000,
  outcomeLongestPauseMs: 300_000,
})
