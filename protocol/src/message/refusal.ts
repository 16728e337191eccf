import { choice } from './field.ts'

/** Why a chip will not sell, with the number it has on the wire; 0 is no refusal. */
export const REFUSAL_CODES = {
  'not-issued': 1,
  expired: 2,
  'already-used': 3,
  'amount-differs': 4,
  'tariff-differs': 5,
  busy: 6,
  'machine-fault': 7,
  'in-use': 8,
  'reserved-for-another': 9,
  empty: 10,
  'clock-unset': 11,
  'unknown-product': 12,
  'reservation-lost': 13,
} as const

export type Refusal = keyof typeof REFUSAL_CODES

export const REFUSALS: readonly Refusal[] = Object.keys(REFUSAL_CODES).filter(isRefusal)

export function isRefusal(text: string): text is Refusal {
  return Object.hasOwn(REFUSAL_CODES, text)
}

export const verdict = choice({ ready: 0, ...REFUSAL_CODES })
export const refusalOrNone = choice({ none: 0, ...REFUSAL_CODES })
