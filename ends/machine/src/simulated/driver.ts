import type {
  CancelTimer,
  Clock,
  Delivered,
  Evidence,
  Machine,
  MachineDescription,
  MachineEvent,
  MachineState,
  RunEnd,
  RunOrder,
  StartAnswer,
} from '../machine.ts'
import { MODEST_DESCRIPTION } from '../machine.ts'
import type { WireEnd } from './wire.ts'
import { type BoardDescription, type Done, type FromBoard, readFromBoard, type Told } from './wire-message.ts'

/** How long the driver waits for a machine that says nothing. */
export interface DriverTimes {
  /** Beyond a run's longest duration, for its last word; then the driver stops it and reports what it knows. */
  readonly graceMs: number
  /** For a machine that does not answer after the chip was away. */
  readonly recoverPatienceMs: number
}

const DRIVER_TIMES: DriverTimes = Object.freeze({ graceMs: 2_000, recoverPatienceMs: 120_000 })

/** A driver remembers so many run ids, so as never to start one twice. */
const MAX_RUNS_REMEMBERED = 1024
const MS_PER_S = 1000
const MAX_REASON_CHARACTERS = 40

interface Run {
  readonly order: RunOrder
  /** True until the machine has said that it runs: then it is asked again on every reconnection. */
  recovering: boolean
  deliveredUnits: number
  overdue: boolean
  cancel: CancelTimer
}

/** Drives a simulated machine over the wire. Each of its waits is bounded by the order's duration and `DriverTimes`. */
export class SimulatedDriver implements Machine {
  private readonly wire: WireEnd
  private readonly clock: Clock
  private readonly times: DriverTimes
  private listener: (event: MachineEvent) => void = () => {}
  private description: BoardDescription | undefined
  private lastState: MachineState = 'unpowered'
  private reserved = false
  private run: Run | undefined
  private readonly startedRunIds = new Set<string>()

  constructor(world: { wire: WireEnd; clock: Clock; times?: DriverTimes }) {
    this.wire = world.wire
    this.clock = world.clock
    this.times = world.times ?? DRIVER_TIMES
    this.wire.listen({
      up: () => this.wireUp(),
      down: () => this.wireDown(),
      message: (received) => {
        const message = readFromBoard(received)
        if (message !== undefined) this.hear(message)
      },
    })
    if (this.wire.isUp()) this.wireUp()
  }

  listen(listener: (event: MachineEvent) => void): void {
    this.listener = listener
  }

  describe(): MachineDescription {
    return this.description ?? MODEST_DESCRIPTION
  }

  state(): MachineState {
    if (this.lastState === 'unpowered') return 'unpowered'
    return this.run === undefined ? this.lastState : 'busy'
  }

  reserve(): void {
    this.reserved = true
    this.wire.send({ type: 'reserve' })
  }

  unreserve(): void {
    this.reserved = false
    this.wire.send({ type: 'unreserve' })
  }

  start(order: RunOrder): StartAnswer {
    if (this.run !== undefined || this.startedRunIds.has(order.runId)) return { ok: false, error: 'busy' }
    const state = this.state()
    if (state !== 'ready') return { ok: false, error: state }
    this.remember(order.runId)
    this.begin(order, false)
    this.wire.send({ type: 'start', runId: order.runId, productId: order.productId, units: order.units })
    return { ok: true }
  }

  stop(runId: string): void {
    const run = this.run
    if (run?.order.runId !== runId) return
    this.wire.send({ type: 'stop', runId })
    // A relay says nothing when it opens: the driver itself is the one who knows.
    if (this.describe().evidence === 'command-only' && !run.recovering) {
      this.finish('stopped', { min: 0, max: run.order.units }, 'stopped')
    }
  }

  recover(order: RunOrder): void {
    if (this.run !== undefined) return
    this.remember(order.runId)
    this.begin(order, true)
    this.wire.send({ type: 'ask', runId: order.runId })
  }

  private remember(runId: string): void {
    this.startedRunIds.add(runId)
    if (this.startedRunIds.size <= MAX_RUNS_REMEMBERED) return
    const [oldest] = this.startedRunIds
    if (oldest !== undefined) this.startedRunIds.delete(oldest)
  }

  private begin(order: RunOrder, recovering: boolean): void {
    const run: Run = { order, recovering, deliveredUnits: 0, overdue: false, cancel: () => {} }
    this.run = run
    if (recovering) run.cancel = this.after(this.times.recoverPatienceMs, () => this.giveUp('no answer'))
    else this.awaitEnd(run)
  }

