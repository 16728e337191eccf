import path from 'node:path'
import type { ChipId } from '#protocol/identifier.ts'
import type { Clock } from '#machine/machine.ts'
import { connectBoard } from '#machine/simulated/board.ts'
import { Thing } from '#machine/simulated/thing.ts'
import { startWireServer } from '#machine/simulated/wire-server.ts'
import type { HouseMachine } from './fleet.ts'
import type { HostedProcess, Processes } from './processes.ts'
import type { Provisioned } from './provisioning.ts'
import { startProxy, type Proxy } from './proxy.ts'
import { keepThing, recallThing } from './thing-memory.ts'
import { writeChipSettings, type Wiring } from './settings-files.ts'

/** A machine of the house: the thing, its chip's process, and the cable from the chip to the broker. */
export interface RunningMachine {
  readonly plan: HouseMachine
  readonly chipId: ChipId
  readonly thing: Thing
  readonly chip: HostedProcess
  /** `link.cut()` cuts its network. */
  readonly link: Proxy
  /** Power goes for all of it: the thing stops where it is, and the chip is gone at once. */
  pullPlug(): Promise<void>
  putBackPlug(): Promise<void>
  /** What lets go of the thing and its cables; the chip's process belongs to the house. */
  close(): Promise<void>
}

export interface HouseMachineOptions {
  readonly machine: HouseMachine
  readonly provisioned: Provisioned
  readonly processes: Processes
  readonly wiring: Wiring
  readonly restart: boolean
}

/** Goes on from one house to the next, since a thing remembers when it did what. */
const CLOCK: Clock = {
  monotonicMs: () => performance.timeOrigin + performance.now(),
  setTimer: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs)
    return () => {
      clearTimeout(timer)
    }
  },
}

export async function startHouseMachine(options: HouseMachineOptions): Promise<RunningMachine> {
  const { machine, provisioned, processes, wiring, restart } = options
  const provisionedChip = provisioned.chips.get(machine.key)
  if (!provisionedChip) throw new Error(`machine ${machine.key} has no chip`)
  const memory = path.join(provisionedChip.folder, 'thing.json')
  const thing = new Thing(machine.thing, { clock: CLOCK, random: Math.random }, recallThing(memory))
  const forget = keepThing(thing, memory)
  const wire = await startWireServer(0)
  connectBoard(thing, wire.end)
  const link = await startProxy({ target: { host: '127.0.0.1', port: wiring.brokerPort } })
  const close = async () => {
    thing.losePower()
    forget()
    await wire.close()
    await link.stop()
  }
  try {
    const settingsFile = await writeChipSettings(provisioned, wiring, {
      chip: provisionedChip,
      machine,
      linkPort: link.port,
      wirePort: wire.port,
    })
    const chip = await processes.start({
      name: `chip-${machine.key}`,
      script: 'ends/chip/src/main.ts',
      settingsFile,
      restart,
    })
    return {
      plan: machine,
      chipId: provisionedChip.chipId,
      thing,
      chip,
      link,
      pullPlug: async () => {
        thing.losePower()
        await chip.kill()
      },
      putBackPlug: async () => {
        thing.restorePower()
        await chip.start()
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
