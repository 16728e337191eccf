import type { MachineState } from '../machine.ts'
import type { PhysicalRun, Thing, ThingEvent } from './thing.ts'
import type { BoardEnd } from './wire.ts'
import { type FromBoard, readToBoard, type ToBoard } from './wire-message.ts'

/** What a board with a sensor or a memory of its own remembers of a run; a bare relay remembers nothing. */
type Memory = 'sensor' | 'until-power-cut' | 'none'

const MEMORY: Record<Thing['settings']['evidence'], Memory> = {
  sensor: 'sensor',
  acknowledged: 'until-power-cut',
  'command-only': 'none',
}

/**
 * Connects a Thing to its end of the wire: the machine's own electronics, which know nothing of payments. What it can
 * say depends on what the Thing has: with a sensor it counts through power cuts; an acknowledging machine forgets when
 * power goes; a bare relay says only that it has power and whether coins drive it.
 */
export function connectBoard(thing: Thing, wire: BoardEnd): void {
  const memory = MEMORY[thing.settings.evidence]
  let powerCutAtMs = -1
  const say = (message: FromBoard): void => {
    if (thing.isPowered() && !thing.isSilent()) wire.send(message)
  }
  const sayState = (): void => say({ type: 'state', state: visibleState(thing.state(), memory) })

  const hear = (message: ToBoard): void => {
    switch (message.type) {
      case 'hello': {
        const { metered, evidence, resumesByItself, display, button, lamp, unitDurationMs } = thing.settings
        const description = { metered, evidence, resumesByItself, display, button, lamp, unitDurationMs }
        say({ type: 'description', description })
        return sayState()
      }
      case 'reserve':
        return thing.inhibitCoins(true)
      case 'unreserve':
        return thing.inhibitCoins(false)
      case 'start': {
        const state = thing.start(message)
        const refused = state !== 'ready' && memory !== 'none'
        return refused ? say({ type: 'refused', runId: message.runId, reason: state }) : undefined
      }
      case 'stop':
        return thing.stop(message.runId)
      case 'ask':
        return say(recollection(thing, { runId: message.runId, memory, powerCutAtMs }))
      case 'display':
        return thing.panel.show(message.screen)
      case 'blink':
        return thing.panel.blink(message.number)
    }
  }

  const tell = (event: ThingEvent): void => {
    switch (event.kind) {
      case 'state':
        return sayState()
      case 'unit':
        return sayRun(event.run)
      case 'ended':
        return sayRun(event.run)
      case 'power':
        if (!event.on) powerCutAtMs = thing.nowMs()
        return wire.setPowered(event.on)
      case 'button':
        return say({ type: 'button' })
      case 'selected':
        return say({ type: 'selected', productId: event.productId })
    }
  }
  const sayRun = (run: PhysicalRun): void => {
    if (memory === 'none' || run.source !== 'chip') return
    const { runId, end, claimedUnits: deliveredUnits, reason } = run
    if (end === 'running') say({ type: 'progress', runId, deliveredUnits })
    else say({ type: 'done', runId, end, deliveredUnits, reason })
  }

  thing.listen(tell)
  wire.listen({
    up: () => {},
    down: () => {
      thing.inhibitCoins(false)
      thing.panel.goDark()
    },
    message: (received) => {
      const message = readToBoard(received)
      if (message !== undefined && thing.isPowered()) hear(message)
    },
  })
}

/** A relay cannot see faults, stock or motion. */
function visibleState(state: MachineState, memory: Memory): MachineState {
  if (memory !== 'none' || state === 'unpowered' || state === 'in-use') return state
  return 'ready'
}

function recollection(thing: Thing, of: { runId: string; memory: Memory; powerCutAtMs: number }): FromBoard {
  const { runId } = of
  const run = thing.recall(runId)
  if (of.memory === 'none') return { type: 'told', runId, known: false }
  if (run === undefined) {
    // A sensor that saw no such run is evidence that nothing came; a memory that may have been lost is not.
    if (of.memory !== 'sensor') return { type: 'told', runId, known: false }
    const nothing = { end: 'refused', deliveredUnits: 0, reason: 'never began' } as const
    return { type: 'told', runId, known: true, running: false, ...nothing }
  }
  if (of.memory === 'until-power-cut' && lostWithPower(run, of.powerCutAtMs)) {
    return { type: 'told', runId, known: false }
  }
  const running = run.end === 'running'
  const end = run.end === 'running' ? 'completed' : run.end
  return {
    type: 'told',
    runId,
    known: true,
    running,
    end,
    deliveredUnits: run.claimedUnits,
    reason: run.reason,
  }
}

function lostWithPower(run: PhysicalRun, powerCutAtMs: number): boolean {
  return run.end === 'interrupted' || (run.endedAtMs !== null && run.endedAtMs <= powerCutAtMs)
}
