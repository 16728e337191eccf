/**
 * What every driver of a machine must keep, whatever it drives. Run it with a bench that puts a machine of the wanted
 * kind behind the driver and can do to it what life does.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Clock, Evidence, Machine, MachineEvent, RunFinished, RunOrder } from './machine.ts'

export interface MachineKind {
  readonly metered: boolean
  readonly evidence: Evidence
  readonly resumesByItself: boolean
}

/** A machine and its driver in a laboratory. One unit takes about a second. */
export interface Bench {
  readonly machine: Machine
  readonly clock: Clock
  /** Lets time pass. */
  advance(forMs: number): void
  /** Another driver on the same machine, as after a reboot of the chip. */
  newDriver(): Machine
  /** What physically came out for a run so far, and how often it was set in motion. */
  truth(runId: string): { readonly starts: number; readonly deliveredUnits: number }
  jam(afterUnits: number): void
  breakDown(): void
  empty(): void
  losePower(): void
  restorePower(): void
  /** True if the coin was taken. */
  insertCoin(): boolean
  fallSilent(): void
}

const UNITS = 4
const UNIT_MS = 1_000
const MAX_DURATION_S = 20
/** Longest duration, grace and patience are over. */
const LONG_MS = 300_000
const ORDER: RunOrder = { runId: 'run-1', productId: 1, units: UNITS, maxDurationS: MAX_DURATION_S }

/** Everything a driver says, with the rules that hold for every story. */
class Listener {
  readonly events: MachineEvent[] = []
  private readonly bench: Bench

  constructor(bench: Bench, machine: Machine = bench.machine) {
    this.bench = bench
    machine.listen((event) => this.events.push(event))
  }

  finished(runId = ORDER.runId): RunFinished[] {
    return this.events.filter(
      (event): event is RunFinished => event.kind === 'finished' && event.runId === runId,
    )
  }

  /** Exactly one end, whose k to m holds the truth, with no better grade than the machine has. */
  end(runId = ORDER.runId): RunFinished {
    const [finished, ...more] = this.finished(runId)
    assert.ok(finished, 'a run that was started finishes')
    assert.equal(more.length, 0, 'once')
    const { min, max } = finished.delivered
    const { starts, deliveredUnits } = this.bench.truth(runId)
    assert.ok(starts <= 1, 'never started twice')
    assert.ok(0 <= min && min <= max && max <= UNITS, `${String(min)}..${String(max)}`)
    assert.ok(deliveredUnits <= UNITS, 'never more than ordered')
    assert.ok(deliveredUnits <= max, 'never less reported than delivered')
    if (finished.evidence !== 'command-only')
      assert.ok(min <= deliveredUnits, 'never more reported than seen')
    const progress = this.events.flatMap((event) => (event.kind === 'progress' ? [event.deliveredUnits] : []))
    assert.deepEqual(
      progress,
      [...new Set(progress)].sort((one, other) => one - other),
      'progress only grows',
    )
    assert.ok(progress.every((units) => units <= UNITS))
    return finished
  }
}

function readyBench(makeBench: (kind: MachineKind) => Bench, kind: MachineKind): Bench {
  const bench = makeBench(kind)
  bench.advance(100)
  assert.equal(bench.machine.state(), 'ready')
  return bench
}

