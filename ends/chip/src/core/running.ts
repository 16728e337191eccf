import type { RunEnd, RunFinished } from '#machine/machine.ts'
import type { Command, OutcomeResult, Query, Stop } from '#protocol'
import type { StartedRecord } from './journal-record.ts'
import type { Memory, OpenRun } from './memory.ts'
import type { Outcomes } from './outcome.ts'
import type { ChipPorts } from './ports.ts'
import type { Reservation } from './reservation.ts'
import type { ChipSettings } from './settings.ts'
import type { Speaking } from './speaking.ts'
import type { Tariffs } from './tariff.ts'

/** The system's deadlines lie seconds ahead; one that is further away than this is not believed. */
const MAX_DEADLINE_AHEAD_MS = 3_600_000
const MAX_REASON_CHARACTERS = 40

/** The last run, for the display. */
export interface LastRun {
  readonly result: OutcomeResult
  readonly endedAtMs: number
}

export interface RunningParts {
  readonly settings: ChipSettings
  readonly memory: Memory
  readonly tariffs: Tariffs
  readonly reservation: Reservation
  readonly outcomes: Outcomes
  readonly speaking: Speaking
  readonly changed: () => void
}

/**
 * S8 to S11: carries out commands, each payment's at most once (I3).
 *
 * | a payment is | on                                | then it is | and                                        |
 * | ------------ | --------------------------------- | ---------- | ------------------------------------------ |
 * | unknown      | command, nothing against it       | started    | STARTED synced, deadline seen again, moves |
 * | unknown      | command, something against it     | ended      | outcome void, journaled                    |
 * | unknown      | query                             | ended      | outcome void, journaled: it never will be  |
 * | started      | command, query                    | started    | `started` told again                       |
 * | started      | stop                              | started    | the machine is asked to stop               |
 * | started      | the machine finished              | ended      | outcome journaled and told                 |
 * | started      | the chip boots                    | started    | the machine is asked what it did           |
 * | ended        | command, query, stop              | ended      | the recorded outcome told again            |
 */
export class Running {
  private readonly ports: ChipPorts
  private readonly parts: RunningParts
  private lastProgressMs = Number.NEGATIVE_INFINITY
  private deliveredUnits = 0
  private last: LastRun | undefined

  constructor(ports: ChipPorts, parts: RunningParts) {
    this.ports = ports
    this.parts = parts
  }

  isActive(): boolean {
    return this.active() !== undefined
  }

  /** The run under way; there is never more than one. */
  active(): OpenRun | undefined {
    return this.parts.memory.openRuns()[0]
  }

  delivered(): number {
    return this.deliveredUnits
  }

  lastRun(): LastRun | undefined {
    return this.last
  }

  /** After a boot: never starts anything again, only asks what became of it. */
  recover(): void {
    const run = this.active()
    if (run === undefined) return
    this.deliveredUnits = run.deliveredUnits
    this.ports.log({ msg: 'asking the machine about an open run', paymentId: run.started.paymentId })
    this.ports.machine.recover(orderOf(run.started))
  }

  command(command: Command): void {
    const { paymentId, commandId } = command
    this.ports.log({
      msg: 'step',
      step: 'S8',
      paymentId,
      from: 'system',
      to: 'chip',
      what: { commandId, grant: command.grant, units: command.units, deadlineMs: command.deadlineMs },
    })
    if (this.answerAgain(command)) return
    const objection = this.objection(command)
    if (objection !== undefined) return this.refuse(command, objection)
    const started = this.toStarted(command)
    this.parts.memory.keep(started)
    // Writing may have taken long: only what is not late now may move.
    if (this.isLate(command))
      return this.parts.outcomes.recordVoid(command, 'too late once it was written down')
    this.deliveredUnits = 0
    this.parts.reservation.take()
    const answer = this.ports.machine.start(orderOf(started))
    if (!answer.ok) {
      return this.finished({
        kind: 'finished',
        runId: paymentId,
        end: 'refused',
        delivered: { min: 0, max: 0 },
        evidence: this.ports.machine.describe().evidence,
        reason: answer.error,
      })
    }
    this.ports.log({
      msg: 'step',
      step: 'S9',
      paymentId,
      from: 'chip',
      to: 'machine',
      what: { units: command.units, productId: command.productId },
    })
    this.sayStarted(started)
    this.parts.changed()
  }

  query(query: Query): void {
    if (this.answerAgain(query)) return
    this.refuse(query, 'asked before it ever started')
  }

  stop(stop: Stop): void {
    const outcome = this.parts.memory.outcomeOf(stop.paymentId)
    if (outcome !== undefined) return this.parts.outcomes.sayAgain(outcome)
    if (this.parts.memory.openRun(stop.paymentId) === undefined) return
    this.ports.log({ msg: 'asking the machine to stop', paymentId: stop.paymentId })
    this.ports.machine.stop(stop.paymentId)
  }

