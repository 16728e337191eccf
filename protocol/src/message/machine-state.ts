import { choice } from './field.ts'

/** What a chip says of its machine. */
export const MACHINE_STATE_CODES = {
  ready: 0,
  /** Held for a payment that has not been commanded yet. */
  reserved: 1,
  busy: 2,
  fault: 3,
  unpowered: 4,
  /** Someone feeds it coins. */
  'in-use': 5,
  empty: 6,
} as const

export type MachineState = keyof typeof MACHINE_STATE_CODES

export const machineState = choice(MACHINE_STATE_CODES)
