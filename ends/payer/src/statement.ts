import { minus } from './money.ts'
import type { Charged, MoneyView, PaymentView, ViewReason, ViewState } from './payment.ts'
import type { Key } from './words/en.ts'
import type { Line } from './words/speak.ts'

/**
 * What the page says about a payment: the pure part of every screen from "paying" to the receipt.
 *
 * | state                                | first line (money)                    | then                        |
 * | ------------------------------------ | ------------------------------------- | --------------------------- |
 * | checking, presence, confirm          | nothing charged yet                   | what is asked of the payer  |
 * | rechecking, paying                   | nothing charged yet, held, or waiting | what the bank is doing      |
 * | abandoned                            | waiting for the bank                  | that nothing starts any more |
 * | starting, running, capturing         | paid, or held                         | what the machine is doing   |
 * | refunding                            | coming back                           | why                         |
 * | delivered, refunded, partly-refunded | the sums, to the cent                 | why                         |
 * | ended                                | not charged                           | why, and what to do         |
 * | case                                 | as far as it is known                 | that a person looks at it   |
 */
export interface Statement {
  /** Above the title while things go on; final statements say the money in the title itself. */
  readonly money: Line | null
  readonly title: Line
  readonly texts: readonly Line[]
  /** A code of the error table; its words come right after the title. */
  readonly why: ViewReason | null
  readonly tone: 'plain' | 'good' | 'back' | 'stop' | 'open'
  readonly working: boolean
  readonly progress: { readonly units: number; readonly of: number; readonly unit: string } | null
  readonly figures: readonly Figure[]
}

export interface Figure {
  readonly label: Key
  readonly value: MoneyView | string
  readonly strong?: boolean
}

const NOTHING: Omit<Statement, 'title'> = {
  money: null,
  texts: [],
  why: null,
  tone: 'plain',
  working: false,
  progress: null,
  figures: [],
}

export function statementOf(view: PaymentView): Statement {
  return STATEMENTS[view.state](view)
}

const STATEMENTS: Readonly<Record<ViewState, (view: PaymentView) => Statement>> = {
  checking: (view) => live(view, 'askingTitle', ['askingText']),
  presence: (view) => ({ ...live(view, 'buttonTitle', []), working: false }),
  confirm: (view) => ({
    ...live(view, 'confirmTitle', []),
    title: { key: 'confirmTitle', values: { payee: view.payee.name } },
    working: false,
  }),
  rechecking: (view) => live(view, 'recheckingTitle', ['recheckingText']),
  paying: (view) =>
    live(view, 'payingTitle', [view.charged === 'unknown' ? 'payingUnknownText' : 'payingText']),
  abandoned: (view) => ({ ...live(view, 'abandonedTitle', ['abandonedText']), why: view.reason ?? null }),
  starting: (view) => live(view, 'startingTitle', ['startingText']),
  running: (view) => ({
    ...live(view, 'runningTitle', ['runningText']),
    texts:
      view.mode === 'hold'
        ? [{ key: 'runningHoldText', values: { money: view.money } }, { key: 'runningText' }]
        : [{ key: 'runningText' }],
    progress: view.delivered ?? null,
  }),
  capturing: (view) => ({
    ...live(view, 'capturingTitle', ['capturingText']),
    progress: view.delivered ?? null,
  }),
  refunding,
  delivered,
  refunded,
  'partly-refunded': partlyRefunded,
  ended,
  case: inCase,
}

function live(view: PaymentView, title: Key, texts: readonly Key[]): Statement {
  return {
    ...NOTHING,
    money: chargedLine(view),
    title: { key: title },
    texts: texts.map((key) => ({ key })),
    working: true,
  }
}

const CHARGED_KEY: Readonly<Record<Charged, Key>> = {
  no: 'chargedNotYet',
  yes: 'chargedYes',
  held: 'chargedHeld',
  unknown: 'chargedUnknown',
}

function chargedLine(view: PaymentView): Line {
  return { key: CHARGED_KEY[view.charged], values: { money: view.money } }
}

function refunding(view: PaymentView): Statement {
  const back = view.refund?.money
  return {
    ...NOTHING,
    title: back === undefined ? releasingTitle(view) : { key: 'refundingTitle', values: { money: back } },
    why: view.reason ?? null,
    texts: [...deliveredLines(view), { key: view.charged === 'held' ? 'endedHeldText' : 'refundingText' }],
    tone: 'back',
    working: true,
    figures: back === undefined ? [] : sums(view, 'comesBack'),
  }
}

/** A hold that is let go is nothing that was ever paid. */
function releasingTitle(view: PaymentView): Line {
  if (view.charged === 'held') return { key: 'releasingTitle', values: { money: view.money } }
  return { key: view.charged === 'no' ? 'endedTitle' : 'refundingAnyTitle' }
}

