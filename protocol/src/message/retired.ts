import { RetirementId } from '../identifier.ts'
import { field, id } from './field.ts'
import { type ValueOf, message } from './message.ts'

/** The chip's last word to its owner: everything is acknowledged, and its keys and configuration go now. */
export const retired = message({
  kind: 18,
  name: 'retired',
  direction: 'up',
  fields: {
    /** From `retire`. */
    retirementId: field(3, id(RetirementId)),
  },
})
export type Retired = ValueOf<typeof retired>
