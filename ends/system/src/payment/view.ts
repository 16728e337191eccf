import { type Static, Type } from 'typebox'
import type { MachineRecord } from '../machine/record.ts'
import { refundedMinor, settledMinor } from './price.ts'
import { type CaseReason, CASE_REASONS, CLAIM_REFUSALS, END_REASONS, REFUND_REASONS } from './reason.ts'
import { FINAL_STATES, type Order, type Payment, type State } from './state.ts'

/** A payment as its payer sees it: no id of a device, no account, nothing that another person could use. */

export const VIEW_STATES = [
  'checking',
  'presence',
  'confirm',
  'rechecking',
  'paying',
  'abandoned',
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

const MoneyView = Type.Object({
  amountMinor: Type.String({ pattern: '^[0-9]+$', description: 'Minor units as decimal digits' }),
  currency: Type.String({ description: 'ISO 4217' }),
})

const literals = <const Names extends readonly string[]>(names: Names) =>
  Type.Unsafe<Names[number]>({ type: 'string', enum: [...names] })

export const PaymentView = Type.Object({
  paymentId: Type.String(),
  version: Type.Integer(),
  state: literals(VIEW_STATES),
  reason: Type.Optional(
    literals([...CLAIM_REFUSALS, ...END_REASONS, ...REFUND_REASONS, ...CASE_REASONS] as const),
  ),
  charged: literals(['no', 'yes', 'held', 'unknown'] as const),
  money: MoneyView,
  payee: Type.Object({ name: Type.String(), support: Type.String() }),
  machine: Type.Object({ name: Type.String(), place: Type.String(), number: Type.Optional(Type.String()) }),
  goods: Type.String(),
  unitPrice: Type.Optional(Type.Object({ money: MoneyView, unit: Type.String() })),
  mode: literals(['sale', 'hold'] as const),
  presence: Type.Object({
    method: literals(['none', 'words', 'button', 'blink', 'plate'] as const),
    words: Type.Optional(Type.String()),
    satisfied: Type.Boolean(),
  }),
  needsApproval: Type.Boolean(),
  expiresAtMs: Type.Optional(Type.Integer()),
  delivered: Type.Optional(Type.Object({ units: Type.Integer(), of: Type.Integer(), unit: Type.String() })),
  captured: Type.Optional(MoneyView),
  reversed: Type.Optional(
    Type.Object(MoneyView.properties, { description: 'What the bank has taken back by itself' }),
  ),
  refund: Type.Optional(
    Type.Object({
      money: MoneyView,
      state: literals(['ordered', 'paid', 'case'] as const),
      bankReference: Type.Optional(Type.String()),
    }),
  ),
  bankReference: Type.Optional(Type.String()),
  receiptNumber: Type.String(),
  atMs: Type.Record(Type.String(), Type.Integer()),
  canCancel: Type.Boolean(),
  canStop: Type.Boolean(),
  canComplain: Type.Boolean(),
})
export type PaymentView = Static<typeof PaymentView>

const VIEW_STATE: Readonly<Record<State, ViewState>> = {
  issuing: 'checking',
  checking: 'checking',
  presence: 'presence',
  confirming: 'confirm',
  rechecking: 'rechecking',
  paying: 'paying',
  abandoned: 'abandoned',
  readying: 'starting',
  commanding: 'starting',
  running: 'running',
  capturing: 'capturing',
  releasing: 'refunding',
  refunding: 'refunding',
  delivered: 'delivered',
  partlyRefunded: 'partly-refunded',
  refunded: 'refunded',
  ended: 'ended',
}

/** Cases that are about the payer's money; the others are between merchant, bank and staff. */
const PAYER_CASES: ReadonlySet<CaseReason> = new Set([
  'bank-unknown',
  'bank-amount-differs',
  'refund-refused',
  'capture-refused',
  'complaint',
  'revoked-chip-outcome',
] as const)

const CANCELLABLE: ReadonlySet<State> = new Set([
  'issuing',
  'checking',
  'presence',
  'confirming',
  'rechecking',
])
const STOPPABLE: ReadonlySet<State> = new Set(['commanding', 'running'])
const COMPLAINABLE: ReadonlySet<State> = new Set(['delivered', 'partlyRefunded'])

export interface ViewContext {
  readonly record: Pick<MachineRecord, 'name' | 'number' | 'place' | 'merchant'>
  /** Whether this device has to go to the bank before it can confirm. */
  readonly needsApproval: boolean
  readonly nowMs: number
}

export function paymentView(payment: Payment, { record, needsApproval, nowMs }: ViewContext): PaymentView {
  const { presence, purchase } = payment
  const paid = payment.orders.find((order) => order.kind === 'transfer' || order.kind === 'capture')
  const reason = reasonOf(payment)
  const refund = refundOf(payment)
  const delivered = deliveredOf(payment)
  const captured = payment.orders.find((order) => order.kind === 'capture' && order.status === 'settled')
  return {
    paymentId: payment.paymentId,
    version: payment.version,
    state: stateOf(payment),
    ...(reason === undefined ? {} : { reason }),
    charged: chargedOf(payment),
    money: money(payment, purchase.amountMinor),
    payee: { name: payment.payee.name, support: record.merchant.support },
    machine: {
      name: record.name,
      place: record.place,
      ...(record.number === '' ? {} : { number: record.number }),
    },
    goods: purchase.goods,
    ...(purchase.mode === 'hold'
      ? { unitPrice: { money: money(payment, purchase.unitPriceMinor), unit: purchase.unit } }
      : {}),
    mode: purchase.mode,
    presence: {
      method: presence.method,
      satisfied: presence.satisfied,
      ...(presence.method === 'words' ? { words: presence.text } : {}),
    },
    needsApproval: payment.state === 'confirming' && needsApproval,
    ...(payment.state === 'confirming' && payment.confirmByMs !== undefined
      ? { expiresAtMs: payment.confirmByMs }
      : {}),
    ...(delivered ? { delivered } : {}),
    ...(captured ? { captured: money(payment, captured.amountMinor) } : {}),
    ...(payment.reversedMinor > 0n ? { reversed: money(payment, payment.reversedMinor) } : {}),
    ...(refund ? { refund } : {}),
    ...(paid?.bankReference === undefined ? {} : { bankReference: paid.bankReference }),
    receiptNumber: receiptNumberOf(payment),
    atMs: momentsOf(payment),
    canCancel: CANCELLABLE.has(payment.state),
    canStop:
      purchase.mode === 'hold' &&
      STOPPABLE.has(payment.state) &&
      payment.command?.stopAskedAtMs === undefined,
    canComplain: canComplain(payment, nowMs),
  }
}

/** Twelve characters to read out on the telephone. */
export function receiptNumberOf(payment: Payment): string {
  const id = payment.paymentId.toUpperCase()
  return `${id.slice(0, 4)}-${id.slice(4, 8)}-${id.slice(8, 12)}`
}

function openCaseOf(payment: Payment): CaseReason | undefined {
  const { case: open } = payment
  return open && open.settledAtMs === undefined && PAYER_CASES.has(open.reason) ? open.reason : undefined
}

function stateOf(payment: Payment): ViewState {
  return openCaseOf(payment) === undefined ? VIEW_STATE[payment.state] : 'case'
}

function reasonOf(payment: Payment): PaymentView['reason'] {
  const back = payment.orders.findLast((order) => order.reason !== undefined)
  return (
    openCaseOf(payment) ??
    back?.reason ??
    payment.endReason ??
    (payment.state === 'abandoned' ? 'settled-too-late' : undefined)
  )
}

function chargedOf(payment: Payment): PaymentView['charged'] {
  if (payment.endReason !== undefined) return 'no'
  const first = payment.orders[0]
  if (!first || first.status === 'rejected') return 'no'
  if (first.status === 'unknown') return 'unknown'
  if (first.kind === 'transfer' || settledMinor(payment) > 0n) return 'yes'
  return 'held'
}

function refundOf(payment: Payment): PaymentView['refund'] {
  // In a final state one that the bank refused is past: the bank took the money back itself.
  const final = FINAL_STATES.includes(payment.state)
  const order = payment.orders.findLast(
    ({ kind, status }) => kind === 'refund' && !(final && status === 'rejected'),
  )
  if (!order) return undefined
  return {
    money: money(payment, order.status === 'settled' ? refundedMinor(payment) : order.amountMinor),
    state: refundState(payment, order),
    ...(order.bankReference === undefined ? {} : { bankReference: order.bankReference }),
  }
}

function refundState(payment: Payment, order: Order): 'ordered' | 'paid' | 'case' {
  if (order.status === 'settled') return 'paid'
  return order.status === 'rejected' || openCaseOf(payment) !== undefined ? 'case' : 'ordered'
}

function deliveredOf(payment: Payment): PaymentView['delivered'] {
  if (!payment.command) return undefined
  const units = payment.outcome ? payment.outcome.deliveredMin : payment.deliveredSoFar
  return { units, of: payment.purchase.units, unit: payment.purchase.unit }
}

function canComplain(payment: Payment, nowMs: number): boolean {
  const open = payment.closedAtMs !== undefined && nowMs <= payment.closedAtMs + payment.times.refundWindowMs
  return open && COMPLAINABLE.has(payment.state) && payment.complainedAtMs === undefined
}

function money(payment: Payment, amountMinor: bigint): { amountMinor: string; currency: string } {
  return { amountMinor: amountMinor.toString(), currency: payment.purchase.currency }
}

function momentsOf(payment: Payment): Record<string, number> {
  const moments = {
    claimed: payment.claimedAtMs,
    confirmed: payment.confirmation?.atMs,
    ordered: payment.orders[0]?.madeAtMs,
    commanded: payment.command?.sentAtMs,
    started: payment.command?.startedAtMs,
    outcome: payment.outcome?.atMs,
    closed: payment.closedAtMs,
    complained: payment.complainedAtMs,
  }
  return Object.fromEntries(
    Object.entries(moments).filter((entry): entry is [string, number] => entry[1] !== undefined),
  )
}
