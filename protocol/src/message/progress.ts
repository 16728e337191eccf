import { CommandId, PaymentId } from '../identifier.ts'
import { field, id, uint } from './field.ts'
import { type ValueOf, message } from './message.ts'
import { UNITS_MAX } from './tariff.ts'

/** For the payer's eyes while it runs; nothing is settled on it. */
export const progress = message({
  kind: 13,
  name: 'progress',
  direction: 'up',
  fields: {
    commandId: field(3, id(CommandId)),
    paymentId: field(4, id(PaymentId)),
    deliveredUnits: field(5, uint(UNITS_MAX)),
  },
})
export type Progress = ValueOf<typeof progress>
