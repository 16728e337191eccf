import { BootId } from '../identifier.ts'
import { amount, currency, either, epochSeconds, field, id, text, uint, uint32 } from './field.ts'
import { type ValueOf, message } from './message.ts'

export const GOODS_BYTES_MAX = 40
export const CODE_LIFETIME_S_MAX = 3600

/**
 * The longest payment code there can be: goods as text of 40 bytes and every number at its longest. A test builds it.
 * It decides which addresses fit into a QR code; see payment-url.ts.
 */
export const PAYMENT_CODE_BYTES_MAX = 180

/** S1: what the chip sells, signed, fresh and for one use. Shown as a QR code; the phone carries it to the system. */
export const paymentCode = message({
  kind: 1,
  name: 'payment-code',
  direction: 'up',
  maxBytes: PAYMENT_CODE_BYTES_MAX,
  fields: {
    boot: field(3, id(BootId)),
    /** Never repeats, over power cuts too. */
    counter: field(4, uint32),
    /** The number of a product of the tariff, or the goods in words. */
    goods: field(5, either(uint32, text(GOODS_BYTES_MAX, 1))),
    tariffVersion: field(6, uint32),
    amountMinor: field(7, amount),
    currency: field(8, currency),
    issuedAtS: field(9, epochSeconds),
    lifetimeS: field(10, uint(CODE_LIFETIME_S_MAX, 1)),
  },
})
export type PaymentCode = ValueOf<typeof paymentCode>
