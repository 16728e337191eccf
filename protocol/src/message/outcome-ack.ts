import { CommandId } from '../identifier.ts'
import { field, id, uint32 } from './field.ts'
import { type ValueOf, message } from './message.ts'

/** The system has written the outcome down; the chip need not send it again. */
export const outcomeAck = message({
  kind: 15,
  name: 'outcome-ack',
  direction: 'down',
  fields: {
    commandId: field(3, id(CommandId)),
    sequence: field(4, uint32),
  },
})
export type OutcomeAck = ValueOf<typeof outcomeAck>
