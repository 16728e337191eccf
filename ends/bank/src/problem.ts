/** Every error of the bank's API: what is answered, and whether the same request may be sent again. */
export const PROBLEMS = {
  'malformed-body': { status: 400, title: 'The body is not JSON', retryable: false },
  'invalid-request': {
    status: 400,
    title: 'The request does not have the documented shape',
    retryable: false,
  },
  'unknown-currency': { status: 400, title: 'The currency is not known', retryable: false },
  'bad-amount': { status: 400, title: 'The amount is not a decimal of its currency', retryable: false },
  'amount-out-of-range': { status: 400, title: 'The amount is outside the limits', retryable: false },
  'bad-time': { status: 400, title: 'A time is not as documented', retryable: false },
  'redirect-not-allowed': { status: 400, title: 'The bank does not lead back there', retryable: false },
  unauthorised: { status: 401, title: 'The bearer token is missing or wrong', retryable: false },
  'account-not-open': { status: 403, title: 'This account is not open to you', retryable: false },
  'not-found': { status: 404, title: 'There is nothing at this address', retryable: false },
  'unknown-mandate': { status: 404, title: 'No mandate has this id', retryable: false },
  'unknown-order': { status: 404, title: 'No order has this id', retryable: false },
  'unknown-account': { status: 404, title: 'No account has this IBAN', retryable: false },
  'id-taken': { status: 409, title: 'Something else already has this id', retryable: false },
  'body-too-large': { status: 413, title: 'The body is too large', retryable: false },
  'unsupported-media-type': { status: 415, title: 'The body is not application/json', retryable: false },
  busy: { status: 503, title: 'The bank has too much to do; nothing was taken', retryable: true },
  unavailable: { status: 503, title: 'The outcome is not known yet; ask by id', retryable: true },
  internal: { status: 500, title: 'The bank has made a mistake', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>

export type ProblemCode = keyof typeof PROBLEMS

/** RFC 9457 problem details; `detail` is for people and never holds what was sent or what is inside. */
export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ProblemCode
  readonly retryable: boolean
}

export function problem(code: ProblemCode, detail: string = PROBLEMS[code].title): ProblemDetails {
  const { status, title, retryable } = PROBLEMS[code]
  return { type: `urn:farthing:bank:problem:${code}`, title, status, detail, code, retryable }
}