function describeMotion(kind: MachineKind, make: () => Bench): void {
  const sees = kind.evidence !== 'command-only'

  test('says what it is', () => {
    const { metered, evidence, resumesByItself } = make().machine.describe()
    assert.deepEqual({ metered, evidence, resumesByItself }, kind)
  })

  test('delivers what was ordered, and says so with its own grade', () => {
    const bench = make()
    const listener = new Listener(bench)
    assert.deepEqual(bench.machine.start(ORDER), { ok: true })
    assert.equal(bench.machine.state(), 'busy')
    bench.advance(UNITS * UNIT_MS * 2)
    const { end, delivered, evidence } = listener.end()
    assert.deepEqual([end, delivered, evidence], ['completed', { min: UNITS, max: UNITS }, kind.evidence])
    assert.equal(bench.truth(ORDER.runId).deliveredUnits, UNITS)
    assert.equal(bench.machine.state(), 'ready')
    bench.advance(LONG_MS)
    listener.end()
  })

  test('never starts the same run again, nor another one meanwhile', () => {
    const bench = make()
    const listener = new Listener(bench)
    bench.machine.start(ORDER)
    assert.deepEqual(bench.machine.start(ORDER), { ok: false, error: 'busy' })
    assert.deepEqual(bench.machine.start({ ...ORDER, runId: 'run-2' }), { ok: false, error: 'busy' })
    bench.advance(LONG_MS)
    assert.equal(bench.machine.start(ORDER).ok, false)
    bench.advance(LONG_MS)
    listener.end()
    assert.equal(bench.truth('run-2').starts, 0)
    assert.equal(listener.finished('run-2').length, 0)
  })

  test('stops when told, and tells how far it came', () => {
    const bench = make()
    const listener = new Listener(bench)
    bench.machine.start(ORDER)
    bench.advance(UNIT_MS * 1.5)
    bench.machine.stop('another run')
    bench.machine.stop(ORDER.runId)
    bench.advance(100)
    const { end, delivered } = listener.end()
    assert.equal(end, 'stopped')
    assert.deepEqual(delivered, sees ? { min: 1, max: 1 } : { min: 0, max: UNITS })
    bench.advance(LONG_MS)
    assert.equal(bench.truth(ORDER.runId).deliveredUnits, 1)
  })

  test('a jam is told where somebody sees it', () => {
    const bench = make()
    const listener = new Listener(bench)
    bench.jam(2)
    bench.machine.start(ORDER)
    bench.advance(LONG_MS)
    const { end, delivered, evidence } = listener.end()
    assert.equal(evidence, kind.evidence)
    if (!sees) return
    assert.deepEqual([end, delivered], ['failed', { min: 2, max: 2 }])
    assert.equal(bench.machine.state(), 'fault')
  })
}

function describeSilence(kind: MachineKind, make: () => Bench): void {
  const sees = kind.evidence !== 'command-only'

  test('a machine that takes too long is stopped', () => {
    const bench = make()
    const listener = new Listener(bench)
    bench.machine.start({ ...ORDER, maxDurationS: 2 })
    bench.advance(LONG_MS)
    listener.end()
    assert.ok(bench.truth(ORDER.runId).deliveredUnits < UNITS || !sees)
  })

  test('a machine that falls silent still gets an end, with what was seen as the least', () => {
    const bench = make()
    const listener = new Listener(bench)
    bench.machine.start(ORDER)
    bench.advance(UNIT_MS * 1.5)
    bench.fallSilent()
    bench.advance(LONG_MS)
    const { delivered, evidence } = listener.end()
    if (!sees) return
    assert.deepEqual([delivered, evidence], [{ min: 1, max: UNITS }, 'command-only'])
  })

  for (const [name, offMs] of [
    ['a short power cut', 3_000],
    ['a power cut without end', LONG_MS],
  ] as const) {
    test(`${name} in mid-run: it says what its evidence allows`, () => {
      const bench = make()
      const listener = new Listener(bench)
      bench.machine.start(ORDER)
      bench.advance(UNIT_MS * 1.5)
      bench.losePower()
      bench.advance(100)
      assert.equal(bench.machine.state(), 'unpowered')
      bench.advance(offMs)
      bench.restorePower()
      bench.advance(LONG_MS)
      const { end, delivered } = listener.end()
      if (kind.resumesByItself && sees && offMs < LONG_MS) assert.equal(end, 'completed')
      else assert.equal(end, 'interrupted')
      if (kind.evidence === 'sensor' && !kind.resumesByItself && offMs < LONG_MS) {
        assert.deepEqual(delivered, { min: 1, max: 1 })
      }
    })
  }
}

