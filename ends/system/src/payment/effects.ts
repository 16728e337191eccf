import type { BankOrder } from '../bank/port.ts'
import type { Effect } from './effect.ts'
import type { Fact } from './event.ts'
import type { PaymentPorts } from './ports.ts'
import type { Order, OrderKind, Payment } from './state.ts'

/** Which earlier order each kind is about. */
const ABOUT: Readonly<Record<OrderKind, readonly OrderKind[]>> = {
  transfer: [],
  hold: [],
  capture: ['hold'],
  release: ['hold'],
  refund: ['transfer', 'capture'],
  'reserve-release': ['transfer', 'capture'],
}

/** All that an order's bytes are made of; the same for every repetition. */
export function bankOrder(payment: Payment, order: Order): BankOrder {
  const original = payment.orders.find((other) => ABOUT[order.kind].includes(other.kind))
  return {
    order,
    paymentId: payment.paymentId,
    currency: payment.purchase.currency,
    mandateId: payment.mandateId ?? '',
    creditorName: payment.payee.name,
    creditorIban: payment.payee.iban,
    ...(original ? { originalOrderId: original.orderId } : {}),
  }
}

/** Does it in the world; what the world answers at once comes back as the next fact. */
export async function performEffect(
  ports: PaymentPorts,
  payment: Payment,
  effect: Effect,
): Promise<Fact | null> {
  switch (effect.kind) {
    case 'submit-order':
    case 'ask-order': {
      const order = bankOrder(payment, effect.order)
      const answer =
        effect.kind === 'submit-order' ? await ports.bank.submit(order) : await ports.bank.ask(order)
      if (answer.kind === 'pending' || answer.kind === 'unknown') return null
      return { kind: 'bank-answered', orderId: effect.order.orderId, answer }
    }
    case 'ask-approval': {
      const granted = await ports.askApproval(effect.mandateId)
      return granted === undefined
        ? null
        : { kind: 'approval-answered', mandateId: effect.mandateId, granted }
    }
    default:
      await ports.chips.carryOut(payment, effect)
      return null
  }
}
