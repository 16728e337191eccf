import { setTimeout as pause } from 'node:timers/promises'
import type { RunningMachine } from '#hosting/house-machine.ts'

/** What goes wrong in life, done to the machine from outside while it is being paid or runs. */
export type TroubleKind = 'jam' | 'part' | 'plug' | 'link' | 'none'

const OFF_MS = 700
const CUT_MS = 1500
const RUN_POLL_MS = 25
const RUN_WAIT_MS = 25_000

/** Before the payment: what is already waiting to go wrong. */
export function prepare(machine: RunningMachine, trouble: TroubleKind, unit: number): void {
  if (trouble === 'jam') machine.thing.jam(unit)
  if (trouble === 'part') machine.thing.deliverOnly(unit)
}

/** While it runs: the plug, or the network cable, for a while. */
export async function strike(machine: RunningMachine, trouble: TroubleKind): Promise<void> {
  if (trouble !== 'plug' && trouble !== 'link') return
  const before = machine.thing.history().length
  const endMs = Date.now() + RUN_WAIT_MS
  while (machine.thing.history().length === before && Date.now() < endMs) await pause(RUN_POLL_MS)
  if (trouble === 'plug') {
    await machine.pullPlug()
    await pause(OFF_MS)
    await machine.putBackPlug()
    return
  }
  machine.link.cut()
  await pause(CUT_MS)
  machine.link.restore()
}

export function mend(machine: RunningMachine): void {
  machine.thing.repair()
}
