import type { CancelTimer } from '#machine/machine.ts'
import type { MachineState } from '#protocol'
import type { Memory } from './memory.ts'
import type { ChipPorts } from './ports.ts'
import type { ChipSettings } from './settings.ts'
import type { Speaking } from './speaking.ts'
import type { Tariffs } from './tariff.ts'

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

  constructor(ports: ChipPorts, parts: Greeting['parts']) {
    this.ports = ports
    this.parts = parts
  }

  greet(): void {
    const { settings, memory, tariffs, speaking, machineState } = this.parts
    this.cancel()
    this.cancel = this.ports.clock.setTimer(settings.times.helloIntervalMs, () => this.greet())
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

  stop(): void {
    this.cancel()
  }
}
