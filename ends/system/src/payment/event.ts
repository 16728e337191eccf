import type { CommandId, Nonce } from '#protocol/identifier.ts'
import type { Currency } from '#protocol/money.ts'
import type { ClaimedCode, Confirmation, Outcome, OrderKind } from './state.ts'
import type { EndReason } from './reason.ts'

/** Ids made before the transition that may need them: the transition itself has no randomness. */
export interface FreshIds {
  readonly nonce: Nonce
  readonly orderId: string
  readonly commandId: CommandId
}

/** What a chip says of itself when it answers a check with yes or no. */
export type CheckVerdict = 'ready' | EndReason

/** What the bank said of one order; `unknown` is what no answer, or no clear one, means. */
export type BankAnswer =
  | {
      readonly kind: 'settled'
      readonly amountMinor: bigint
      readonly currency: Currency
      readonly bankReference: string
      readonly reversedMinor: bigint
    }
  | { readonly kind: 'rejected'; readonly because: string; readonly endReason: EndReason }
  | { readonly kind: 'pending' }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'unknown' }

export type Fact =
  | {
      readonly kind: 'code-issued'
      readonly code: ClaimedCode
      readonly amountMinor: bigint
      readonly currency: Currency
      readonly tariffVersion: number
      readonly productId: number
    }
  | { readonly kind: 'issue-refused'; readonly reason: EndReason }
  | {
      readonly kind: 'check-answered'
      readonly nonce: Nonce
      readonly round: number
      readonly codeHash: string
      readonly amountMinor: bigint
      readonly currency: string
      readonly tariffVersion: number
      readonly verdict: CheckVerdict
      readonly boot: string
      readonly monotonicMs: number
    }
  | { readonly kind: 'presence-shown'; readonly method: 'button' | 'blink' | 'plate'; readonly text: string }
  | { readonly kind: 'approval-asked'; readonly mandateId: string }
  | { readonly kind: 'approval-answered'; readonly mandateId: string; readonly granted: boolean }
  | {
      readonly kind: 'confirmed'
      readonly payerId: string
      readonly mandateId: string
      readonly confirmation: Confirmation
    }
  | { readonly kind: 'verification-exhausted' }
  | { readonly kind: 'cancel-asked' }
  | { readonly kind: 'bank-answered'; readonly orderId: string; readonly answer: BankAnswer }
  | { readonly kind: 'started'; readonly commandId: CommandId }
  | { readonly kind: 'progressed'; readonly commandId: CommandId; readonly deliveredUnits: number }
  | {
      readonly kind: 'outcome-reported'
      readonly commandId: CommandId
      readonly outcome: Outcome
      readonly fromRevokedChip: boolean
    }
  | { readonly kind: 'stop-asked' }
  | { readonly kind: 'complained'; readonly withinLimit: boolean }
  | { readonly kind: 'time-passed' }

export type FactKind = Fact['kind']

/**
 * A fact with the moment at which we learned it, ids for what may follow from it, and whether machine,
 * merchant, chip and system were all enabled at that moment (kill switches are read before every step
 * that spends money or moves a machine).
 */
export type Event = Fact & {
  readonly atMs: number
  readonly fresh: FreshIds
  readonly enabled: boolean
}

export type EventOf<Kind extends FactKind> = Extract<Event, { kind: Kind }>

/** Which orders may be asked of the bank in which mode; kept with the order kinds so that none is forgotten. */
export const ORDER_LETTER: Readonly<Record<OrderKind, string>> = {
  transfer: 't',
  hold: 'h',
  capture: 'c',
  release: 'l',
  refund: 'r',
  'reserve-release': 's',
}
