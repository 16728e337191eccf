import { RequestId } from '../identifier.ts'
import { bytes, field, id } from './field.ts'
import { type ValueOf, message } from './message.ts'
import { PAYMENT_CODE_BYTES_MAX } from './payment-code.ts'
import { refusalOrNone } from './refusal.ts'

/** The signed payment code that was asked for, or why there is none. */
export const issueAnswer = message({
  kind: 4,
  name: 'issue-answer',
  direction: 'up',
  fields: {
    requestId: field(3, id(RequestId)),
    refusal: field(4, refusalOrNone),
    /** A whole signed payment code; empty when refused. */
    code: field(5, bytes(PAYMENT_CODE_BYTES_MAX)),
  },
  rule: ({ refusal, code }) =>
    (refusal === 'none') === code.length > 0 ? null : { code: 'out-of-range', field: 'code' },
})
export type IssueAnswer = ValueOf<typeof issueAnswer>
