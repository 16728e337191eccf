import { fail } from './result.ts'

/** Every reason for which bytes from the device link are refused. Held to docs/reference/device-protocol.md by a test. */
export const PROTOCOL_ERROR_CODES = [
  'too-long',
  'truncated',
  'trailing-bytes',
  'not-cbor',
  'not-canonical',
  'duplicate-key',
  'unknown-version',
  'unknown-kind',
  'wrong-kind',
  'missing-field',
  'unknown-field',
  'wrong-type',
  'out-of-range',
  'amount-out-of-range',
  'unknown-currency',
  'text-too-long',
  'bad-signature',
  'unknown-algorithm',
] as const

export type ProtocolErrorCode = (typeof PROTOCOL_ERROR_CODES)[number]

/** Why bytes were refused, and where: `field` is a path such as `products[2].unit`. Never carries content. */
export interface ProtocolError {
  readonly code: ProtocolErrorCode
  readonly field?: string
}

export function refuse(
  code: ProtocolErrorCode,
  field?: string,
): { readonly ok: false; readonly error: ProtocolError } {
  return fail(field === undefined ? { code } : { code, field })
}