  progress(runId: string, deliveredUnits: number): void {
    const run = this.active()
    if (run?.started.paymentId !== runId || deliveredUnits <= this.deliveredUnits) return
    this.deliveredUnits = Math.min(deliveredUnits, run.started.units)
    this.parts.changed()
    const nowMs = this.ports.clock.monotonicMs()
    if (nowMs - this.lastProgressMs < this.parts.settings.times.progressIntervalMs) return
    this.lastProgressMs = nowMs
    const { commandId, paymentId } = run.started
    this.parts.memory.note({ kind: 'progress', paymentId, deliveredUnits: this.deliveredUnits })
    this.parts.speaking.say({
      name: 'progress',
      chipId: this.parts.settings.chipId,
      commandId,
      paymentId,
      deliveredUnits: this.deliveredUnits,
    })
  }

  finished(finished: RunFinished): void {
    const run = this.active()
    if (run?.started.paymentId !== finished.runId) return
    const { commandId, paymentId, units } = run.started
    const max = Math.min(finished.delivered.max, units)
    const min = Math.min(Math.max(finished.delivered.min, run.deliveredUnits), max)
    const { metered } = this.ports.machine.describe()
    const result = RESULT_OF_END[finished.end]({ min, units, metered })
    this.parts.outcomes.record({
      commandId,
      paymentId,
      result,
      deliveredMin: min,
      deliveredMax: max,
      ordered: units,
      evidence: finished.evidence,
      reason: finished.reason.slice(0, MAX_REASON_CHARACTERS),
    })
    this.last = { result, endedAtMs: this.ports.clock.monotonicMs() }
    this.ports.machine.unreserve()
    this.parts.changed()
  }

  /** Nothing moved and nothing will: the machine is free for others. */
  private refuse(command: Command | Query, reason: string): void {
    this.parts.outcomes.recordVoid(command, reason)
    this.parts.reservation.release(command.paymentId)
  }

  /** True if this payment was started or ended before; tells again what is known. */
  private answerAgain({ paymentId }: Command | Query): boolean {
    const outcome = this.parts.memory.outcomeOf(paymentId)
    if (outcome !== undefined) {
      this.parts.outcomes.sayAgain(outcome)
      return true
    }
    const run = this.parts.memory.openRun(paymentId)
    if (run === undefined) return false
    this.sayStarted(run.started)
    return true
  }

  private objection(command: Command): string | undefined {
    if (command.boot !== this.parts.memory.boot()) return 'for another boot'
    if (this.isLate(command)) return 'too late'
    const aheadMs = command.deadlineMs - this.ports.clock.monotonicMs()
    if (aheadMs > MAX_DEADLINE_AHEAD_MS) return 'deadline too far ahead'
    if (this.isActive() || this.parts.outcomes.isFull()) return 'busy'
    return this.objectionToGrant(command) ?? this.objectionOfMachine()
  }

  private objectionToGrant(command: Command): string | undefined {
    const held = this.parts.reservation.current()
    if (command.grant === 'paid') {
      if (held?.paymentId !== command.paymentId) return 'no reservation'
      const { id, units } = held.code.product
      return id === command.productId && units === command.units ? undefined : 'not what was checked'
    }
    if (held !== undefined) return 'reserved for a payment'
    if (this.parts.memory.retirement() !== undefined) return 'leaving the owner'
    const product = this.parts.tariffs.product(command.productId)
    if (product === undefined) return 'unknown product'
    return command.units <= product.units ? undefined : 'more units than the product has'
  }

  private objectionOfMachine(): string | undefined {
    const state = this.ports.machine.state()
    return state === 'ready' ? undefined : `machine is ${state}`
  }

  private isLate(command: Command): boolean {
    return this.ports.clock.monotonicMs() > command.deadlineMs
  }

  private toStarted(command: Command): StartedRecord {
    const { commandId, paymentId, productId, units, maxDurationS, boot } = command
    const atMs = Math.floor(this.ports.clock.monotonicMs())
    return { kind: 'started', commandId, paymentId, productId, units, maxDurationS, boot, atMs }
  }

  private sayStarted({ commandId, paymentId, boot, atMs: monotonicMs }: StartedRecord): void {
    const { chipId } = this.parts.settings
    this.parts.speaking.say({ name: 'started', chipId, commandId, paymentId, boot, monotonicMs })
  }
}

/** The run carries the payment's id: what the machine did for a payment can be counted at the machine. */
function orderOf({ paymentId, productId, units, maxDurationS }: StartedRecord) {
  return { runId: paymentId, productId, units, maxDurationS }
}

interface EndedRun {
  readonly min: number
  readonly units: number
  readonly metered: boolean
}

/** A metered machine that ends in order has delivered what its meter says; pieces are delivered all or not. */
const RESULT_OF_END: Readonly<Record<RunEnd, (run: EndedRun) => OutcomeResult>> = {
  refused: () => 'failed',
  failed: () => 'failed',
  completed: ({ metered, min, units }) => (metered || min >= units ? 'delivered' : 'failed'),
  stopped: ({ metered }) => (metered ? 'delivered' : 'interrupted'),
  interrupted: () => 'interrupted',
}
