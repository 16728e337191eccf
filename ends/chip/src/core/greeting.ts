import type { CancelTimer } from '#machine/machine.ts'
import type { MachineState } from '#protocol'
import type { Memory } from './memory.ts'
import type { ChipPorts } from './ports.ts'
import type { ChipSettings } from './settings.ts'
import type { Speaking } from './speaking.ts'
import type { Tariffs } from './tariff.ts'

/** First pause before a chip that has nothing to sell asks again; doubles up to the usual interval. */
const UNHEARD_FIRST_PAUSE_MS = 1000

/** Tells the system who the chip is now and how it fares: on connecting, from time to time, after a new tariff. */
export class Greeting {
  private readonly ports: ChipPorts
  private readonly parts: {
    readonly settings: ChipSettings
    readonly memory: Memory
    readonly tariffs: Tariffs
    readonly speaking: Speaking
    readonly machineState: () => MachineState
  }
  private cancel: CancelTimer = () => {}
  /** Greetings in a row without a tariff: the system answers each with one, so none of them was heard. */
  private unheard = 0

  constructor(ports: ChipPorts, parts: Greeting['parts']) {
    this.ports = ports
    this.parts = parts
  }

  greet(): void {
    const { settings, memory, tariffs, speaking, machineState } = this.parts
    this.cancel()
    this.cancel = this.ports.clock.setTimer(this.pauseMs(), () => this.greet())
    speaking.say({
      name: 'hello',
      chipId: settings.chipId,
      boot: memory.boot(),
      counter: memory.lastCounter(),
      tariffVersion: tariffs.inForce()?.tariffVersion ?? 0,
      machineState: machineState(),
      monotonicMs: Math.floor(this.ports.clock.monotonicMs()),
      wallS: Math.floor(this.ports.clock.wallS() ?? 0),
      unacknowledged: memory.unacknowledgedOutcomes().length,
    })
  }

  private pauseMs(): number {
    const { helloIntervalMs } = this.parts.settings.times
    if (this.parts.tariffs.inForce() !== undefined) {
      this.unheard = 0
      return helloIntervalMs
    }
    const pauseMs = UNHEARD_FIRST_PAUSE_MS * 2 ** this.unheard
    this.unheard += 1
    return Math.min(pauseMs, helloIntervalMs)
  }

  stop(): void {
    this.cancel()
  }
}
