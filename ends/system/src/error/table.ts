import type { ErrorCode, ErrorRow } from './error-code.ts'
import { MANAGEMENT_ROWS } from './management-rows.ts'
import { CASE_ROWS, CLAIM_ROWS, END_ROWS, REFUND_ROWS } from './reason-rows.ts'
import { REQUEST_ROWS } from './request-rows.ts'

/**
 * Every error there is, once: how HTTP says it, how people are told, and what it means for their money. A reason
 * without a row does not compile; `docs/reference/errors.md` is made from this table and held to it by a test.
 */
export const ERRORS: Readonly<Record<ErrorCode, ErrorRow>> = Object.freeze({
  ...REQUEST_ROWS,
  ...CLAIM_ROWS,
  ...END_ROWS,
  ...REFUND_ROWS,
  ...CASE_ROWS,
  ...MANAGEMENT_ROWS,
})

const CODES: ReadonlySet<string> = new Set(Object.keys(ERRORS))

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && CODES.has(code)
}
