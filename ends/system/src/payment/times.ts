/**
 * The times of the method, each a named setting with its unit (method.md, "Times").
 *
 * A payment carries the times that were in force when it was claimed, so that its journal replays to
 * the same state after a setting has been changed.
 */
export interface Times {
  /** How long a chip may take to answer a check. */
  readonly chipAnswerMs: number
  /** Pause between two sendings of the same message to a chip that has not answered. */
  readonly chipResendMs: number
  /** The longest that this pause grows to while a chip is silent after a command. */
  readonly chipResendMaxMs: number
  /** How long a claim without proof of presence keeps the machine. */
  readonly unprovenReservationMs: number
  /** How long the payer has to confirm. */
  readonly confirmationMs: number
  /** The same, once the payer was sent to the bank to approve. */
  readonly approvalMs: number
  /** From the second check to the last moment at which the machine may start. */
  readonly commandDeadlineMs: number
  /** How much slower than ours a chip's clock may run before a deadline, at most. */
  readonly clockMarginMs: number
  /** How long the payer is kept waiting for the bank before the payment is abandoned. */
  readonly bankPatienceMs: number
  /** How long the bank may accept the order, from its making. */
  readonly orderValidMs: number
  /** How long one request to the bank may take. */
  readonly bankRequestMs: number
  /** Shortest and longest pause between two questions to the bank. */
  readonly bankPollMinMs: number
  readonly bankPollMaxMs: number
  /** How long the bank's answer may be unknown until a person sees a case. */
  readonly bankUnknownCaseMs: number
  /** Silence after STARTED (or after the command) beyond the action's longest duration, until the policy refund. */
  readonly silenceRefundMs: number
  /** How long the merchant's money stays reserved after delivery, and the payer may say "it did not run". */
  readonly refundWindowMs: number
  /** How long a hold outlives the longest session and its silence. */
  readonly holdGraceMs: number
  /** Everything is final, or a case, by then. */
  readonly finalMs: number
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

export const DEFAULT_TIMES: Times = Object.freeze({
  chipAnswerMs: 5 * SECOND_MS,
  chipResendMs: 1500,
  chipResendMaxMs: MINUTE_MS,
  unprovenReservationMs: 20 * SECOND_MS,
  confirmationMs: 3 * MINUTE_MS,
  approvalMs: 10 * MINUTE_MS,
  commandDeadlineMs: 10 * SECOND_MS,
  clockMarginMs: 2 * SECOND_MS,
  bankPatienceMs: MINUTE_MS,
  orderValidMs: 2 * MINUTE_MS,
  bankRequestMs: 3 * SECOND_MS,
  bankPollMinMs: SECOND_MS,
  bankPollMaxMs: 30 * SECOND_MS,
  bankUnknownCaseMs: 15 * MINUTE_MS,
  silenceRefundMs: 15 * MINUTE_MS,
  refundWindowMs: 24 * HOUR_MS,
  holdGraceMs: HOUR_MS,
  finalMs: 24 * HOUR_MS,
})
