import { PaymentId } from '../identifier.ts'
import { field, id, text } from './field.ts'
import { type ValueOf, message } from './message.ts'

/** The payment ended before any command: the machine is free again. */
export const release = message({
  kind: 8,
  name: 'release',
  direction: 'down',
  fields: {
    paymentId: field(3, id(PaymentId)),
    reason: field(4, text(32)),
  },
})
export type Release = ValueOf<typeof release>
