import { readCertificates } from './chain.ts'
import type { EstClient } from './est-client.ts'
import { WALL_CLOCK_SET_AFTER_S, type WallClock } from './wall-clock.ts'

const MS_PER_S = 1000

export interface ClockCheck {
  readonly est: EstClient
  readonly wall: WallClock
  readonly rootPem: string
  /** What the system gave the chip last, if anything: no time is before that. */
  readonly certificatePem?: string
  readonly log: (entry: { msg: string; what?: Record<string, string | number | boolean> }) => void
}

/**
 * An unset or wrong clock takes the time that the system tells, if it can be true at all; false where it cannot. Nobody
 * has proven anything by then: the certificates that follow are judged by it, and what the system says once it is proven
 * corrects it. A system that cannot be asked changes nothing.
 */
export async function checkClock(check: ClockCheck): Promise<boolean> {
  const { est, log, wall } = check
  const asked = await est.time()
  if (!asked.ok || !wall.differsFrom(asked.value)) return true
  if (!canBe(asked.value, check)) return false
  log({ msg: 'clock mended', what: { fromS: wall.nowS() ?? 0, toS: asked.value } })
  wall.mend(asked.value)
  return true
}

/** No time before this root, nor before what the chip was given last, and none after this root. */
function canBe(timeS: number, { rootPem, certificatePem }: ClockCheck): boolean {
  const [root] = readCertificates(rootPem)
  const [own] = readCertificates(certificatePem ?? '')
  const earliestS = Math.max(
    WALL_CLOCK_SET_AFTER_S,
    ...[root, own].map((certificate) => (certificate?.validFromDate.getTime() ?? 0) / MS_PER_S),
  )
  return timeS >= earliestS && timeS <= (root?.validToDate.getTime() ?? 0) / MS_PER_S
}
