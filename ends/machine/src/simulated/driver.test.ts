import { type Bench, describeDriver, type MachineKind } from '../conformance.suite.ts'
import type { Clock } from '../machine.ts'
import { connectBoard } from './board.ts'
import { SimulatedDriver } from './driver.ts'
import { Thing } from './thing.ts'
import { VirtualClock } from './virtual-clock.ts'
import { createWirePair, QUIET_LISTENER } from './wire.ts'

const LATENCY_MS = 5

function bench(kind: MachineKind): Bench {
  const clock = new VirtualClock(1_000)
  const thing = new Thing(
    {
      ...kind,
      display: false,
      button: false,
      lamp: false,
      engravedNumber: '',
      unitDurationMs: 1_000,
      stockUnits: null,
      coinUnits: 2,
    },
    { clock, random: () => 0.5 },
  )
  const wires = createWirePair(clock, LATENCY_MS)
  connectBoard(thing, wires.boardEnd)
  let lives = 0
  const driver = (): SimulatedDriver => {
    lives += 1
    const life = lives
    const ownClock: Clock = {
      monotonicMs: () => clock.monotonicMs(),
      setTimer: (delayMs, fire) => clock.setTimer(delayMs, () => life === lives && fire()),
    }
    return new SimulatedDriver({ wire: wires.driverEnd, clock: ownClock })
  }
  return {
    machine: driver(),
    clock,
    advance: (forMs) => clock.advance(forMs),
    newDriver: () => {
      wires.driverEnd.listen(QUIET_LISTENER)
      wires.unplug()
      const next = driver()
      wires.plug()
      return next
    },
    truth: (runId) => {
      const runs = thing.history().filter((run) => run.runId === runId)
      return { starts: runs.length, deliveredUnits: runs.reduce((sum, run) => sum + run.deliveredUnits, 0) }
    },
    jam: (afterUnits) => thing.jam(afterUnits),
    breakDown: () => thing.breakDown(),
    empty: () => thing.setStock(0),
    losePower: () => thing.losePower(),
    restorePower: () => thing.restorePower(),
    insertCoin: () => thing.insertCoin(),
    fallSilent: () => thing.fallSilent(),
  }
}

const KINDS: readonly MachineKind[] = (['sensor', 'acknowledged', 'command-only'] as const).flatMap(
  (evidence) => [false, true].map((resumesByItself) => ({ metered: false, evidence, resumesByItself })),
)

describeDriver(
  'the simulated driver',
  [
    ...KINDS,
    { metered: true, evidence: 'sensor', resumesByItself: false },
    { metered: true, evidence: 'sensor', resumesByItself: true },
    { metered: true, evidence: 'acknowledged', resumesByItself: false },
  ],
  bench,
)
