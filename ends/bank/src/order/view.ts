import { amountJson } from '../mandate/mandate.ts'
import type { Order } from './order.ts'

/** An order as the TPP sees it. A hold that is or was confirmed shows what was held as `settledAmount`. */
export function orderStatus(order: Order) {
  const { currency } = order
  const settledMinor =
    order.kind === 'hold' && order.status === 'ACSC' ? order.amountMinor : order.settledMinor
  return {
    endToEndIdentification: order.endToEndId,
    kind: order.kind,
    transactionStatus: order.status,
    ...(order.reasonCode === null ? {} : { reasonCode: order.reasonCode }),
    bankReference: order.bankReference,
    instructedAmount: amountJson({ amountMinor: order.amountMinor, currency }),
    ...(order.status === 'ACSC'
      ? { settledAmount: amountJson({ amountMinor: settledMinor, currency }) }
      : {}),
    ...(order.reversedMinor > 0n
      ? { reversedAmount: amountJson({ amountMinor: order.reversedMinor, currency }) }
      : {}),
  }
}
