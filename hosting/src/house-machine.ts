import path from 'node:path'
import type { ChipId } from '#protocol/identifier.ts'
import { buildPage } from './page-build.ts'
import { type Box, HOME_NETWORK, type PackedChip, unloadBox, wasUnpacked } from './boxed-chip.ts'
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

const CHIP_SCRIPT = 'ends/chip/src/main.ts'

/** What can happen to a machine's network from outside. */
export type MachineLink = Pick<Proxy, 'condition' | 'cut' | 'restore'>

/** A machine of the house: the thing, its chip's process, and the cable or the air from the chip to the world. */
export interface RunningMachine {
  readonly plan: HouseMachine
  readonly chipId: ChipId
  readonly thing: Thing
  readonly chip: HostedProcess
  /** `link.cut()` cuts its network. */
  readonly link: MachineLink
  /** The cable to the broker; null where the chip came in a box and finds its network by itself. */
  readonly cable: Proxy | null
  /** What the chip keeps. */
  readonly chipFolder: string
  readonly journalFolder: string
  /** The box its chip came in; null where that was fitted from the beginning. */
  readonly box: Box | null
  /** Power goes for all of it: the thing stops where it is, and the chip is gone at once. */
  pullPlug(): Promise<void>
  /** Power for thing and chip; for a chip in its box this is how it is switched on for the first time. */
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

/** What a chip hangs on, once that is there. */
interface Fitting
  extends Pick<
    RunningMachine,
    'chipId' | 'chip' | 'chipFolder' | 'journalFolder' | 'link' | 'cable' | 'box'
  > {
  close(): Promise<void>
}

export async function startHouseMachine(options: HouseMachineOptions): Promise<RunningMachine> {
  const { machine, provisioned } = options
  const folder = (provisioned.packed.get(machine.key) ?? provisioned.chips.get(machine.key))?.folder
  if (folder === undefined) throw new Error(`machine ${machine.key} has no chip`)
  const memory = path.join(folder, 'thing.json')
  const thing = new Thing(machine.thing, { clock: CLOCK, random: Math.random }, recallThing(memory))
  const forget = keepThing(thing, memory)
  const wire = await startWireServer(0)
  connectBoard(thing, wire.end)
  const letGo = async () => {
    thing.losePower()
    forget()
    await wire.close()
  }
  try {
    const fitting = await fit(options, wire.port)
    const { chip } = fitting
    return {
      ...fitting,
      plan: machine,
      thing,
      pullPlug: async () => {
        thing.losePower()
        await chip.kill()
      },
      putBackPlug: async () => {
        thing.restorePower()
        await chip.start()
      },
      close: async () => {
        await letGo()
        await fitting.close()
      },
    }
  } catch (error) {
    await letGo()
    throw error
  }
}

function fit(options: HouseMachineOptions, wirePort: number): Promise<Fitting> {
  const packed = options.provisioned.packed.get(options.machine.key)
  return packed ? fitFromBox(options, packed, wirePort) : fitProvisioned(options, wirePort)
}

async function fitProvisioned(options: HouseMachineOptions, wirePort: number): Promise<Fitting> {
  const { machine, provisioned, processes, wiring, restart } = options
  const own = provisioned.chips.get(machine.key)
  if (!own) throw new Error(`machine ${machine.key} has no chip`)
  const cable = await startProxy({ target: { host: '127.0.0.1', port: wiring.brokerPort } })
  try {
    const chip = await processes.start({
      name: `chip-${machine.key}`,
      script: CHIP_SCRIPT,
      settingsFile: await writeChipSettings(provisioned, wiring, {
        chip: own,
        machine,
        linkPort: cable.port,
        wirePort,
      }),
      restart,
    })
    return {
      chipId: own.chipId,
      chip,
      chipFolder: own.folder,
      journalFolder: path.join(own.folder, 'journal'),
      link: cable,
      cable,
      box: null,
      close: () => cable.stop(),
    }
  } catch (error) {
    await cable.stop()
    throw error
  }
}

/** Its chip is switched on by whoever opens the box, and from then on with the house. */
async function fitFromBox(
  options: HouseMachineOptions,
  packed: PackedChip,
  wirePort: number,
): Promise<Fitting> {
  const { machine, provisioned, processes, wiring, restart } = options
  const box = await unloadBox({
    chip: packed,
    machine,
    rootFile: provisioned.rootFile,
    wirePort,
    pageFolder: await buildPage('installer'),
    frameOrigins: wiring.frameOrigins,
    ...(wiring.chipTimes ? { times: wiring.chipTimes } : {}),
    ...(wiring.chipLinkTimes ? { linkTimes: wiring.chipLinkTimes } : {}),
  })
  try {
    const chip = processes.prepare({
      name: `chip-${machine.key}`,
      script: CHIP_SCRIPT,
      flag: '--factory',
      settingsFile: box.factoryFile,
      restart,
    })
    if (wasUnpacked(packed)) await chip.start()
    return {
      chipId: packed.chipId,
      chip,
      chipFolder: packed.folder,
      journalFolder: path.join(packed.folder, 'data', 'journal'),
      link: airLink(box),
      cable: null,
      box,
      close: () => box.close(),
    }
  } catch (error) {
    await box.close()
    throw error
  }
}

/** Its network is there and leads nowhere, as when the line to the house is dead. */
function airLink({ air }: Box): MachineLink {
  let condition: ReturnType<MachineLink['condition']> = { kind: 'whole' }
  return {
    condition: () => condition,
    cut: () => {
      condition = { kind: 'cut' }
      air.put({ ...HOME_NETWORK, gives: 'no-route' })
    },
    restore: () => {
      condition = { kind: 'whole' }
      air.put(HOME_NETWORK)
    },
  }
}
