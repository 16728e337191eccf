import type { Currency, Money } from '#protocol/money.ts'

export type OrderKind = 'transfer' | 'hold' | 'capture' | 'release' | 'refund' | 'reserve-release'

/** ISO 20022 ExternalPaymentTransactionStatus1Code, as far as this bank uses it. */
export type TransactionStatus = 'RCVD' | 'PDNG' | 'ACSC' | 'RJCT' | 'CANC'

/** ISO 20022 ExternalStatusReason1Code: why an order was refused. */
export const REASON_CODES = {
  AC01: 'no account has this IBAN',
  AC04: 'the account is closed',
  AM02: 'the amount is above what this bank transfers at once',
  AM03: 'the account is kept in another currency',
  AM04: 'the money is not there',
  AM09: 'the amount is not the one agreed, or more than is left',
  AM14: 'the amount is above the limit of the mandate',
  DT01: 'the order came after its valid-until, or names a time that is past',
  MD01: 'no mandate covers this order',
  NOOR: 'the order it refers to is unknown, refused, or already closed',
} as const
export type ReasonCode = keyof typeof REASON_CODES

/** An order as the bank keeps it. Amounts are minor units of `currency`; times are milliseconds since 1970. */
export interface Order {
  readonly endToEndId: string
  readonly kind: OrderKind
  readonly bodySha256: string
  readonly status: TransactionStatus
  readonly reasonCode: ReasonCode | null
  readonly bankReference: string
  readonly mandateId: string | null
  readonly debtorAccountId: bigint | null
  readonly creditorAccountId: bigint | null
  readonly originalEndToEndId: string | null
  /** Of a hold: the capture or release that closed it; its own id where it expired. */
  readonly closedByEndToEndId: string | null
  readonly currency: Currency
  readonly amountMinor: bigint
  readonly settledMinor: bigint
  readonly refundedMinor: bigint
  readonly reversedMinor: bigint
  /** What of the settled amount the merchant keeps reserved for refunds of this very payment. */
  readonly reservedMinor: bigint
  /** Of a hold: what is still held. */
  readonly heldMinor: bigint
  readonly validUntilMs: number | null
  readonly expiresAtMs: number | null
  /** The day of the bank on which it was received, `YYYY-MM-DD`. */
  readonly day: string
  readonly receivedAtMs: number
  readonly reason: string | null
}

interface FromTpp {
  readonly endToEndId: string
  /** SHA-256 over the kind, the path and the bytes of the body: the same order again, or another one. */
  readonly bodySha256: string
}

interface PaymentTerms extends FromTpp {
  readonly mandateId: string
  readonly money: Money
  readonly creditorIban: string
  readonly creditorName: string
  readonly validUntilMs: number
  readonly reserve: boolean
}

export type TransferInstruction = PaymentTerms & { readonly kind: 'transfer' }
export type HoldInstruction = PaymentTerms & { readonly kind: 'hold'; readonly expiresAtMs: number }
export type CaptureInstruction = FromTpp & {
  readonly kind: 'capture'
  readonly holdEndToEndId: string
  readonly money: Money
}
export type ReleaseInstruction = FromTpp & { readonly kind: 'release'; readonly holdEndToEndId: string }
export type RefundInstruction = FromTpp & {
  readonly kind: 'refund'
  readonly originalEndToEndId: string
  readonly money: Money
  readonly reason: string
}
export type ReserveReleaseInstruction = FromTpp & {
  readonly kind: 'reserve-release'
  readonly originalEndToEndId: string
}
export type OrderInstruction =
  | TransferInstruction
  | HoldInstruction
  | CaptureInstruction
  | ReleaseInstruction
  | RefundInstruction
  | ReserveReleaseInstruction

/** What the bank's own clockwork and staff do; these make ledger entries and no order. */
export type OwnInstruction =
  | { readonly kind: 'hold-expiry'; readonly holdEndToEndId: string }
  | { readonly kind: 'reversal'; readonly originalEndToEndId: string; readonly amountMinor: bigint | null }
  | { readonly kind: 'deposit' | 'withdrawal'; readonly iban: string; readonly money: Money }

export type Instruction = OrderInstruction | OwnInstruction

export type Outcome =
  /** The order as it now stands; `repeated`: it was here before, byte for byte. */
  | { readonly kind: 'order'; readonly order: Order; readonly repeated: boolean }
  /** Another order already has this id. */
  | { readonly kind: 'conflict' }
  /** A release names an order that is not here; nothing was recorded. */
  | { readonly kind: 'unknown-original' }
  /** The bank's own instruction was carried out. */
  | { readonly kind: 'booked'; readonly bankReference: string; readonly amountMinor: bigint }
  /** The bank's own instruction was refused, in words for staff. */
  | { readonly kind: 'refused'; readonly why: string }
