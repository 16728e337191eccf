import type { HouseOptions } from '#hosting/house.ts'

/** Times shortened by settings, and limits wide enough for everybody to come from one address. */
export const SMOKE_HOUSE: Pick<
  HouseOptions,
  'systemTimes' | 'systemLimits' | 'chipTimes' | 'chipLinkTimes' | 'durable'
> = {
  systemTimes: {
    bankPollMinMs: 300,
    bankPollMaxMs: 2000,
    chipResendMs: 700,
    chipResendMaxMs: 2000,
    silenceRefundMs: 15_000,
    refundWindowMs: 3_600_000,
  },
  systemLimits: {
    requestsPerMinutePerNetwork: 1_000_000,
    claimsPerMinutePerNetwork: 100_000,
    claimsPerHourPerPayer: 100_000,
    claimsPerMinutePerChip: 10_000,
  },
  chipLinkTimes: { longestPauseMs: 2000 },
  durable: true,
}