  private awaitEnd(run: Run): void {
    run.cancel()
    const longestMs = run.order.maxDurationS * MS_PER_S
    const description = this.description
    if (!run.recovering && description?.evidence === 'command-only') {
      const givenMs = Math.min(longestMs, description.unitDurationMs * run.order.units)
      const all = { min: run.order.units, max: run.order.units }
      run.cancel = this.after(givenMs, () => this.finish('completed', all, ''))
      return
    }
    run.cancel = this.after(longestMs, () => {
      run.overdue = true
      this.wire.send({ type: 'stop', runId: run.order.runId })
      run.cancel = this.after(this.times.graceMs, () => this.giveUp('fell silent'))
    })
  }

  private after(delayMs: number, fire: () => void): CancelTimer {
    return this.clock.setTimer(delayMs, fire)
  }

  /** No last word came: what was seen is the least, what was ordered the most. */
  private giveUp(reason: string): void {
    const run = this.run
    if (run === undefined) return
    const range = { min: run.deliveredUnits, max: run.order.units }
    this.finish(this.wire.isUp() && !run.recovering ? 'failed' : 'interrupted', range, reason)
  }

  private wireUp(): void {
    this.wire.send({ type: 'hello' })
    if (this.reserved) this.wire.send({ type: 'reserve' })
    if (this.run !== undefined) this.wire.send({ type: 'ask', runId: this.run.order.runId })
  }

  private wireDown(): void {
    this.setState('unpowered')
    this.loseSight('contact was lost')
  }

  private hear(message: FromBoard): void {
    switch (message.type) {
      case 'description':
        this.description = Object.freeze({ ...message.description })
        this.listener({ kind: 'described', description: this.describe() })
        return
      case 'state':
        return this.setState(message.state)
      case 'refused':
        if (this.isCurrent(message.runId)) this.finish('refused', { min: 0, max: 0 }, message.reason)
        return
      case 'progress':
        if (this.isCurrent(message.runId)) this.progress(message.deliveredUnits)
        return
      case 'done':
        if (this.isCurrent(message.runId)) this.finishAsTold(message)
        return
      case 'told':
        if (this.isCurrent(message.runId)) this.told(message)
        return
      case 'button':
        return this.listener({ kind: 'button' })
      case 'selected':
        return this.listener({ kind: 'selected', productId: message.productId })
    }
  }

  private isCurrent(runId: string): boolean {
    return this.run?.order.runId === runId
  }

  private setState(state: MachineState): void {
    const before = this.state()
    this.lastState = state
    if (this.state() !== before) this.listener({ kind: 'state', state: this.state() })
    // A coin was faster than our start: what the relay then did, it did for the coin.
    if (state === 'in-use') this.loseSight('coins were faster')
  }

  /** Nobody watches a relay: whether it went on without us cannot be known. */
  private loseSight(reason: string): void {
    const run = this.run
    if (run === undefined || run.recovering || this.describe().evidence !== 'command-only') return
    this.finish('interrupted', { min: 0, max: run.order.units }, reason)
  }

  private progress(deliveredUnits: number): void {
    const run = this.run
    if (run === undefined) return
    this.followIfRecovering(run)
    const seen = Math.min(deliveredUnits, run.order.units)
    if (seen <= run.deliveredUnits) return
    run.deliveredUnits = seen
    this.listener({ kind: 'progress', runId: run.order.runId, deliveredUnits: seen })
  }

  private followIfRecovering(run: Run): void {
    if (!run.recovering) return
    run.recovering = false
    this.awaitEnd(run)
  }

  private told(message: Told): void {
    const run = this.run
    if (run === undefined) return
    if (!message.known) {
      const nobodySaw = this.describe().evidence === 'command-only' && !run.recovering
      if (nobodySaw) return // A relay never knows; our own time is running.
      return this.finish('interrupted', { min: run.deliveredUnits, max: run.order.units }, 'power was lost')
    }
    if (!message.running) return this.finishAsTold(message)
    this.progress(message.deliveredUnits)
    if (this.run === run) this.followIfRecovering(run)
  }

  private finishAsTold(message: Pick<Done, 'end' | 'deliveredUnits' | 'reason'>): void {
    const run = this.run
    if (run === undefined) return
    const units = Math.min(message.deliveredUnits, run.order.units)
    const end = run.overdue && message.end === 'stopped' ? 'failed' : message.end
    const reason = end === message.end ? message.reason : 'took too long'
    this.finish(end, { min: units, max: units }, reason)
  }

  private finish(end: RunEnd, delivered: Delivered, reason: string): void {
    const run = this.run
    if (run === undefined) return
    run.cancel()
    const stateBefore = this.state()
    this.run = undefined
    const evidence: Evidence = delivered.min === delivered.max ? this.describe().evidence : 'command-only'
    const told = reason.slice(0, MAX_REASON_CHARACTERS)
    this.listener({ kind: 'finished', runId: run.order.runId, end, delivered, evidence, reason: told })
    if (this.state() !== stateBefore) this.listener({ kind: 'state', state: this.state() })
  }
}
