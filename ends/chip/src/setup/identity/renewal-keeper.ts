import type { CancelTimer, Clock } from '#machine/machine.ts'
import { readCertificates } from './chain.ts'
import { decideRenewal, pauseAfterFailureS, type RenewalState } from './renewal.ts'

const MS_PER_S = 1000

export interface RenewalKeeperParts {
  readonly clock: Clock
  readonly wallS: () => number | undefined
  /** The certificate in use, in PEM. */
  readonly certificatePem: () => string
  /** True once the new one is kept, and in use from the next connection on. */
  readonly renew: () => Promise<boolean>
  /** 0 to 1. */
  readonly random: () => number
}

/** Has the chip's certificate renewed in time, again and again. What is to be done when is `decideRenewal`'s. */
export class RenewalKeeper {
  private readonly parts: RenewalKeeperParts
  private chance: number
  private failures = 0
  private stopped = false
  private cancel: CancelTimer = () => {}

  constructor(parts: RenewalKeeperParts) {
    this.parts = parts
    this.chance = parts.random()
  }

  start(): void {
    void this.look()
  }

  stop(): void {
    this.stopped = true
    this.cancel()
  }

  private async look(): Promise<void> {
    const decision = decideRenewal(this.state())
    if (!decision.renew) return this.lookAgainIn(decision.lookAgainInS)
    const renewed = await this.parts.renew()
    if (renewed) this.chance = this.parts.random()
    const after = decideRenewal(this.state())
    // One that is due the moment it is new (whose clock is that?) would be asked for without end.
    if (after.renew) {
      this.failures += 1
      return this.lookAgainIn(pauseAfterFailureS(this.state()))
    }
    this.failures = 0
    this.lookAgainIn(after.lookAgainInS)
  }

  private lookAgainIn(waitS: number): void {
    if (this.stopped) return
    this.cancel = this.parts.clock.setTimer(waitS * MS_PER_S, () => void this.look())
  }

  private state(): RenewalState {
    const [certificate] = readCertificates(this.parts.certificatePem())
    return {
      nowS: this.parts.wallS(),
      notBeforeS: (certificate?.validFromDate.getTime() ?? 0) / MS_PER_S,
      notAfterS: (certificate?.validToDate.getTime() ?? 0) / MS_PER_S,
      failures: this.failures,
      chance: this.chance,
    }
  }
}
