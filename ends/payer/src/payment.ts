import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'

/**
 * What the system tells this page about one payment. The page decides nothing about money: it shows what
 * stands here, and where the system does not know, the page does not know either.
 */
export interface MoneyView {
  /** Minor units as a string of digits: JSON numbers are floats. */
  readonly amountMinor: string
  readonly currency: string
}

export const VIEW_STATES = [
  'checking',
  'presence',
  'confirm',
  'rechecking',
  'paying',
  'starting',
  'running',
  'capturing',
  'refunding',
  'delivered',
  'refunded',
  'partly-refunded',
  'ended',
  'case',
] as const
export type ViewState = (typeof VIEW_STATES)[number]

export const CHARGED = ['no', 'yes', 'held', 'unknown'] as const
export type Charged = (typeof CHARGED)[number]

export type PresenceMethod = 'none' | 'words' | 'button' | 'blink' | 'plate'

export interface PaymentView {
  readonly paymentId: string
  readonly version: number
  readonly state: ViewState
  /** Why it ended or turned, a code of the error table; words for it are in `words/`. */
  readonly reason?: string
  readonly charged: Charged
  readonly money: MoneyView
  readonly payee: { readonly name: string; readonly support: string }
  readonly machine: { readonly name: string; readonly place: string; readonly number?: string }
  readonly goods: string
  readonly mode: 'sale' | 'hold'
  readonly presence: { readonly method: PresenceMethod; readonly words?: string; readonly satisfied: boolean }
  readonly needsApproval: boolean
  readonly expiresAtMs?: number
  readonly delivered?: { readonly units: number; readonly of: number; readonly unit: string }
  readonly captured?: MoneyView
  readonly refund?: {
    readonly money: MoneyView
    readonly state: 'ordered' | 'paid' | 'case'
    readonly bankReference?: string
  }
  readonly bankReference?: string
  readonly receiptNumber: string
  readonly atMs: { readonly [moment: string]: number }
  readonly canCancel: boolean
  readonly canStop: boolean
  readonly canComplain: boolean
  readonly retryAtMs?: number
}

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
