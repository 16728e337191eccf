import type { CancelTimer, Clock, Evidence, MachineState, RunEnd } from '../machine.ts'
import { Panel } from './panel.ts'

/** What the simulated physical machine is like. */
export interface ThingSettings {
  readonly metered: boolean
  readonly evidence: Evidence
  readonly resumesByItself: boolean
  readonly display: boolean
  readonly button: boolean
  readonly lamp: boolean
  /** Empty if nothing is engraved. */
  readonly engravedNumber: string
  /** Time for one unit; for a charger of 5 Wh a second: 200. */
  readonly unitDurationMs: number
  /** What is inside; null where nothing can run out. */
  readonly stockUnits: number | null
  /** What one coin buys; 0 where there is no coin slot. */
  readonly coinUnits: number
}

/** One run as it physically happened: the truth that no report can change. */
export interface PhysicalRun {
  readonly runId: string
  readonly source: 'chip' | 'coins'
  readonly productId: number
  readonly orderedUnits: number
  readonly startedAtMs: number
  endedAtMs: number | null
  deliveredUnits: number
  /** What the machine believes or claims it delivered: differs from the truth only when it lies. */
  claimedUnits: number
  end: RunEnd | 'running'
  reason: string
}

/** What of a thing survives its host process: enough to be the same thing again. JSON-able. */
export interface ThingSnapshot {
  readonly runs: readonly PhysicalRun[]
  readonly stockUnits: number | null
  readonly broken: boolean
}

export type ThingEvent =
  | { readonly kind: 'state' }
  | { readonly kind: 'unit'; readonly run: PhysicalRun }
  | { readonly kind: 'ended'; readonly run: PhysicalRun }
  | { readonly kind: 'power'; readonly on: boolean }
  | { readonly kind: 'button' }
  | { readonly kind: 'selected'; readonly productId: number }

/** Unit times vary by this share, as things do. */
const UNIT_DURATION_SPREAD = 0.1
/** A simulated thing forgets its oldest runs beyond this. */
const MAX_RUNS_KEPT = 10_000
const MAX_RUNS_IN_SNAPSHOT = 100

/**
 * A simulated physical machine: takes its time, may jam, run out, lose power, be used with coins, or lie. Faults are
 * things that happen to it (`jam`, `losePower`, …), never switches in a driver or a chip.
 */
export class Thing {
  readonly settings: ThingSettings
  readonly panel: Panel
  private readonly clock: Clock
  private readonly random: () => number
  private readonly listeners = new Set<(event: ThingEvent) => void>()
  private readonly runs: PhysicalRun[] = []
  private current: PhysicalRun | undefined
  private cancelUnit: CancelTimer = () => {}
  private powered = true
  private broken = false
  private coinsInhibited = false
  private silent = false
  private stockUnits: number | null
  private jamAtUnit: number | undefined
  private partAtUnit: number | undefined
  private liesNext = false

  /**
   * `random` gives numbers in [0, 1). With `before`, the thing is the one of that snapshot, and what happened in
   * between was a power cut to it.
   */
  constructor(
    settings: ThingSettings,
    world: { clock: Clock; random: () => number },
    before?: ThingSnapshot,
  ) {
    this.settings = Object.freeze({ ...settings })
    this.panel = new Panel(settings)
    this.clock = world.clock
    this.random = world.random
    this.stockUnits = before?.stockUnits ?? settings.stockUnits
    this.broken = before?.broken ?? false
    this.runs.push(...(before?.runs ?? []).map((run) => ({ ...run })))
    this.current = this.runs.find(({ end }) => end === 'running')
    if (this.current !== undefined) this.goOnAfterPowerCut(this.current)
  }

  snapshot(): ThingSnapshot {
    const runs = this.runs.slice(-MAX_RUNS_IN_SNAPSHOT).map((run) => ({ ...run }))
    return { runs, stockUnits: this.stockUnits, broken: this.broken }
  }

