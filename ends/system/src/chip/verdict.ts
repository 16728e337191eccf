import type { Refusal } from '#protocol/message/refusal.ts'
import type { EndReason } from '../payment/reason.ts'

/** What a chip's refusal means for the payment that asked. */
const END_REASON: Readonly<Record<Refusal, EndReason>> = {
  'not-issued': 'chip-not-issued',
  expired: 'code-expired-at-chip',
  'already-used': 'code-used-at-chip',
  'amount-differs': 'chip-answer-differs',
  'tariff-differs': 'tariff-differs',
  busy: 'machine-busy',
  'machine-fault': 'machine-fault',
  'in-use': 'machine-in-use',
  'reserved-for-another': 'machine-busy',
  empty: 'machine-empty',
  'clock-unset': 'chip-clock-unset',
  'unknown-product': 'tariff-differs',
  'reservation-lost': 'reservation-lost',
}

export function endReasonOf(refusal: Refusal): EndReason {
  return END_REASON[refusal]
}
