import type { CancelTimer } from '#machine/machine.ts'
import type { Retire } from '#protocol'
import type { Memory } from './memory.ts'
import type { ChipPorts } from './ports.ts'
import type { Reservation } from './reservation.ts'
import type { Running } from './running.ts'
import type { ChipSettings } from './settings.ts'
import type { Speaking } from './speaking.ts'

/** Nobody acknowledges the last word, and after it the chip knows nothing any more: it is told so many times. */
const RETIRED_TELLINGS = 3
const RETIRED_PAUSE_MS = 2_000

export interface RetirementParts {
  readonly settings: ChipSettings
  readonly memory: Memory
  readonly reservation: Reservation
  readonly running: Running
  readonly speaking: Speaking
  readonly changed: () => void
}

/**
 * The chip leaves its owner. Survives power cuts up to the wipe, which is not the core's.
 *
 * | from     | on                                                        | to       | and                          |
 * | -------- | --------------------------------------------------------- | -------- | ---------------------------- |
 * | owned    | retire                                                    | draining | journaled; sells nothing new |
 * | draining | nothing reserved, running, unacknowledged; link connected | telling  | `retired` is said            |
 * | telling  | link lost, message not taken                              | draining |                              |
 * | telling  | said often enough                                         | left     | the port is told             |
 * | left     | retire                                                    | telling  |                              |
 */
export class Retirement {
  private readonly ports: ChipPorts
  private readonly parts: RetirementParts
  private state: 'draining' | 'telling' | 'left' = 'draining'
  private cancelTelling: CancelTimer = () => {}

  constructor(ports: ChipPorts, parts: RetirementParts) {
    this.ports = ports
    this.parts = parts
  }

  retire({ retirementId }: Retire): void {
    if (this.parts.memory.retirement() !== retirementId) {
      this.parts.memory.keep({ kind: 'retiring', retirementId })
      this.ports.log({ msg: 'leaving the owner' })
    }
    if (this.state === 'left') this.state = 'draining'
    this.parts.changed()
  }

  /** To be called whenever something was drained. */
  look(): void {
    if (this.state === 'draining' && this.isDrained()) this.tell(RETIRED_TELLINGS)
  }

  stop(): void {
    this.cancelTelling()
  }

  private isDrained(): boolean {
    const { memory, reservation, running } = this.parts
    return (
      memory.retirement() !== undefined &&
      this.ports.link.isConnected() &&
      reservation.current() === undefined &&
      !running.isActive() &&
      memory.unacknowledgedOutcomes().length === 0
    )
  }

  private tell(tellings: number): void {
    const retirementId = this.parts.memory.retirement()
    if (retirementId === undefined) return
    this.state = 'telling'
    const { chipId } = this.parts.settings
    this.parts.speaking.sayAndHear({ name: 'retired', chipId, retirementId }, (accepted) => {
      if (!accepted) {
        this.state = 'draining'
        return
      }
      if (tellings > 1) {
        this.cancelTelling = this.ports.clock.setTimer(RETIRED_PAUSE_MS, () => this.tell(tellings - 1))
        return
      }
      this.state = 'left'
      this.ports.log({ msg: 'left the owner' })
      this.ports.retired?.()
    })
  }
}
