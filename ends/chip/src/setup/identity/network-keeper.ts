import type { CancelTimer, Clock } from '#machine/machine.ts'
import type { Radio } from '../radio/radio.ts'
import type { NetworkGiven } from '../setup-view.ts'
import { pauseAfter } from './pause.ts'

/** A router may be slower at boot than the chip, or away for a week: never given up, and never the hotspot instead. */
const PAUSES = Object.freeze({ firstMs: 1_000, longestMs: 60_000 })
/** With the link up there is nothing to do but to look whether it still is. */
const LOOK_MS = 5_000

export interface NetworkKeeperParts {
  readonly network: NetworkGiven
  readonly radio: Radio
  readonly clock: Clock
  readonly isLinked: () => boolean
  readonly random: () => number
  readonly log: (entry: { msg: string; what?: Record<string, string | number | boolean> }) => void
}

/** Keeps a configured chip in its network, for ever. */
export class NetworkKeeper {
  private readonly parts: NetworkKeeperParts
  private failures = 0
  private told: string | undefined
  private stopped = false
  private cancel: CancelTimer = () => {}

  constructor(parts: NetworkKeeperParts) {
    this.parts = parts
  }

  start(): void {
    if (this.parts.network.kind === 'wifi') void this.look()
  }

  stop(): void {
    this.stopped = true
    this.cancel()
  }

  private async look(): Promise<void> {
    const { clock, isLinked, radio, random } = this.parts
    let waitMs = LOOK_MS
    if (isLinked()) {
      this.failures = 0
    } else if ((await radio.connectivity()) === 'none' && !this.stopped) {
      // Whoever is in a network that leads nowhere stays in it: it is the right one, and may lead somewhere again.
      await this.join()
      waitMs = pauseAfter(this.failures, PAUSES, random())
    }
    if (!this.stopped) this.cancel = clock.setTimer(waitMs, () => void this.look())
  }

  private async join(): Promise<void> {
    const { log, network, radio } = this.parts
    if (network.kind !== 'wifi') return
    const { kind: _, ...plan } = network
    const joined = await radio.join(plan)
    this.failures = joined.ok ? 0 : this.failures + 1
    const what = joined.ok ? 'joined' : joined.error
    if (what !== this.told) log({ msg: 'network', what: { what } })
    this.told = what
  }
}
