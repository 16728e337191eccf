import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'
import type { PaymentView } from '#system/payment/view.ts'

/**
 * What the system tells this page about one payment. The page decides nothing about money: it shows what
 * stands here, and where the system does not know, the page does not know either.
 */
export type { PaymentView }

/** Minor units as a string of digits: JSON numbers are floats. */
export type MoneyView = PaymentView['money']
export type ViewState = PaymentView['state']
export type Charged = PaymentView['charged']
export type PresenceMethod = PaymentView['presence']['method']
/** Why a payment ended or turned; words for each are in `words/`. */
export type ViewReason = NonNullable<PaymentView['reason']>

export const FINAL_STATES: ReadonlySet<ViewState> = new Set([
  'delivered',
  'refunded',
  'partly-refunded',
  'ended',
  'case',
])

export interface Product {
  readonly id: number
  readonly name: string
  readonly money: MoneyView
  readonly mode: 'sale' | 'hold'
  readonly units: number
  readonly unit: string
}

/** A machine with a printed code, as it stands before anything is asked for. */
export interface MachineView {
  readonly payee: string
  readonly machine: { readonly name: string; readonly place: string; readonly number?: string }
  readonly products: readonly Product[]
}

/** How this payer can confirm this payment; `publicKey` is WebAuthn level 3, section 5.1, options in JSON. */
export type ConfirmationOptions = { readonly pinAllowed: boolean } & (
  | { readonly method: 'passkey'; readonly publicKey: PublicKeyCredentialRequestOptionsJSON }
  | { readonly method: 'new-passkey'; readonly publicKey: PublicKeyCredentialCreationOptionsJSON }
  | { readonly method: 'pin' | 'new-pin' }
)

/** What went wrong with a request, as RFC 9457 problem details, or as no answer at all. */
export interface Problem {
  /** A code of the error table, or one of this page's own (`offline`, `answer-unclear`). */
  readonly code: string
  readonly charged: 'no' | 'yes' | 'unknown'
  readonly retryable: boolean
  readonly retryAtMs?: number
  readonly triesLeft?: number
}