function delivered(view: PaymentView): Statement {
  const cost = view.captured ?? view.money
  const rest = view.mode === 'hold' ? minus(view.money, cost) : null
  const texts: Line[] = [{ key: 'deliveredText', values: { goods: view.goods } }]
  if (rest !== null && rest.amountMinor !== '0') {
    texts.push({ key: 'deliveredHoldText', values: { held: view.money, rest } })
  }
  return {
    ...NOTHING,
    title: {
      key: view.charged === 'yes' ? 'deliveredTitle' : CASE_TITLE[view.charged],
      values: { money: cost },
    },
    texts,
    tone: 'good',
    figures: view.refund === undefined ? [] : sums(view, 'paidBack'),
  }
}

function refunded(view: PaymentView): Statement {
  const { refund } = view
  if (refund === undefined) return view.charged === 'no' ? ended(view) : refunding(view)
  if (refund.state === 'case') return inCase(view)
  if (refund.state === 'ordered') return { ...refunding(view), working: false }
  return {
    ...NOTHING,
    title: { key: 'refundedTitle', values: { money: refund.money } },
    why: view.reason ?? null,
    tone: 'back',
    figures: sums(view, 'paidBack'),
  }
}

function partlyRefunded(view: PaymentView): Statement {
  const { refund } = view
  if (refund === undefined) return partlyCaptured(view)
  if (refund.state === 'case') return inCase(view)
  const isPaid = refund.state === 'paid'
  return {
    ...NOTHING,
    title: { key: isPaid ? 'partlyTitle' : 'partlyComingTitle', values: { money: refund.money } },
    why: view.reason ?? null,
    texts: deliveredLines(view),
    tone: 'back',
    figures: sums(view, isPaid ? 'paidBack' : 'comesBack'),
  }
}

/** Of a hold only what was delivered is taken, or the bank took the rest back by itself: nothing has to come back. */
function partlyCaptured(view: PaymentView): Statement {
  const { title, texts } = delivered({ ...view, money: afterReversal(view.money, view) })
  return {
    ...NOTHING,
    title,
    why: view.reason ?? null,
    texts: [...deliveredLines(view), ...texts.slice(1)],
    tone: 'back',
    figures: view.reversed === undefined ? [] : sums(view, 'paidBack'),
  }
}

const ENDED_TITLE: Readonly<Record<Charged, Key>> = {
  no: 'endedTitle',
  yes: 'endedYesTitle',
  held: 'endedHeldTitle',
  unknown: 'endedUnknownTitle',
}

function ended(view: PaymentView): Statement {
  return {
    ...NOTHING,
    title: { key: ENDED_TITLE[view.charged], values: { money: view.money } },
    why: view.reason ?? null,
    texts: view.charged === 'held' ? [{ key: 'endedHeldText' }] : [],
    tone: view.charged === 'no' ? 'stop' : 'open',
  }
}

const CASE_TITLE: Readonly<Record<Charged, Key>> = {
  no: 'caseNoTitle',
  yes: 'caseYesTitle',
  held: 'caseHeldTitle',
  unknown: 'caseUnknownTitle',
}

function inCase(view: PaymentView): Statement {
  const text: Key = view.refund?.state === 'case' ? 'refundCaseText' : 'caseText'
  return {
    ...NOTHING,
    title: { key: CASE_TITLE[view.charged], values: { money: view.captured ?? view.money } },
    why: view.reason ?? null,
    texts: [{ key: text }, { key: 'caseNumber' }],
    tone: 'open',
    figures: view.refund === undefined ? [] : sums(view, view.refund.state === 'paid' ? 'paidBack' : 'owed'),
  }
}

function deliveredLines(view: PaymentView): Line[] {
  const { delivered: made } = view
  return made === undefined || made.units === 0 || made.units === made.of || made.of <= 1
    ? []
    : [{ key: 'partlyText', values: { ...made } }]
}

/** Paid, what of it goes back, and what remains: exact, in minor units. */
export function sums(view: PaymentView, backLabel: Key): Figure[] {
  const paid = view.captured ?? view.money
  const { refund, reversed } = view
  const left = afterReversal(paid, view)
  const rest = refund === undefined ? left : minus(left, refund.money)
  return [
    { label: 'paid', value: paid },
    ...(reversed === undefined ? [] : [{ label: 'takenBack' as const, value: reversed }]),
    ...(refund === undefined ? [] : [{ label: backLabel, value: refund.money, strong: true }]),
    ...(rest === null || rest === paid ? [] : [{ label: 'costs' as const, value: rest }]),
  ]
}

/** What of an amount the payer's bank has not taken back by itself. */
function afterReversal(amount: MoneyView, view: PaymentView): MoneyView {
  return view.reversed === undefined ? amount : (minus(amount, view.reversed) ?? amount)
}
