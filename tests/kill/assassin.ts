import { once, EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { RunningHouse } from '#hosting/house.ts'
import type { RunningMachine } from '#hosting/house-machine.ts'
import type { LogLine } from '#hosting/processes.ts'
import type { KillKind, PlannedKill } from './plan.ts'

/** So long a step is waited for; then the kill comes all the same, and is not counted as aimed. */
const STEP_LIMIT_MS = 20_000
const REVIVALS_MAX = 20
const REVIVAL_PAUSE_MS = 250

export interface DoneKill {
  readonly kind: KillKind
  /** The step that a payment had just taken; null where none did in time. */
  readonly step: string | null
  readonly machine: string | null
  /** From the kill until it was ready again. */
  readonly awayMs: number
}

interface Sighting {
  readonly step: string
  readonly machine: RunningMachine
}

interface Target {
  readonly name: string
  kill(): Promise<unknown>
  start(): Promise<unknown>
}

/** Watches the steps of all payments in the logs, and kills what it is told to at the step it is told. */
export class Assassin {
  readonly done: DoneKill[] = []
  readonly #house: RunningHouse
  readonly #steps = new EventEmitter()
  readonly #machineOfPayment = new Map<string, RunningMachine>()
  readonly #down = new Set<string>()
  readonly #stopWatching: () => void

  constructor(house: RunningHouse) {
    this.#house = house
    this.#steps.setMaxListeners(0)
    this.#stopWatching = house.onLine((process, line) => {
      this.#see(process, line)
    })
  }

  /** Works off the plan, one after the other; several may work at the same plan. */
  async work(plan: PlannedKill[]): Promise<void> {
    for (let next = plan.shift(); next; next = plan.shift()) await this.#carryOut(next)
  }

  close(): void {
    this.#stopWatching()
  }

  #see(process: string, line: LogLine): void {
    if (line['msg'] !== 'step') return
    const { step, paymentId, what } = line as {
      step: string
      paymentId?: string
      what?: { machine?: string }
    }
    if (step === 'S2' && paymentId !== undefined) {
      const claimed = this.#house.machines.get(what?.machine ?? '')
      if (claimed) this.#machineOfPayment.set(paymentId, claimed)
    }
    const machine =
      this.#house.machines.get(process.replace('chip-', '')) ?? this.#machineOfPayment.get(paymentId ?? '')
    if (machine) this.#steps.emit(step, { step, machine } satisfies Sighting)
  }

  async #carryOut(planned: PlannedKill): Promise<void> {
    const seen = await this.#await(planned.step)
    await pause(planned.delayMs)
    const target = this.#targetOf(planned, seen)
    while (this.#down.has(target.name)) await pause(REVIVAL_PAUSE_MS)
    this.#down.add(target.name)
    const killedAtMs = performance.now()
    await target.kill()
    await pause(planned.downMs)
    await revive(target)
    this.done.push({
      kind: planned.kind,
      step: seen?.step ?? null,
      machine: planned.kind === 'chip' ? target.name : null,
      awayMs: performance.now() - killedAtMs,
    })
    this.#down.delete(target.name)
  }

  async #await(step: string): Promise<Sighting | null> {
    try {
      const [seen] = await once(this.#steps, step, { signal: AbortSignal.timeout(STEP_LIMIT_MS) })
      return seen as Sighting
    } catch {
      return null
    }
  }

  #targetOf({ kind, plug }: PlannedKill, seen: Sighting | null): Target {
    const house = this.#house
    if (kind === 'postgres')
      return { name: kind, kill: () => house.postgres.kill(), start: () => house.postgres.start() }
    if (kind !== 'chip') return house[kind]
    const machine = seen?.machine ?? [...house.machines.values()][0]
    if (!machine) throw new RangeError('the house has machines')
    return plug
      ? {
          name: machine.plan.key,
          kill: () => machine.pullPlug(),
          start: () => machine.putBackPlug(),
        }
      : { name: machine.plan.key, kill: () => machine.chip.kill(), start: () => machine.chip.start() }
  }
}

/** A process that needs another one which is down as well gives up at its start: then it is started again. */
async function revive(target: Target): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await target.start()
      return
    } catch (error) {
      if (attempt === REVIVALS_MAX) throw error
      await pause(REVIVAL_PAUSE_MS)
    }
  }
}
