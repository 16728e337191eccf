/** Why a chip gets no certificate, or no answer, from the enrolment service. */
export const ENROLMENT_ERRORS = [
  'claim-unknown',
  'claim-used',
  'claim-expired',
  'claim-other-chip',
  'chip-owned',
  'chip-revoked',
  'chip-quarantined',
  'csr-malformed',
  'csr-signature',
  'csr-subject',
  'csr-key',
  'key-of-another',
  'certificate-missing',
  'certificate-unknown',
  'certificate-expired',
  'body-too-large',
  'too-many-tries',
  'list-unknown',
  'route-unknown',
  'unavailable',
  'internal',
] as const
export type EnrolmentError = (typeof ENROLMENT_ERRORS)[number]

/** Thrown inside a request to leave it with this answer. */
export class EnrolmentRefusal extends Error {
  override readonly name = 'EnrolmentRefusal'
  readonly code: EnrolmentError
  /** Epoch milliseconds from which on trying again may help. */
  readonly retryAtMs: number | undefined

  constructor(code: EnrolmentError, retryAtMs?: number) {
    super(code)
    this.code = code
    this.retryAtMs = retryAtMs
  }
}

export interface EnrolmentRow {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
}

type Words = readonly [title: string, detail: string]

function final(status: number, [title, detail]: Words): EnrolmentRow {
  return { status, title, detail, retryable: false }
}

function retry(status: number, words: Words): EnrolmentRow {
  return { ...final(status, words), retryable: true }
}

export const ENROLMENT_ROWS: Readonly<Record<EnrolmentError, EnrolmentRow>> = Object.freeze({
  'claim-unknown': final(401, [
    'Claim code not known',
    'There is no such claim code. Check it, or have a new one made.',
  ]),
  'claim-used': final(409, [
    'Claim code already used',
    'Another chip, or another key of this one, has used this claim code.',
  ]),
  'claim-expired': final(410, ['Claim code expired', 'This claim code is over. Have a new one made.']),
  'claim-other-chip': final(403, [
    'Claim of another chip',
    'This claim code is for another chip than the one that asks.',
  ]),
  'chip-owned': final(409, [
    'Chip or machine already bound',
    'The chip has an owner, or the machine a chip. Release the one, or claim with a replacement of the other.',
  ]),
  'chip-revoked': final(403, ['Chip revoked', 'This chip is no longer trusted, for good.']),
  'chip-quarantined': final(403, [
    'Chip held back',
    'There may be a copy of this chip. Staff have to look before it gets anything.',
  ]),
  'csr-malformed': final(400, [
    'Request not understood',
    'The body is one PKCS #10 request in DER, in base64, as application/pkcs10.',
  ]),
  'csr-signature': final(400, [
    'Request not signed by its key',
    'The request is not signed by the key that it asks for.',
  ]),
  'csr-subject': final(400, [
    'Request for another subject',
    "The request's subject is not exactly this chip: CN and its id.",
  ]),
  'csr-key': final(400, ['Key of another kind', 'A chip has a P-256 or an Ed25519 key.']),
  'key-of-another': final(409, [
    'Key known already',
    'This key was used by another chip or another owner. Make a new one.',
  ]),
  'certificate-missing': final(401, [
    'Certificate missing',
    'Show a client certificate in the TLS handshake.',
  ]),
  'certificate-unknown': final(401, [
    'Certificate not known',
    'The client certificate is by nobody who is trusted for this, or it is no longer.',
  ]),
  'certificate-expired': final(401, [
    'Certificate not in its time',
    'The client certificate has expired, longer ago than it could still be renewed, or has not begun.',
  ]),
  'body-too-large': final(413, ['Body too large', 'The body has more bytes than any good request.']),
  'too-many-tries': retry(429, [
    'Too many tries',
    'Too many requests, or wrong claim codes, came from here. Wait a while.',
  ]),
  'list-unknown': final(404, ['No such list', 'There is no revocation list of this issuer.']),
  'route-unknown': final(404, ['No such address', 'There is nothing at this address.']),
  unavailable: retry(503, ['Not available at the moment', 'Ask again in a moment; nothing was changed.']),
  internal: retry(500, [
    'A fault on our side',
    'Ask again; the same request has the same answer, and nothing happens twice.',
  ]),
})
