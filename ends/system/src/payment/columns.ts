import { dueAtMs } from './waiting.ts'
import { encodePayment } from './codec.ts'
import { SLOT_STATES, type Payment } from './state.ts'

/** What the journal keeps beside the payment's body, to find it by; all of it derived from the body. */
export interface Columns {
  readonly paymentId: string
  readonly merchantId: string
  readonly machineId: string
  readonly chipId: string
  readonly deviceId: string
  readonly payerId: string | null
  readonly version: number
  readonly state: string
  readonly holdsSlot: boolean
  readonly codeHash: string | null
  readonly dueAtMs: number | null
  readonly claimedAtMs: number
  readonly closedAtMs: number | null
  readonly complainedAtMs: number | null
  readonly openCase: string | null
  readonly body: string
}

export function columnsOf(payment: Payment): Columns {
  const due = dueAtMs(payment)
  const caseOpen = payment.case && payment.case.settledAtMs === undefined
  return {
    paymentId: payment.paymentId,
    merchantId: payment.payee.merchantId,
    machineId: payment.machineId,
    chipId: payment.chipId,
    deviceId: payment.deviceId,
    payerId: payment.payerId ?? null,
    version: payment.version,
    state: payment.state,
    holdsSlot: SLOT_STATES.includes(payment.state),
    codeHash: payment.code?.codeHash ?? null,
    dueAtMs: due === undefined ? null : Math.ceil(due),
    claimedAtMs: payment.claimedAtMs,
    closedAtMs: payment.closedAtMs ?? null,
    complainedAtMs: payment.complainedAtMs ?? null,
    openCase: caseOpen ? (payment.case?.reason ?? null) : null,
    body: encodePayment(payment),
  }
}
