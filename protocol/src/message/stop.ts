import { CommandId, PaymentId } from '../identifier.ts'
import { field, id } from './field.ts'
import { type ValueOf, message } from './message.ts'

/** The payer ends a session. The outcome then says what was delivered. */
export const stop = message({
  kind: 10,
  name: 'stop',
  direction: 'down',
  fields: {
    commandId: field(3, id(CommandId)),
    paymentId: field(4, id(PaymentId)),
  },
})
export type Stop = ValueOf<typeof stop>
