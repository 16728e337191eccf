/* The door of the protocol. node-keys.ts stands apart, since it needs Node and all of this does not. */
export { bytesEqual, clipText, fromBase64url, fromHex, toBase64url, toHex } from './bytes.ts'
export type { Algorithm, Signer, Verifier } from './cose.ts'
export { type Claim, type Sealed, hashCode, open, openAs, openVerified, seal } from './envelope.ts'
export {
  BootId,
  ChipId,
  CodeHash,
  CommandId,
  KeyId,
  Nonce,
  PaymentId,
  RequestId,
  RetirementId,
} from './identifier.ts'
export { type Check, type PresenceMethod, PRESENCE_CODES } from './message/check.ts'
export type { CheckAnswer } from './message/check-answer.ts'
export type { Command, Grant } from './message/command.ts'
export type { Hello } from './message/hello.ts'
export type { IssueAnswer } from './message/issue-answer.ts'
export type { IssueRequest } from './message/issue-request.ts'
export { MACHINE_STATE_CODES, type MachineState } from './message/machine-state.ts'
export type { Evidence, Outcome, OutcomeResult } from './message/outcome.ts'
export type { OutcomeAck } from './message/outcome-ack.ts'
export type { PaymentCode } from './message/payment-code.ts'
export type { Presence } from './message/presence.ts'
export type { Progress } from './message/progress.ts'
export type { Query } from './message/query.ts'
export { REFUSALS, REFUSAL_CODES, type Refusal } from './message/refusal.ts'
export {
  type DownMessage,
  MESSAGES,
  MESSAGE_NAMES,
  type Message,
  type MessageName,
  type MessageOf,
  type UpMessage,
} from './message/registry.ts'
export type { Release } from './message/release.ts'
export type { Retire } from './message/retire.ts'
export type { Retired } from './message/retired.ts'
export type { Started } from './message/started.ts'
export type { Stop } from './message/stop.ts'
export { type Product, type ProductMode, type Tariff, tariff } from './message/tariff.ts'
export {
  AMOUNT_MINOR_MAX,
  AMOUNT_MINOR_MIN,
  type Currency,
  type Money,
  type MoneyJson,
  currencyOf,
  exponentOf,
  formatDecimal,
  isCurrency,
  isPayableAmount,
  moneyEqual,
  moneyFromJson,
  moneyToJson,
  parseDecimalMoney,
} from './money.ts'
export {
  type PaymentLink,
  type PaymentOrigin,
  machineUrl,
  parsePaymentFragment,
  parsePaymentOrigin,
  parsePaymentUrl,
  paymentCodeUrl,
} from './payment-url.ts'
export { type ProtocolError, type ProtocolErrorCode, PROTOCOL_ERROR_CODES } from './protocol-error.ts'
export { type Result, fail, ok } from './result.ts'
export { EVERYTHING, EVERY_CHIP_UP, REVOCATIONS, TAKEOVERS, parseTopic, topicOf } from './topic.ts'
