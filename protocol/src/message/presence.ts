import { PaymentId } from '../identifier.ts'
import { choice, field, id, milliseconds } from './field.ts'
import { type ValueOf, message } from './message.ts'

/** The payer pressed the machine's button while it was reserved for this payment. */
export const presence = message({
  kind: 7,
  name: 'presence',
  direction: 'up',
  fields: {
    paymentId: field(3, id(PaymentId)),
    method: field(4, choice({ button: 2 })),
    monotonicMs: field(5, milliseconds),
  },
})
export type Presence = ValueOf<typeof presence>
