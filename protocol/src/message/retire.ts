import { RetirementId } from '../identifier.ts'
import { field, id } from './field.ts'
import { type ValueOf, message } from './message.ts'

/**
 * The chip leaves its machine and its owner: it drains what is unacknowledged, answers `retired`, and is then as out of
 * the box. Sent again until that answer comes.
 */
export const retire = message({
  kind: 17,
  name: 'retire',
  direction: 'down',
  fields: {
    retirementId: field(3, id(RetirementId)),
  },
})
export type Retire = ValueOf<typeof retire>