function describeRecovery(kind: MachineKind, make: () => Bench): void {
  test('after a reboot of the chip a run that goes on is followed, never started again', () => {
    const bench = make()
    bench.machine.start(ORDER)
    bench.advance(UNIT_MS * 1.5)
    const driver = bench.newDriver()
    const listener = new Listener(bench, driver)
    driver.recover(ORDER)
    bench.advance(LONG_MS)
    assert.equal(listener.end().end, kind.evidence === 'command-only' ? 'interrupted' : 'completed')
    assert.equal(bench.truth(ORDER.runId).starts, 1)
    assert.equal(driver.start(ORDER).ok, false)
  })

  test('after a reboot, a run that never began: nothing by a sensor, unknown otherwise', () => {
    const bench = make()
    const driver = bench.newDriver()
    const listener = new Listener(bench, driver)
    driver.recover(ORDER)
    bench.advance(LONG_MS)
    const { delivered, evidence } = listener.end()
    assert.deepEqual(delivered, { min: 0, max: kind.evidence === 'sensor' ? 0 : UNITS })
    assert.equal(evidence, kind.evidence === 'sensor' ? 'sensor' : 'command-only')
    assert.equal(bench.truth(ORDER.runId).starts, 0)
  })

  test('after a reboot and a power cut: k to m holds the truth', () => {
    const bench = make()
    bench.machine.start(ORDER)
    bench.advance(UNIT_MS * 2.5)
    bench.losePower()
    const driver = bench.newDriver()
    const listener = new Listener(bench, driver)
    driver.recover(ORDER)
    bench.advance(2_000)
    bench.restorePower()
    bench.advance(LONG_MS)
    listener.end()
  })

  test('after a reboot, a machine that never answers again: nothing to everything', () => {
    const bench = make()
    bench.machine.start(ORDER)
    bench.advance(UNIT_MS * 1.5)
    bench.losePower()
    const driver = bench.newDriver()
    const listener = new Listener(bench, driver)
    driver.recover(ORDER)
    bench.advance(LONG_MS)
    const { end, delivered, evidence } = listener.end()
    assert.deepEqual([end, delivered, evidence], ['interrupted', { min: 0, max: UNITS }, 'command-only'])
  })
}

function describeRefusals(kind: MachineKind, make: () => Bench): void {
  test('refuses without power, and while coins drive it, and moves nothing', () => {
    const unpowered = make()
    unpowered.losePower()
    unpowered.advance(100)
    assert.deepEqual(unpowered.machine.start(ORDER), { ok: false, error: 'unpowered' })
    const coins = make()
    assert.ok(coins.insertCoin())
    coins.advance(100)
    assert.deepEqual(coins.machine.start(ORDER), { ok: false, error: 'in-use' })
    coins.advance(LONG_MS)
    assert.equal(coins.truth(ORDER.runId).starts, 0)
    assert.equal(coins.machine.state(), 'ready')
  })

  test('keeps coins out while reserved, over a power cut too', () => {
    const bench = make()
    bench.machine.reserve()
    bench.advance(100)
    assert.equal(bench.insertCoin(), false)
    bench.losePower()
    bench.advance(1_000)
    bench.restorePower()
    bench.advance(1_000)
    assert.equal(bench.insertCoin(), false)
    bench.machine.unreserve()
    bench.advance(100)
    assert.equal(bench.insertCoin(), true)
  })

  test('a coin that is faster than the start: nothing is claimed that was not seen', () => {
    const bench = make()
    const listener = new Listener(bench)
    assert.ok(bench.insertCoin())
    const answer = bench.machine.start(ORDER)
    bench.advance(LONG_MS)
    if (answer.ok) assert.equal(listener.end().delivered.min, 0)
    else assert.equal(listener.finished().length, 0)
    assert.equal(bench.truth(ORDER.runId).starts, 0)
  })

  if (kind.evidence === 'command-only') return

  test('refuses when broken or empty, before it moves or in its end', () => {
    for (const [state, happen] of [
      ['fault', (bench: Bench) => bench.breakDown()],
      ['empty', (bench: Bench) => bench.empty()],
    ] as const) {
      const told = make()
      happen(told)
      told.advance(100)
      assert.deepEqual(told.machine.start(ORDER), { ok: false, error: state })
      const untold = make()
      const listener = new Listener(untold)
      happen(untold)
      const answer = untold.machine.start(ORDER)
      untold.advance(LONG_MS)
      if (answer.ok) assert.deepEqual([listener.end().end, listener.end().delivered.max], ['refused', 0])
      assert.equal(untold.truth(ORDER.runId).starts, 0)
    }
  })
}

/** Runs the suite for a driver with machines of every kind that it can drive. */
export function describeDriver(
  name: string,
  kinds: readonly MachineKind[],
  makeBench: (kind: MachineKind) => Bench,
): void {
  for (const kind of kinds) {
    const what = `${kind.metered ? 'metered' : 'counted'}, ${kind.evidence}${kind.resumesByItself ? ', resumes by itself' : ''}`
    describe(`${name}: ${what}`, () => {
      const make = (): Bench => readyBench(makeBench, kind)
      describeMotion(kind, make)
      describeSilence(kind, make)
      describeRecovery(kind, make)
      describeRefusals(kind, make)
    })
  }
}
