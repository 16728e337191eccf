import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { ChipId } from '#protocol/identifier.ts'
import { buildPage } from './page-build.ts'
import type { HouseFleet } from './fleet.ts'
import { startHouseMachine, type RunningMachine } from './house-machine.ts'
import { holdFolder } from './house-lock.ts'
import { freePort } from './port.ts'
import { startPostgres, type RunningPostgres } from './postgres.ts'
import { openProcesses, type HostedProcess, type LogListener, type Processes } from './processes.ts'
import { provision, type Provisioned } from './provisioning.ts'
import { startProxy, type Proxy } from './proxy.ts'
import {
  originOf,
  writeBankSettings,
  writeBrokerSettings,
  writeSystemSettings,
  type Wiring,
} from './settings-files.ts'

export interface HousePorts {
  readonly system: number
  readonly bank: number
  readonly broker: number
  readonly est: number
  readonly postgres: number
}

export interface HouseOptions {
  /** Everything the house keeps is in here; made when missing, gone on with when there. */
  readonly folder: string
  readonly fleet: HouseFleet
  /** Free ones by default. */
  readonly ports?: Partial<HousePorts>
  /** Origins of pages that may show the payer's page in a frame. */
  readonly frameOrigins?: readonly string[]
  /** By the names in the settings of each end. */
  readonly systemTimes?: Readonly<Record<string, number>>
  readonly systemLimits?: Readonly<Record<string, number>>
  readonly bankTimes?: Readonly<Record<string, number>>
  readonly chipTimes?: Readonly<Record<string, number>>
  readonly chipLinkTimes?: Readonly<Record<string, number>>
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error'
  /** Processes that end without having been told to are started again. True by default. */
  readonly restart?: boolean
  /** False: PostgreSQL does not wait for the disk. Survives killed processes, not a power cut. True by default. */
  readonly durable?: boolean
  /** Told from the first line on. */
  readonly onLine?: LogListener
  /** Told before each part starts, for whoever waits at a terminal. */
  readonly onStart?: (part: string) => void
}

export interface RunningHouse {
  readonly folder: string
  readonly fleet: HouseFleet
  readonly systemUrl: string
  readonly bankUrl: string
  readonly provisioned: Provisioned
  readonly wiring: Wiring
  readonly postgres: RunningPostgres
  readonly broker: HostedProcess
  readonly bank: HostedProcess
  readonly system: HostedProcess
  /** By their keys in the fleet. */
  readonly machines: ReadonlyMap<string, RunningMachine>
  /** The cable from the system to the bank. */
  readonly bankLink: Proxy
  readonly processes: Processes
  machine(key: string): RunningMachine
  machineOfChip(chipId: ChipId): RunningMachine | undefined
  onLine(listener: LogListener): () => void
  /** Runs a staff command of the system; resolves with what it printed. */
  staff(...args: string[]): Promise<StaffAnswer>
  /** Stops everything in order; nothing stays behind but the folder. */
  stop(): Promise<void>
}

export interface StaffAnswer {
  readonly code: number | null
  readonly output: string
}

const ROOT = path.resolve(import.meta.dirname, '../..')
const STARTED_AT_ONCE = 4
type Undo = () => Promise<void>

/**
 * Starts everything that Farthing is, on this machine: PostgreSQL, broker, bank, system, and for each machine of
 * the fleet a simulated thing, its cables, and its chip. Throws an Error with one sentence when it cannot, after
 * stopping what it had started.
 */
export async function startHouse(options: HouseOptions): Promise<RunningHouse> {
  const undo: Undo[] = []
  try {
    return await build(options, undo)
  } catch (error) {
    await undoAll(undo)
    throw error
  }
}

async function undoAll(undo: Undo[]): Promise<void> {
  for (let next = undo.pop(); next; next = undo.pop()) await next()
}

