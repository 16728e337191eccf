import type { ChipId, CommandId, Nonce, PaymentId } from '#protocol/identifier.ts'
import type { Currency } from '#protocol/money.ts'
import type { CaseReason, EndReason, RefundReason } from './reason.ts'
import type { Times } from './times.ts'

/**
 * One payment, as the journal keeps it. Only `transition` makes a new one from an old one.
 *
 * | state      | step    | waits for                                 | goes on to                                 |
 * | ---------- | ------- | ----------------------------------------- | ------------------------------------------ |
 * | issuing    | S1      | the chip's code (printed codes only)      | checking, ended                            |
 * | checking   | S3      | the chip's answer to the first check      | presence, confirming, ended                |
 * | presence   | S3      | proof that the payer is at this machine   | confirming, ended                          |
 * | confirming | S4, S5  | the payer's verification (and approval)   | rechecking, ended                          |
 * | rechecking | S3, S6  | the chip's answer to the second check     | paying, ended                              |
 * | paying     | S6, S7  | the bank's final answer                   | commanding, readying, abandoned, ended     |
 * | abandoned  | S7      | the bank's final answer, too late to run  | refunding, releasing, ended                |
 * | readying   | S8      | a fresh check, since the bank took long   | commanding, refunding, releasing, ended    |
 * | commanding | S8      | STARTED, or the outcome, or void          | running, settling states                   |
 * | running    | S9, S10 | the outcome                               | settling states                            |
 * | capturing  | S10     | the bank's answer to the capture          | delivered, partlyRefunded                  |
 * | releasing  | S12     | the bank's answer to the hold's release   | ended                                      |
 * | refunding  | S12     | the bank's answer to the refund           | refunded, partlyRefunded, (delivered)      |
 * | delivered, partlyRefunded, refunded, ended  | final       |                                            |
 *
 * A *case* is not a state but stands beside it: what is known does not stop being true because a person
 * has to look. A payment is closed when its state is final, or when it has a case.
 */
export const STATES = [
  'issuing',
  'checking',
  'presence',
  'confirming',
  'rechecking',
  'paying',
  'abandoned',
  'readying',
  'commanding',
  'running',
  'capturing',
  'releasing',
  'refunding',
  'delivered',
  'partlyRefunded',
  'refunded',
  'ended',
] as const
export type State = (typeof STATES)[number]

export const FINAL_STATES: readonly State[] = ['delivered', 'partlyRefunded', 'refunded', 'ended']

/** States in which the claim keeps its machine slot: until a final answer of bank and chip (I6). */
export const SLOT_STATES: readonly State[] = [
  'issuing',
  'checking',
  'presence',
  'confirming',
  'rechecking',
  'paying',
  'readying',
  'commanding',
  'running',
]

export type PresenceMethod = 'none' | 'words' | 'button' | 'blink' | 'plate'

export interface Presence {
  readonly method: PresenceMethod
  /** Words to show, number to blink, or the number engraved; empty for `none` and `button`. */
  readonly text: string
  readonly satisfied: boolean
  readonly wrongTries: number
}

/** The signed payment code, once the system has it. */
export interface ClaimedCode {
  readonly codeHash: string
  readonly codeBase64: string
  readonly boot: string
  readonly counter: number
  readonly expiresAtMs: number
}

/** What is bought. `unitPriceMinor` times units is the price of a metered sale; a plain sale has one price. */
export interface Purchase {
  readonly productId: number
  readonly goods: string
  readonly mode: 'sale' | 'hold'
  /** The whole price of a sale, or the most that a hold may cost, in minor units. */
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly units: number
  readonly unit: string
  /** Hold only: price of one unit. */
  readonly unitPriceMinor: bigint
  readonly maxDurationMs: number
  readonly tariffVersion: number
}

/** A question to the chip that waits for its answer. */
export interface Check {
  readonly round: 1 | 2
  readonly nonce: Nonce
  readonly askedAtMs: number
  readonly answeredAtMs?: number
  readonly reserveMs: number
}

