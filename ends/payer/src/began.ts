import type { PaymentView } from './payment.ts'

/** When the payment began: the earliest moment that the system names; null when it names none. */
export function beganAtMs(view: PaymentView): number | null {
  const moments = Object.values(view.atMs)
  return moments.length === 0 ? null : Math.min(...moments)
}
