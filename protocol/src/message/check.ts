import { CodeHash, Nonce, PaymentId } from '../identifier.ts'
import { amount, choice, currency, field, id, text, uint, uint32 } from './field.ts'
import { type ValueOf, message } from './message.ts'
import { UNITS_MAX } from './tariff.ts'

export const PRESENCE_TEXT_BYTES_MAX = 32
/** A reservation never outlives this, whatever the system asks. */
export const RESERVE_MS_MAX = 3_600_000

/** How the payer shows that it is this machine that stands before them. */
export const PRESENCE_CODES = { none: 0, words: 1, button: 2, blink: 3, plate: 4 } as const
export type PresenceMethod = keyof typeof PRESENCE_CODES

/**
 * S3: did you issue exactly this, and is your machine ready? A chip that answers `ready` has reserved its machine for
 * the payment for `reserveMs`. Round 1 is before the payer is asked, round 2 right before the bank is.
 */
export const check = message({
  kind: 5,
  name: 'check',
  direction: 'down',
  fields: {
    paymentId: field(3, id(PaymentId)),
    nonce: field(4, id(Nonce)),
    round: field(5, uint(2, 1)),
    codeHash: field(6, id(CodeHash)),
    counter: field(7, uint32),
    amountMinor: field(8, amount),
    currency: field(9, currency),
    tariffVersion: field(10, uint32),
    units: field(11, uint(UNITS_MAX, 1)),
    reserveMs: field(12, uint(RESERVE_MS_MAX, 1)),
    presence: field(13, choice(PRESENCE_CODES)),
    /** The words to show, or the number to blink; empty for the other methods. */
    presenceText: field(14, text(PRESENCE_TEXT_BYTES_MAX)),
  },
  rule: ({ presence, presenceText }) =>
    (presence === 'words' || presence === 'blink') === presenceText.length > 0
      ? null
      : { code: 'out-of-range', field: 'presenceText' },
})
export type Check = ValueOf<typeof check>
