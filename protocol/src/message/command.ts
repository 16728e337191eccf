import { BootId, CommandId, PaymentId } from '../identifier.ts'
import { choice, field, id, milliseconds, uint, uint32 } from './field.ts'
import { type ValueOf, message } from './message.ts'
import { DURATION_S_MAX, UNITS_MAX } from './tariff.ts'

/** S8: the control information. Carried out at most once, by the boot it names, and never after its deadline. */
export const command = message({
  kind: 9,
  name: 'command',
  direction: 'down',
  fields: {
    commandId: field(3, id(CommandId)),
    /** The payment that paid, or the free start that staff were allowed. */
    paymentId: field(4, id(PaymentId)),
    boot: field(5, id(BootId)),
    /** On the chip's own clock, as its last check answer told it. */
    deadlineMs: field(6, milliseconds),
    grant: field(7, choice({ paid: 0, free: 1 })),
    productId: field(8, uint32),
    /** Sale: what to deliver. Hold: the most to deliver. */
    units: field(9, uint(UNITS_MAX, 1)),
    maxDurationS: field(10, uint(DURATION_S_MAX, 1)),
  },
})
export type Command = ValueOf<typeof command>
export type Grant = Command['grant']