/** The chip's clock and boot, as its last answer said and when we received it. */
export interface ClockSample {
  readonly boot: string
  readonly monotonicMs: number
  readonly receivedAtMs: number
}

export interface Approval {
  readonly mandateId: string
  readonly status: 'asked' | 'valid' | 'refused'
  readonly startedAtMs: number
}

/** What the payer confirmed, and how it was verified (S4, S5). */
export interface Confirmation {
  readonly method: 'passkey' | 'pin'
  /** SHA-256 over exactly what was confirmed (I7), hex. */
  readonly boundHash: string
  readonly atMs: number
}

export type OrderKind = 'transfer' | 'hold' | 'capture' | 'release' | 'refund' | 'reserve-release'

/** An order to the bank. Its bytes never change once it is journaled; only `status` moves. */
export interface Order {
  readonly orderId: string
  readonly kind: OrderKind
  readonly amountMinor: bigint
  readonly madeAtMs: number
  readonly validUntilMs: number
  /** Hold only: when the bank lets it go by itself. */
  readonly expiresAtMs?: number
  /** Refund only. */
  readonly reason?: RefundReason
  readonly status: 'unknown' | 'settled' | 'rejected'
  readonly rejectedBecause?: string
  readonly bankReference?: string
}

export interface Command {
  readonly commandId: CommandId
  readonly boot: string
  /** On the chip's clock. */
  readonly deadlineMs: number
  readonly sentAtMs: number
  /** On our clock: from then on the command cannot start any more. */
  readonly cannotStartAfterMs: number
  readonly startedAtMs?: number
  readonly stopAskedAtMs?: number
}

export type Evidence = 'sensor' | 'acknowledged' | 'command-only'

export interface Outcome {
  readonly result: 'delivered' | 'failed' | 'interrupted' | 'void'
  readonly deliveredMin: number
  readonly deliveredMax: number
  readonly ordered: number
  readonly evidence: Evidence
  readonly reason: string
  readonly sequence: number
  readonly atMs: number
}

export interface OpenCase {
  readonly reason: CaseReason
  readonly openedAtMs: number
  /** Later evidence settled it. */
  readonly settledAtMs?: number
}

export interface Payee {
  readonly merchantId: string
  readonly name: string
  readonly iban: string
}

export interface Payment {
  readonly paymentId: PaymentId
  readonly version: number
  /** SHA-256 hex of the last journal entry (I11): the chain's link to the next. */
  readonly chainHash: string
  readonly state: State
  readonly payee: Payee
  readonly machineId: string
  readonly chipId: ChipId
  readonly deviceId: string
  readonly payerId?: string
  readonly claimedAtMs: number
  readonly times: Times
  readonly code?: ClaimedCode
  readonly purchase: Purchase
  readonly presence: Presence
  readonly check?: Check
  readonly sample?: ClockSample
  readonly approval?: Approval
  readonly confirmation?: Confirmation
  readonly mandateId?: string
  readonly orders: readonly Order[]
  readonly command?: Command
  readonly deliveredSoFar: number
  readonly outcome?: Outcome
  /** A decision without evidence, dated (I10). */
  readonly policy?: { readonly reason: RefundReason; readonly atMs: number }
  /** What the merchant bears since evidence came after a refund, in minor units. */
  readonly lossMinor: bigint
  /** What the bank took back by itself, in minor units. */
  readonly reversedMinor: bigint
  readonly complainedAtMs?: number
  readonly case?: OpenCase
  /** Why nothing was charged in the end. */
  readonly endReason?: EndReason
  /** The last moment for the payer's confirmation; set when the payment first awaits it. */
  readonly confirmByMs?: number
  readonly stateSinceMs: number
  /** When what this state waits for was last sent or asked, and how often since the state was entered. */
  readonly lastSentAtMs: number
  readonly sends: number
  readonly closedAtMs?: number
}
