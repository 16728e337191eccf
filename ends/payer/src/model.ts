import type { ConfirmationOptions, MachineView, PaymentView, Problem } from './payment.ts'
import type { Way } from './passkey.ts'
import type { Key } from './words/en.ts'
import type { Line, Speech } from './words/speak.ts'

/** What the page is at. One page, one action. */
export type Page =
  | { readonly kind: 'home' }
  | { readonly kind: 'opening'; readonly title: Key; readonly text: Key }
  | { readonly kind: 'machine'; readonly chipId: string; readonly machine: MachineView }
  | { readonly kind: 'payment' }
  | { readonly kind: 'receipt'; readonly view: PaymentView }
  | { readonly kind: 'history'; readonly views: readonly PaymentView[]; readonly cursor: string | null }
  | { readonly kind: 'scan'; readonly state: ScanState }
  | { readonly kind: 'problem'; readonly problem: Problem; readonly retry: (() => void) | null }

export type ScanState =
  | { readonly kind: 'starting' | 'looking' | 'other' }
  | { readonly kind: 'foreign'; readonly host: string }
  | { readonly kind: 'no-camera'; readonly why: 'cameraInsecure' | 'cameraMissing' | 'cameraDenied' }

export interface Model {
  readonly speech: Speech
  readonly page: Page
  /** The payment that is followed; stays while receipts or the scanner are open. */
  readonly view: PaymentView | null
  readonly isLost: boolean
  readonly heardAtMs: number
  /** An action is under way: its button says so, and none can be pressed twice. */
  readonly isBusy: boolean
  readonly options: ConfirmationOptions | null
  readonly wantedWay: Way | null
  /** What went wrong with the last thing the payer did; shown at the form and read out. */
  readonly note: Line | { readonly problem: Problem } | null
  /** A question laid over the payment: other words than the machine's, or a complaint. */
  readonly aside: 'words-differ' | 'complaint' | null
}
