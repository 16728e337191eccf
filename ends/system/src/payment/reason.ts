/**
 * Why things end as they end. Every code here has its row in the error table (`../error/`), its words on
 * the payer's page and its line in docs/reference/errors.md; tests hold them together.
 */

/** A code or claim was refused before a payment existed: nothing was charged. */
export const CLAIM_REFUSALS = [
  'code-malformed',
  'code-foreign',
  'code-signature-invalid',
  'code-expired',
  'code-used',
  'chip-revoked',
  'chip-quarantined',
  'machine-disabled',
  'merchant-disabled',
  'system-disabled',
  'tariff-old',
  'product-unknown',
  'amount-above-limit',
  'machine-claimed',
  'too-many-claims',
] as const
export type ClaimRefusal = (typeof CLAIM_REFUSALS)[number]

/** A payment ended and nothing was charged. */
export const END_REASONS = [
  'chip-silent',
  'chip-not-issued',
  'chip-answer-differs',
  'chip-clock-unset',
  'chip-rebooted',
  'code-expired-at-chip',
  'code-used-at-chip',
  'tariff-differs',
  'machine-busy',
  'machine-fault',
  'machine-in-use',
  'machine-empty',
  'reservation-lost',
  'presence-timeout',
  'presence-wrong',
  'confirmation-timeout',
  'verification-failed',
  'approval-refused',
  'cancelled',
  'disabled',
  'bank-no-money',
  'bank-limit',
  'bank-mandate-invalid',
  'bank-refused',
  'bank-never-received',
  'bank-reversed',
  'hold-released',
] as const
export type EndReason = (typeof END_REASONS)[number]

/** Why money goes back; one refund per reason and payment (I4). */
export const REFUND_REASONS = [
  'not-started',
  'machine-failed',
  'partly-delivered',
  'interrupted',
  'settled-too-late',
  'not-ready-after-payment',
  'disabled-after-payment',
  'reversed-in-part',
  'silence',
  'did-not-run',
] as const
export type RefundReason = (typeof REFUND_REASONS)[number]

/** Why a person has to look: the method could not settle it by itself. */
export const CASE_REASONS = [
  'bank-unknown',
  'bank-amount-differs',
  'refund-refused',
  'capture-refused',
  'reversed-after-delivery',
  'complaint',
  'revoked-chip-outcome',
] as const
export type CaseReason = (typeof CASE_REASONS)[number]

export type Reason = ClaimRefusal | EndReason | RefundReason | CaseReason
