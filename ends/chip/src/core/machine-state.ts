import type { MachineState as PhysicalState } from '#machine/machine.ts'
import type { Refusal } from '#protocol'

/** Why a machine in this state cannot be sold now; undefined when it can. */
export const REFUSAL_OF_STATE: Readonly<Record<PhysicalState, Refusal | undefined>> = Object.freeze({
  ready: undefined,
  busy: 'busy',
  fault: 'machine-fault',
  unpowered: 'machine-fault',
  'in-use': 'in-use',
  empty: 'empty',
})

/** What the display says instead of a code. */
export const WORDS_OF_STATE: Readonly<Record<PhysicalState, string>> = Object.freeze({
  ready: '',
  busy: 'In use',
  fault: 'Out of order',
  unpowered: 'Out of order',
  'in-use': 'In use',
  empty: 'Sold out',
})
