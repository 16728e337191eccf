import { CommandId, PaymentId } from '../identifier.ts'
import { field, id } from './field.ts'
import { type ValueOf, message } from './message.ts'

/** Tell what became of this command. If it never started, journal it void first: from then on it never will. */
export const query = message({
  kind: 11,
  name: 'query',
  direction: 'down',
  fields: {
    commandId: field(3, id(CommandId)),
    paymentId: field(4, id(PaymentId)),
  },
})
export type Query = ValueOf<typeof query>
