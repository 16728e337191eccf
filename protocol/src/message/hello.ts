import { BootId } from '../identifier.ts'
import { field, id, milliseconds, uint32 } from './field.ts'
import { machineState } from './machine-state.ts'
import { type ValueOf, message } from './message.ts'

/** On connecting, from time to time, and after a new tariff: who the chip is now, and how it fares. */
export const hello = message({
  kind: 16,
  name: 'hello',
  direction: 'up',
  fields: {
    boot: field(3, id(BootId)),
    counter: field(4, uint32),
    /** In force at the chip; 0 when it has none yet. */
    tariffVersion: field(5, uint32),
    machineState: field(6, machineState),
    monotonicMs: field(7, milliseconds),
    /** Seconds since 1970, as the chip believes; 0 when it does not know. */
    wallS: field(8, uint32),
    /** Outcomes that still wait for their `outcome-ack`. */
    unacknowledged: field(9, uint32),
  },
})
export type Hello = ValueOf<typeof hello>
