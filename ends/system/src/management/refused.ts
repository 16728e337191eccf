import { type Result, fail } from '#protocol/result.ts'
import type { ErrorCode } from '../error/error-code.ts'
import { type ProblemExtras, Refusal } from '../error/problem.ts'

/** Why something managed is not done: a code of the error table, and what helps to understand it. */
export interface Refused {
  readonly code: ErrorCode
  readonly extras?: ProblemExtras
}

export function refuse(
  code: ErrorCode,
  extras: ProblemExtras = {},
): { readonly ok: false; readonly error: Refused } {
  return fail({ code, extras })
}

/** Inside a request: the value, or out with the refusal. */
export function valueOf<Value>(result: Result<Value, Refused>): Value {
  if (result.ok) return result.value
  throw new Refusal(result.error.code, result.error.extras)
}
