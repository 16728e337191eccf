import { RequestId } from '../identifier.ts'
import { field, id, uint32 } from './field.ts'
import { type ValueOf, message } from './message.ts'

/** The payer stands before a printed code: the chip is to issue a payment code now. */
export const issueRequest = message({
  kind: 3,
  name: 'issue-request',
  direction: 'down',
  fields: {
    requestId: field(3, id(RequestId)),
    productId: field(4, uint32),
  },
})
export type IssueRequest = ValueOf<typeof issueRequest>