  listen(listener: (event: ThingEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Everything it physically did, oldest first. */
  history(): readonly Readonly<PhysicalRun>[] {
    return this.runs
  }

  isPowered(): boolean {
    return this.powered
  }

  isSilent(): boolean {
    return this.silent
  }

  stock(): number | null {
    return this.stockUnits
  }

  nowMs(): number {
    return this.clock.monotonicMs()
  }

  state(): MachineState {
    if (!this.powered) return 'unpowered'
    if (this.current !== undefined) return this.current.source === 'coins' ? 'in-use' : 'busy'
    if (this.broken) return 'fault'
    return this.stockUnits === 0 ? 'empty' : 'ready'
  }

  // What the board can do.

  inhibitCoins(inhibited: boolean): void {
    this.coinsInhibited = inhibited
  }

  /** Sets it in motion. It does not know payments: told twice, it runs twice. */
  start(order: { runId: string; productId: number; units: number }): MachineState {
    const state = this.state()
    if (state !== 'ready') return state
    this.begin({ ...order, source: 'chip' })
    return 'ready'
  }

  stop(runId: string): void {
    if (this.current?.runId === runId) this.finish('stopped', 'stopped')
  }

  recall(runId: string): PhysicalRun | undefined {
    return this.runs.findLast((run) => run.runId === runId && run.source === 'chip')
  }

  // What happens to it.

  /** It will jam once it has delivered so many units of the current or next run; at once if it already has. */
  jam(afterUnits = 0): void {
    this.jamAtUnit = afterUnits
    if (this.current !== undefined) this.stepPastFaults(this.current)
  }

  /** Somebody sees at once that it is out of order. */
  breakDown(): void {
    this.broken = true
    if (this.current !== undefined) this.finish('failed', 'broke down')
    else this.tell({ kind: 'state' })
  }

  repair(): void {
    this.broken = false
    this.jamAtUnit = undefined
    this.partAtUnit = undefined
    this.tell({ kind: 'state' })
  }

  /** The current or next run ends after so many units, for no reason that lasts. */
  deliverOnly(units: number): void {
    this.partAtUnit = units
    if (this.current !== undefined) this.stepPastFaults(this.current)
  }

  setStock(units: number | null): void {
    this.stockUnits = units
    this.tell({ kind: 'state' })
  }

  losePower(): void {
    if (!this.powered) return
    this.powered = false
    this.coinsInhibited = false
    this.cancelUnit()
    this.panel.goDark()
    this.tell({ kind: 'power', on: false })
  }

  restorePower(): void {
    if (this.powered) return
    this.powered = true
    const run = this.current
    if (run !== undefined) this.goOnAfterPowerCut(run)
    this.tell({ kind: 'power', on: true })
  }

  private goOnAfterPowerCut(run: PhysicalRun): void {
    if (this.settings.resumesByItself) this.awaitUnit(run)
    else this.finish('interrupted', 'power was lost')
  }

  /** The next run is reported as completed though nothing comes out. */
  lieOnce(): void {
    this.liesNext = true
  }

  /** It goes on, but its board says nothing more. */
  fallSilent(): void {
    this.silent = true
  }

  speakAgain(): void {
    this.silent = false
    this.tell({ kind: 'state' })
  }

  /** True if the coin was taken and the machine runs. */
  insertCoin(): boolean {
    if (this.settings.coinUnits === 0 || this.coinsInhibited || this.state() !== 'ready') return false
    this.begin({ runId: '', productId: 0, units: this.settings.coinUnits, source: 'coins' })
    return true
  }

  pressButton(): void {
    if (this.settings.button && this.powered) this.tell({ kind: 'button' })
  }

  /** Somebody chooses what to buy, on machines that show a code for it. */
  selectProduct(productId: number): void {
    if (this.powered) this.tell({ kind: 'selected', productId })
  }

  // Motion.

  private begin(order: { runId: string; productId: number; units: number; source: 'chip' | 'coins' }): void {
    const run: PhysicalRun = {
      runId: order.runId,
      source: order.source,
      productId: order.productId,
      orderedUnits: order.units,
      startedAtMs: this.clock.monotonicMs(),
      endedAtMs: null,
      deliveredUnits: 0,
      claimedUnits: 0,
      end: 'running',
      reason: '',
    }
    this.runs.push(run)
    if (this.runs.length > MAX_RUNS_KEPT) this.runs.shift()
    this.current = run
    this.tell({ kind: 'state' })
    if (order.source === 'chip' && this.liesNext) {
      this.liesNext = false
      run.claimedUnits = order.units
      this.finish('completed', '')
      return
    }
    this.stepPastFaults(run)
  }

  /** Looks for what stops it at this unit, and otherwise waits for the next one. */
  private stepPastFaults(run: PhysicalRun): void {
    if (!this.powered) return
    this.cancelUnit()
    if (run.deliveredUnits >= run.orderedUnits) return this.finish('completed', '')
    if (this.jamAtUnit !== undefined && run.deliveredUnits >= this.jamAtUnit) {
      this.jamAtUnit = undefined
      this.broken = true
      return this.finish('failed', 'jammed')
    }
    if (this.partAtUnit !== undefined && run.deliveredUnits >= this.partAtUnit) {
      this.partAtUnit = undefined
      return this.finish('failed', 'delivered in part')
    }
    if (this.stockUnits === 0) return this.finish('failed', 'ran out')
    this.awaitUnit(run)
  }

  private awaitUnit(run: PhysicalRun): void {
    const spread = 1 + UNIT_DURATION_SPREAD * (this.random() * 2 - 1)
    this.cancelUnit = this.clock.setTimer(Math.round(this.settings.unitDurationMs * spread), () => {
      run.deliveredUnits += 1
      run.claimedUnits += 1
      if (this.stockUnits !== null) this.stockUnits -= 1
      this.tell({ kind: 'unit', run })
      if (this.current === run) this.stepPastFaults(run)
    })
  }

  private finish(end: RunEnd, reason: string): void {
    const run = this.current
    if (run === undefined) return
    this.cancelUnit()
    this.current = undefined
    run.end = end
    run.endedAtMs = this.clock.monotonicMs()
    run.reason = reason
    this.tell({ kind: 'ended', run })
    this.tell({ kind: 'state' })
  }

  private tell(event: ThingEvent): void {
    for (const listener of this.listeners) listener(event)
  }
}
