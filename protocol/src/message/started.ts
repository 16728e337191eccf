import { BootId, CommandId, PaymentId } from '../identifier.ts'
import { field, id, milliseconds } from './field.ts'
import { type ValueOf, message } from './message.ts'

/** S9: STARTED is in the chip's journal, on disk. */
export const started = message({
  kind: 12,
  name: 'started',
  direction: 'up',
  fields: {
    commandId: field(3, id(CommandId)),
    paymentId: field(4, id(PaymentId)),
    boot: field(5, id(BootId)),
    monotonicMs: field(6, milliseconds),
  },
})
export type Started = ValueOf<typeof started>
