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
 * The chip leaves its owner. Survives power cuts up to the wipe, which is not the core's. Once the broker has taken the
 * last word there is no way back: the owner revokes the chip as soon as it hears it, and the link goes.
 *
 * | from     | on                                                        | to       | and                          |
 * | -------- | --------------------------------------------------------- | -------- | ---------------------------- |
 * | owned    | retire                                                    | draining | journaled; sells nothing new |
 * | draining | nothing reserved, running, unacknowledged; link connected | telling  | `retired` is said            |
 * | draining | the last word was taken, in an earlier boot               | left     | the port is told             |
 * | telling  | taken for the first time                                  | telling  | journaled; said again        |
 * | telling  | not taken, and never before                               | draining |                              |
 * | telling  | said often enough, whether taken or not                   | left     | the port is told             |
 * | left     | retire                                                    | telling  | its word was lost            |
 */
export class Retirement {
  private readonly ports: ChipPorts
  private readonly parts: RetirementParts
  private state: 'draining' | 'telling' | 'left' = 'draining'
  /** In this boot. */
  private isAsked = false
  private isStopped = false
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
    this.isAsked = true
    if (this.state === 'left') this.state = 'draining'
    this.parts.changed()
  }

  /** To be called whenever something was drained. */
  look(): void {
    if (this.state !== 'draining') return
    if (this.parts.memory.hasLeft() && !this.isAsked) this.leave()
    else if (this.isDrained()) this.tell(RETIRED_TELLINGS)
  }

  stop(): void {
    this.isStopped = true
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
    const { memory, settings, speaking } = this.parts
    const retirementId = memory.retirement()
    if (retirementId === undefined) return
    this.state = 'telling'
    speaking.sayAndHear({ name: 'retired', chipId: settings.chipId, retirementId }, (accepted) => {
      if (this.isStopped) return
      if (accepted && !memory.hasLeft()) memory.keep({ kind: 'left' })
      if (!memory.hasLeft()) {
        this.state = 'draining'
      } else if (tellings > 1) {
        this.cancelTelling = this.ports.clock.setTimer(RETIRED_PAUSE_MS, () => this.tell(tellings - 1))
      } else {
        this.leave()
      }
    })
  }

  private leave(): void {
    this.state = 'left'
    this.ports.log({ msg: 'left the owner' })
    this.ports.retired?.()
  }
}
