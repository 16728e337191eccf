import type { Check, Command, Order, Outcome } from './state.ts'

/**
 * What is to be done in the world after the journal has the new state. Every effect may be done twice:
 * it carries ids made before, and the other side answers the same again.
 */
export type Effect =
  | { readonly kind: 'ask-issue' }
  | { readonly kind: 'ask-check'; readonly check: Check }
  | { readonly kind: 'release-machine'; readonly reason: string }
  | { readonly kind: 'submit-order'; readonly order: Order }
  | { readonly kind: 'ask-order'; readonly order: Order }
  | { readonly kind: 'ask-approval'; readonly mandateId: string }
  | { readonly kind: 'send-command'; readonly command: Command }
  | { readonly kind: 'send-query'; readonly command: Command }
  | { readonly kind: 'send-stop'; readonly command: Command }
  | { readonly kind: 'acknowledge-outcome'; readonly outcome: Outcome; readonly command: Command }

/** One side of a double entry; `debit` and `credit` of one posting group are equal per currency (I1). */
export interface Posting {
  readonly account: string
  readonly debitMinor: bigint
  readonly creditMinor: bigint
}

export interface Step<P> {
  readonly payment: P
  readonly effects: readonly Effect[]
  readonly postings: readonly Posting[]
}
