const MS_PER_S = 1000
/** Before this no chip was made: a clock that says so was never set. */
export const WALL_CLOCK_SET_AFTER_S = Date.UTC(2024, 0, 1) / MS_PER_S
/** A difference that needs no mending: certificates are made an hour early, codes live for minutes. */
export const CLOCK_TOLERANCE_S = 60

/**
 * The chip's wall clock: the host's, or, where that is wrong and cannot be set, with an offset of the chip's own. The
 * offset is never kept over a start.
 */
export class WallClock {
  private readonly hostMs: () => number
  private offsetS = 0

  constructor(hostMs: () => number = Date.now) {
    this.hostMs = hostMs
  }

  /** Seconds since 1970; undefined while it was never set. */
  nowS(): number | undefined {
    const nowS = Math.floor(this.hostMs() / MS_PER_S) + this.offsetS
    return nowS > WALL_CLOCK_SET_AFTER_S ? nowS : undefined
  }

  /** False: the host's clock serves as it is, and so do the host's own checks of certificates. */
  isMended(): boolean {
    return this.offsetS !== 0
  }

  differsFrom(trueS: number): boolean {
    return Math.abs((this.nowS() ?? 0) - trueS) > CLOCK_TOLERANCE_S
  }

  /** From now on it is this time. A host's clock that is right by now is taken as it is. */
  mend(trueS: number): void {
    const offsetS = trueS - Math.floor(this.hostMs() / MS_PER_S)
    this.offsetS = Math.abs(offsetS) <= CLOCK_TOLERANCE_S ? 0 : offsetS
  }
}