async function build(options: HouseOptions, undo: Undo[]): Promise<RunningHouse> {
  const folder = path.resolve(options.folder)
  undo.push(await holdFolder(folder))
  const say = options.onStart ?? (() => {})
  const processes = await openProcesses(folder)
  if (options.onLine) processes.onLine(options.onLine)
  undo.push(() => processes.stop())

  say('keys and certificates')
  const provisioned = await provision(folder, options.fleet)
  say('PostgreSQL')
  const postgres = await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    durable: options.durable ?? true,
    ...(options.ports?.postgres === undefined ? {} : { port: options.ports.postgres }),
  })
  // Before the processes that use it in the order of starting, so after them in the order of stopping.
  undo.splice(1, 0, () => postgres.stop())
  const { wiring, bankLink } = await wire(options, postgres, undo)
  const ends = await startEnds({ options, provisioned, processes, wiring, say })
  const machines = await startMachines({ options, provisioned, processes, wiring, say }, undo)
  const staff = (...args: string[]) => runStaff(ends.system.settingsFile, args)
  return {
    folder,
    fleet: options.fleet,
    systemUrl: originOf(wiring.systemPort),
    bankUrl: originOf(wiring.bankPort),
    provisioned,
    wiring,
    postgres,
    ...ends,
    machines,
    bankLink,
    processes,
    machine: (key) => {
      const found = machines.get(key)
      if (!found) throw new Error(`there is no machine "${key}"`)
      return found
    },
    machineOfChip: (chipId) => [...machines.values()].find((machine) => machine.chipId === chipId),
    onLine: (listener) => processes.onLine(listener),
    staff,
    stop: () => undoAll(undo),
  }
}

async function wire(options: HouseOptions, postgres: RunningPostgres, undo: Undo[]) {
  const bankPort = options.ports?.bank ?? (await freePort())
  const bankLink = await startProxy({ target: { host: '127.0.0.1', port: bankPort } })
  undo.splice(2, 0, () => bankLink.stop())
  const { systemTimes, systemLimits, bankTimes, chipTimes, chipLinkTimes, logLevel } = options
  const wiring: Wiring = {
    systemPort: options.ports?.system ?? (await freePort()),
    bankPort,
    brokerPort: options.ports?.broker ?? (await freePort()),
    estPort: options.ports?.est ?? (await freePort()),
    bankLinkPort: bankLink.port,
    systemDatabase: await postgres.createDatabase('farthing_system'),
    bankDatabase: await postgres.createDatabase('farthing_bank'),
    payerPageFolder: await buildPage('payer'),
    frameOrigins: options.frameOrigins ?? [],
    ...(systemTimes ? { systemTimes } : {}),
    ...(systemLimits ? { systemLimits } : {}),
    ...(bankTimes ? { bankTimes } : {}),
    ...(chipTimes ? { chipTimes } : {}),
    ...(chipLinkTimes ? { chipLinkTimes } : {}),
    ...(logLevel ? { logLevel } : {}),
  }
  return { wiring, bankLink }
}

interface Building {
  readonly options: HouseOptions
  readonly provisioned: Provisioned
  readonly processes: Processes
  readonly wiring: Wiring
  readonly say: (part: string) => void
}

async function startEnds({ options, provisioned, processes, wiring, say }: Building) {
  const restart = options.restart ?? true
  const start = (name: string, settingsFile: string) => {
    say(`the ${name}`)
    return processes.start({ name, script: `ends/${name}/src/main.ts`, settingsFile, restart })
  }
  const broker = await start('broker', await writeBrokerSettings(provisioned, wiring))
  const bank = await start('bank', await writeBankSettings(provisioned, wiring))
  const systemSettings = await writeSystemSettings(provisioned, wiring)
  const applied = await runStaff(systemSettings, ['fleet', 'apply', provisioned.fleetFile])
  if (applied.code !== 0) throw new Error(`The fleet was not accepted: ${applied.output.trim()}`)
  const system = await start('system', systemSettings)
  return { broker, bank, system }
}

/** A few at a time: each chip is a process, and starting one keeps a core busy for a moment. */
async function startMachines(building: Building, undo: Undo[]): Promise<Map<string, RunningMachine>> {
  const { options, say, ...house } = building
  const machines = new Map<string, RunningMachine>()
  const { machines: plans } = options.fleet
  for (let first = 0; first < plans.length; first += STARTED_AT_ONCE) {
    const some = plans.slice(first, first + STARTED_AT_ONCE)
    const started = await Promise.allSettled(
      some.map((machine) => {
        say(machine.name)
        return startHouseMachine({ ...house, machine, restart: options.restart ?? true })
      }),
    )
    for (const [index, one] of started.entries()) {
      if (one.status === 'rejected') continue
      machines.set(some[index]?.key ?? '', one.value)
      undo.splice(2, 0, () => one.value.close())
    }
    const failed = started.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
  }
  return machines
}

async function runStaff(settingsFile: string, args: readonly string[]): Promise<StaffAnswer> {
  const child = spawn(process.execPath, ['ends/system/src/staff.ts', '--settings', settingsFile, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  await once(child, 'close')
  return { code: child.exitCode, output }
}
