import type { ConfirmationOptions, MachineView, PaymentView } from '../ends/payer/src/payment.ts'

/**
 * Every screen of the payer's page, as the answers that bring it about. The page itself comes from the real
 * system; only what it asks for is answered from here, since a real payment shows most screens for a moment.
 */
export interface Screen {
  readonly name: string
  /** Where the page is opened. */
  readonly path: string
  readonly view?: PaymentView
  readonly options?: ConfirmationOptions
  readonly machine?: MachineView
  readonly history?: readonly PaymentView[]
  /** Problem details for the POST that claims. */
  readonly refusal?: { readonly status: number; readonly code: string; readonly charged: 'no' | 'unknown' }
  /** No answer to the claim at all, for as long as the screen is looked at. */
  readonly isSilent?: boolean
  /** What to touch, by test id, in order. */
  readonly touch?: readonly string[]
  /** What has to be on the page before it is looked at, by test id. */
  readonly shows: string
}

const CODE_PATH = `/#${'h'.repeat(40)}${'Qk3_x-7v'.repeat(18)}`
const MINUTE_MS = 60_000

const BASE: PaymentView = {
  paymentId: '0f'.repeat(16),
  version: 3,
  state: 'confirm',
  charged: 'no',
  money: { amountMinor: '250', currency: 'EUR' },
  payee: { name: 'Waschsalon Linde', support: 'wash@linde.example, +49 30 5550 117' },
  machine: { name: 'Washing machine 3', place: 'Lindenstraße 12, basement', number: '4711' },
  goods: 'Wash 40 °C',
  mode: 'sale',
  presence: { method: 'words', words: 'amber river', satisfied: true },
  needsApproval: false,
  receiptNumber: 'F-2026-0F0F0F0F',
  atMs: { claimed: Date.UTC(2026, 10, 24, 9, 12) },
  canCancel: true,
  canStop: false,
  canComplain: false,
}

