import { Type, type Static } from 'typebox'
import type { ErrorCode } from './error-code.ts'
import { ERRORS } from './table.ts'

/** RFC 9457 problem details, with our own members behind the standard ones. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    retryable: Type.Boolean(),
    charged: Type.Union([Type.Literal('no'), Type.Literal('yes'), Type.Literal('unknown')]),
    /** Epoch milliseconds from which on trying again may help. */
    retryAtMs: Type.Optional(Type.Integer()),
    triesLeft: Type.Optional(Type.Integer()),
    /** The field that is refused. */
    field: Type.Optional(Type.String()),
    /** What still uses the record that was to be retired. */
    because: Type.Optional(Type.String()),
    /** Of a change that came too late: the version it was made to, and the one that is there now. */
    versions: Type.Optional(Type.Object({ yours: Type.Integer(), current: Type.Integer() })),
  },
  { $id: 'Problem', additionalProperties: false },
)
export type Problem = Static<typeof Problem>

export interface ProblemExtras {
  readonly retryAtMs?: number
  readonly triesLeft?: number
  readonly field?: string
  readonly because?: string
  readonly versions?: { readonly yours: number; readonly current: number }
}

/** The type is a URI reference (RFC 9457 section 3.1.1) into the served error reference. */
export function problemOf(code: ErrorCode, extras: ProblemExtras = {}): Problem {
  const { status, title, detail, retryable, charged } = ERRORS[code]
  return { type: `/errors#${code}`, title, status, detail, code, retryable, charged, ...extras }
}

/** Thrown inside a request to leave it: the one error handler turns it into problem details. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ErrorCode
  readonly extras: ProblemExtras

  constructor(code: ErrorCode, extras: ProblemExtras = {}) {
    super(code)
    this.code = code
    this.extras = extras
  }
}
