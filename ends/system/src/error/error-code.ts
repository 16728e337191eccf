import type { Reason } from '../payment/reason.ts'

/** Why a request is refused, whatever payment it is about. */
export const REQUEST_ERRORS = [
  'request-malformed',
  'request-too-large',
  'media-type-unsupported',
  'route-unknown',
  'payment-unknown',
  'machine-unknown',
  'origin-refused',
  'idempotency-key-missing',
  'idempotency-key-malformed',
  'idempotency-key-reused',
  'idempotency-in-progress',
  'too-many-requests',
  'too-many-streams',
  'state-passed',
  'presence-missing',
  'approval-missing',
  'approval-unavailable',
  'verification-wrong',
  'verification-malformed',
  'verification-used',
  'verification-other',
  'pin-locked',
  'pin-unset',
  'passkey-unknown',
  'enrolment-refused',
  'notification-unsigned',
  'unavailable',
  'internal',
] as const
export type RequestError = (typeof REQUEST_ERRORS)[number]

/** Why staff, and their programs, are refused: a payer meets none of these. */
export const MANAGEMENT_ERRORS = [
  'sign-in-missing',
  'sign-in-refused',
  'key-refused',
  'role-refused',
  'field-refused',
  'grant-refused',
  'touch-missing',
  'record-unknown',
  'record-exists',
  'record-retired',
  'in-use',
  'version-missing',
  'version-passed',
  'cursor-refused',
  'tariff-refused',
  'iban-refused',
  'plate-missing',
  'invitation-unknown',
  'approval-open',
  'approval-own',
  'approval-not-independent',
  'approval-decided',
  'approval-stale',
] as const
export type ManagementError = (typeof MANAGEMENT_ERRORS)[number]

export type ErrorCode = Reason | RequestError | ManagementError

export interface ErrorRow {
  /** HTTP status (RFC 9110 section 15) when a request is answered with it. */
  readonly status: number
  /** A few words that never change for a code (RFC 9457 section 3.1.3). */
  readonly title: string
  /** What it means and what helps, for people. */
  readonly detail: string
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** Whether money moved because of what is answered so. */
  readonly charged: 'no' | 'yes' | 'unknown'
}

type Words = readonly [title: string, detail: string]

/** Nothing was charged, and trying again is no use. */
export function final(status: number, [title, detail]: Words): ErrorRow {
  return { status, title, detail, retryable: false, charged: 'no' }
}

/** Nothing was charged, and trying again later may help. */
export function retry(status: number, words: Words): ErrorRow {
  return { ...final(status, words), retryable: true }
}

/** Money was taken. */
export function charged(status: number, words: Words): ErrorRow {
  return { ...final(status, words), charged: 'yes' }
}

/** Whether money was taken is not known yet. */
export function uncertain(status: number, words: Words): ErrorRow {
  return { ...final(status, words), retryable: true, charged: 'unknown' }
}