const ACTING = { canCancel: false, charged: 'yes' } as const
const BANK = { bankReference: 'RB-7F31-22A9-0044' }
const PASSKEY: ConfirmationOptions = {
  method: 'passkey',
  pinAllowed: true,
  publicKey: { challenge: 'AAAA', rpId: 'localhost', userVerification: 'required' },
}
const NEW_PASSKEY: ConfirmationOptions = {
  method: 'new-passkey',
  pinAllowed: true,
  publicKey: {
    challenge: 'AAAA',
    rp: { id: 'localhost', name: 'Farthing' },
    user: { id: 'AAAA', name: 'payer', displayName: 'payer' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  },
}

const HOLD: Partial<PaymentView> = {
  mode: 'hold',
  goods: 'Charging, per 100 Wh',
  money: { amountMinor: '1200', currency: 'EUR' },
  payee: { name: 'Stadtwerke Laden', support: 'laden@example.org' },
  machine: { name: 'Charger at the river', place: 'Uferweg 2', number: '88' },
  presence: { method: 'button', satisfied: true },
}

const expires = () => ({ expiresAtMs: Date.now() + 2 * MINUTE_MS })

function payment(name: string, change: Partial<PaymentView>, more: Partial<Screen> = {}): Screen {
  const view = { ...BASE, ...change }
  return { name, path: CODE_PATH, view, shows: `screen-${view.state}`, ...more }
}

const PARTLY: Partial<PaymentView> = {
  ...ACTING,
  ...BANK,
  state: 'partly-refunded',
  reason: 'partly-delivered',
  goods: '5 bars of chocolate',
  money: { amountMinor: '500', currency: 'EUR' },
  delivered: { units: 3, of: 5, unit: 'piece' },
  refund: {
    money: { amountMinor: '200', currency: 'EUR' },
    state: 'paid',
    bankReference: 'RB-9A10-22AA-0051',
  },
  canComplain: true,
}

const HISTORY: readonly PaymentView[] = [
  { ...BASE, ...PARTLY },
  {
    ...BASE,
    paymentId: '1e'.repeat(16),
    state: 'delivered',
    charged: 'yes',
    money: { amountMinor: '300', currency: 'JPY' },
  },
  { ...BASE, paymentId: '2d'.repeat(16), state: 'ended', reason: 'machine-busy' },
  { ...BASE, paymentId: '3c'.repeat(16), state: 'case', reason: 'bank-unknown', charged: 'unknown' },
]

const ARRIVING: readonly Screen[] = [
  { name: 'home', path: '/', shows: 'screen-home' },
  { name: 'asking', path: CODE_PATH, isSilent: true, shows: 'screen-opening' },
  {
    name: 'machine',
    path: `/#m.${'ab'.repeat(8)}`,
    machine: {
      payee: 'Snack & Co',
      machine: { name: 'Snack machine', place: 'Central station, platform 4', number: '12' },
      products: [
        {
          id: 1,
          name: 'Water',
          money: { amountMinor: '180', currency: 'EUR' },
          mode: 'sale',
          units: 1,
          unit: 'piece',
        },
        {
          id: 2,
          name: 'Chocolate',
          money: { amountMinor: '500', currency: 'EUR' },
          mode: 'sale',
          units: 5,
          unit: 'piece',
        },
        {
          id: 3,
          name: 'Charging',
          money: { amountMinor: '1200', currency: 'EUR' },
          mode: 'hold',
          units: 60,
          unit: 'minute',
        },
      ],
    },
    shows: 'screen-machine',
  },
  {
    name: 'refused-foreign',
    path: CODE_PATH,
    refusal: { status: 422, code: 'code-signature-invalid', charged: 'no' },
    shows: 'screen-problem',
  },
  {
    name: 'refused-claimed',
    path: CODE_PATH,
    refusal: { status: 409, code: 'machine-claimed', charged: 'no' },
    shows: 'screen-problem',
  },
  { name: 'scan', path: '/', touch: ['scan'], shows: 'screen-scan' },
]

const ASKED: readonly Screen[] = [
  payment('presence-button', {
    state: 'presence',
    presence: { method: 'button', satisfied: false },
    ...expires(),
  }),
  payment('presence-blink', {
    state: 'presence',
    presence: { method: 'blink', satisfied: false },
    ...expires(),
  }),
  payment('presence-plate', {
    state: 'presence',
    presence: { method: 'plate', satisfied: false },
    ...expires(),
  }),
  payment('presence-words', {
    state: 'presence',
    presence: { method: 'words', words: 'amber river', satisfied: false },
    ...expires(),
  }),
  payment('words-differ', expires(), { options: PASSKEY, touch: ['words-no'], shows: 'screen-words-differ' }),
  payment('confirm-approval', { needsApproval: true, ...expires() }),
  payment('confirm-passkey', expires(), { options: PASSKEY, shows: 'pay' }),
  payment('confirm-new-passkey', expires(), { options: NEW_PASSKEY, shows: 'pay' }),
  payment('confirm-new-pin', expires(), { options: NEW_PASSKEY, touch: ['use-pin'], shows: 'pin-again' }),
  payment(
    'confirm-pin',
    { presence: { method: 'none', satisfied: true }, ...expires() },
    {
      options: { method: 'pin', pinAllowed: true },
      shows: 'pin',
    },
  ),
  payment('confirm-pin-wrong', expires(), {
    options: { method: 'pin', pinAllowed: true },
    touch: ['pay-pin'],
    shows: 'pin',
  }),
  payment('confirm-hold', { ...HOLD, ...expires() }, { options: PASSKEY, shows: 'pay' }),
]

const LIVE: readonly Screen[] = [
  payment('checking', { state: 'checking' }),
  payment('rechecking', { state: 'rechecking' }),
  payment('paying', { state: 'paying', canCancel: false }),
  payment('paying-unknown', { state: 'paying', charged: 'unknown', canCancel: false }),
  payment('starting', { state: 'starting', ...ACTING }),
  payment('running', { state: 'running', ...ACTING, delivered: { units: 12, of: 40, unit: 'minute' } }),
  payment('running-hold', {
    ...HOLD,
    state: 'running',
    charged: 'held',
    canCancel: false,
    canStop: true,
    delivered: { units: 1700, of: 6000, unit: 'Wh' },
  }),
  payment('capturing', { ...HOLD, state: 'capturing', charged: 'held', canCancel: false }),
  payment('refunding', {
    ...ACTING,
    ...BANK,
    state: 'refunding',
    reason: 'machine-failed',
    refund: { money: BASE.money, state: 'ordered' },
  }),
]

const OVER: readonly Screen[] = [
  payment('delivered', { state: 'delivered', ...ACTING, ...BANK, canComplain: true }),
  payment(
    'complaint',
    { state: 'delivered', ...ACTING, ...BANK, canComplain: true },
    {
      touch: ['did-not-run'],
      shows: 'screen-complaint',
    },
  ),
  payment('delivered-hold', {
    ...HOLD,
    ...ACTING,
    ...BANK,
    state: 'delivered',
    captured: { amountMinor: '340', currency: 'EUR' },
  }),
  payment('refunded', {
    ...ACTING,
    ...BANK,
    state: 'refunded',
    reason: 'machine-failed',
    refund: { money: BASE.money, state: 'paid', bankReference: 'RB-9A10-22AA-0050' },
  }),
  payment('partly-refunded', PARTLY),
  payment('ended-silent', { state: 'ended', reason: 'chip-silent', canCancel: false }),
  payment('ended-no-money', { state: 'ended', reason: 'bank-no-money', canCancel: false }),
  payment('ended-cancelled', { state: 'ended', reason: 'cancelled', canCancel: false }),
  payment('case-unknown', { state: 'case', reason: 'bank-unknown', charged: 'unknown', canCancel: false }),
  payment('case-refund', {
    ...ACTING,
    ...BANK,
    state: 'case',
    reason: 'refund-refused',
    refund: { money: BASE.money, state: 'case' },
  }),
  payment('receipt', PARTLY, { touch: ['show-receipt'], shows: 'screen-receipt' }),
  { name: 'history', path: '/', history: HISTORY, touch: ['open-history'], shows: 'screen-history' },
  { name: 'history-empty', path: '/', history: [], touch: ['open-history'], shows: 'screen-history' },
]

export const SCREENS: readonly Screen[] = [...ARRIVING, ...ASKED, ...LIVE, ...OVER]
