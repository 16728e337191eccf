/*
 * What the codes on machines say: `https://HOST/#<payment code in base64url>` for a fresh one, and
 * `https://HOST/#m.<chip id>` for a printed one. All of it is behind the `#`, which a browser does not send: opening
 * the address claims nothing.
 */
import { fromBase64url, toBase64url } from './bytes.ts'
import { ChipId } from './identifier.ts'
import { PAYMENT_CODE_BYTES_MAX } from './message/payment-code.ts'
import { type Result, fail, ok } from './result.ts'

/** What a QR code of version 12, level M holds in byte mode (ISO/IEC 18004 table 7). */
export const QR_12_M_BYTES = 287

const SEPARATOR = '/#'
const MACHINE_PREFIX = 'm.'

/** Payment codes as text: 4 characters for 3 bytes, without padding. */
export const PAYMENT_CODE_TEXT_MAX = Math.ceil((PAYMENT_CODE_BYTES_MAX * 4) / 3)

/** `https://pay.example.org` may be so long that the longest payment code still fits: 45 characters. */
export const ORIGIN_LENGTH_MAX = QR_12_M_BYTES - SEPARATOR.length - PAYMENT_CODE_TEXT_MAX

declare const brand: unique symbol

/** Scheme, host and port, checked; no path. */
export type PaymentOrigin = string & { readonly [brand]: 'PaymentOrigin' }

export type PaymentOriginError = 'origin-malformed' | 'origin-too-long'

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
const PORT = '(?::[1-9][0-9]{0,4})?'
const SECURE_ORIGIN = new RegExp(`^https://${LABEL}(?:\\.${LABEL})*${PORT}$`)
const LOCAL_ORIGIN = new RegExp(`^http://localhost${PORT}$`)

function isOrigin(text: string): text is PaymentOrigin {
  return SECURE_ORIGIN.test(text) || LOCAL_ORIGIN.test(text)
}

/**
 * Checks the address that codes lead to, when a process reads its settings. `https` alone, or `http` on `localhost`,
 * which browsers trust as they do https. Lowercase, without a path.
 */
export function parsePaymentOrigin(origin: string): Result<PaymentOrigin, PaymentOriginError> {
  if (origin.length > ORIGIN_LENGTH_MAX) return fail('origin-too-long')
  return isOrigin(origin) ? ok(origin) : fail('origin-malformed')
}

/** `code` is a whole signed payment code. */
export function paymentCodeUrl(origin: PaymentOrigin, code: Uint8Array): string {
  if (code.length > PAYMENT_CODE_BYTES_MAX) throw new TypeError('no payment code is that long')
  return origin + SEPARATOR + toBase64url(code)
}

/** What is printed on a machine that has no display. */
export function machineUrl(origin: PaymentOrigin, chipId: ChipId): string {
  return origin + SEPARATOR + MACHINE_PREFIX + chipId
}

export type PaymentLink =
  | { readonly kind: 'code'; readonly code: Uint8Array }
  | { readonly kind: 'machine'; readonly chipId: ChipId }

export type PaymentLinkError = 'foreign-address' | 'no-code' | 'code-too-long' | 'code-malformed'

export function parsePaymentUrl(url: string, origin: PaymentOrigin): Result<PaymentLink, PaymentLinkError> {
  const start = origin + SEPARATOR
  return url.startsWith(start) ? parsePaymentFragment(url.slice(start.length)) : fail('foreign-address')
}

/** What stands behind the `#`, as the payer's page finds it. Says nothing about whether a chip signed it. */
export function parsePaymentFragment(fragment: string): Result<PaymentLink, PaymentLinkError> {
  if (fragment === '') return fail('no-code')
  if (fragment.startsWith(MACHINE_PREFIX)) {
    const chipId = ChipId.parse(fragment.slice(MACHINE_PREFIX.length))
    return chipId === null ? fail('code-malformed') : ok({ kind: 'machine', chipId })
  }
  if (fragment.length > PAYMENT_CODE_TEXT_MAX) return fail('code-too-long')
  const code = fromBase64url(fragment)
  return code === null ? fail('code-malformed') : ok({ kind: 'code', code })
}
