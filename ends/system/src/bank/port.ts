import type { Money } from '#protocol/money.ts'
import type { BankAnswer } from '../payment/event.ts'
import type { Order } from '../payment/state.ts'

/**
 * The system's view of any bank. Nothing else of a bank is known to the rest of the house; the suite
 * `port.suite.ts` holds every implementation to it.
 *
 * No call throws for what a bank or a network can do: silence, nonsense and errors are `unknown`, which is
 * neither yes nor no. Ids are made by the caller and stored before the call.
 */
export interface Bank {
  /** Places the order, or repeats it byte for byte under the same id. */
  submit(order: BankOrder): Promise<BankAnswer>
  /** What became of the order with this id. */
  ask(order: BankOrder): Promise<BankAnswer>
  /** Asks the bank to let its customer approve. `null` when the bank could not be reached or said no. */
  requestMandate(request: MandateRequest): Promise<{ readonly redirectUrl: string } | null>
  /** `null` when the bank could not be reached. */
  mandateStatus(mandateId: string): Promise<MandateStatus | null>
}

/** An order with all that its bytes are made of. */
export interface BankOrder {
  readonly order: Order
  /** Goes along, outside of the order's bytes, so that one id follows a payment through all logs. */
  readonly paymentId: string
  readonly currency: Money['currency']
  readonly mandateId: string
  readonly creditorName: string
  readonly creditorIban: string
  /** The transfer, hold or capture that a refund, capture, release or reserve-release is about. */
  readonly originalOrderId?: string
}

export interface MandateRequest {
  readonly mandateId: string
  /** The order that an approval of just this payment serves for (`firstOrderId`). */
  readonly orderId: string
  readonly creditorName: string
  readonly money: Money
  /** Offered beside the approval of this one payment; the payer decides at the bank. */
  readonly recurring: {
    readonly perPayment: Money
    readonly perDay: Money
    readonly validUntilMs: number
  } | null
  readonly redirectUri: string
  readonly language: 'en' | 'zh-CN'
}

/** Berlin Group NextGenPSD2 "consentStatus", for a mandate. */
export interface MandateStatus {
  readonly status: 'received' | 'valid' | 'rejected' | 'revokedByPsu' | 'expired' | 'terminatedByTpp'
  readonly scope: 'one-payment' | 'recurring' | null
  readonly perPayment: Money | null
  readonly validUntilMs: number | null
  /** The bank's pseudonym of its customer, the same for every mandate of that customer with us. */
  readonly debtorPseudonym: string | null
}
