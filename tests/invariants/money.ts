import { valueOf } from '#system/payment/price.ts'
import { FINAL_STATES, type Payment } from '#system/payment/state.ts'
import type { Evidence } from './evidence.ts'
import { wasGood } from './machine.ts'
import type { Findings } from './violation.ts'

/** I1, I4, I8, I12, I16: where the money is. */

/** I1: in every ledger debits equal credits per currency, entry by entry. */
export function ledgersBalance({ systemPostings, bankPostings }: Evidence, findings: Findings): void {
  const sums = new Map<string, bigint>()
  const add = (key: string, amountMinor: bigint) => sums.set(key, (sums.get(key) ?? 0n) + amountMinor)
  for (const p of systemPostings)
    add(`system ${p.paymentId} ${String(p.version)} ${p.currency}`, p.debitMinor - p.creditMinor)
  for (const p of bankPostings) add(`bank entry ${p.entryId} ${p.currency}`, p.amountMinor)
  for (const [about, sum] of sums) {
    findings.expect(sum === 0n, {
      invariant: 'I1',
      about,
      what: `debits and credits differ by ${String(sum)}`,
    })
  }
}

/** I4: what goes back never exceeds what was settled, captures never the hold; one refund per reason. */
export function nothingPaidBackTwice({ bankOrders, systemOrders }: Evidence, findings: Findings): void {
  for (const order of bankOrders.values()) {
    const backMinor = order.refundedMinor + order.reversedMinor
    findings.expect(backMinor <= order.settledMinor || order.kind === 'hold', {
      invariant: 'I4',
      about: order.endToEndId,
      what: `${String(backMinor)} went back of ${String(order.settledMinor)} settled`,
    })
    const original = order.original === null ? undefined : bankOrders.get(order.original)
    const most = original?.kind === 'hold' ? original.amountMinor : original?.settledMinor
    const follows = order.kind === 'capture' || order.kind === 'refund'
    findings.expect(
      !follows ||
        order.status !== 'ACSC' ||
        (most !== undefined && order.settledMinor <= most && order.settledMinor > 0n),
      {
        invariant: 'I4',
        about: order.endToEndId,
        what: `${order.kind} of ${String(order.settledMinor)} against ${String(most)}`,
      },
    )
  }
  const refunds = systemOrders.filter((order) => order.kind === 'refund')
  const reasons = new Set(refunds.map((order) => `${order.paymentId} ${order.refundReason}`))
  findings.expect(reasons.size === refunds.length, {
    invariant: 'I4',
    about: 'refunds',
    what: 'one reason was refunded twice',
  })
}

/** I8, I16: all is final or a case, and what came in is delivered, refunded, or in a case. */
export function everythingEnds({ payments, bankOrders, systemPostings }: Evidence, findings: Findings): void {
  const reserved = systemPostings.filter(({ account }) => account.endsWith(':reserved'))
  const undecided = Map.groupBy(reserved, ({ paymentId }) => paymentId)
  for (const payment of payments) {
    const undecidedMinor = (undecided.get(payment.paymentId) ?? []).reduce(
      (sum, posting) => sum + posting.creditMinor - posting.debitMinor,
      0n,
    )
    findings.expect(!FINAL_STATES.includes(payment.state) || undecidedMinor === 0n, {
      invariant: 'I8',
      about: payment.paymentId,
      what: `is ${payment.state}, and ${String(undecidedMinor)} of it is still reserved`,
    })
    findings.expect(!isOpen(payment), {
      invariant: 'I16',
      about: payment.paymentId,
      what: `is still ${payment.state}`,
    })
    const inMinor = paidIn(payment, bankOrders)
    const backMinor = paidBack(payment, bankOrders)
    const delivered = payment.policy ? 0n : valueOf(payment.purchase, payment.outcome?.deliveredMin ?? 0)
    const complained = payment.orders.some(
      (order) => order.reason === 'did-not-run' && order.status === 'settled',
    )
    const explained = inMinor - backMinor === (complained ? 0n : delivered) || hasOpenCase(payment)
    findings.expect(isOpen(payment) || explained, {
      invariant: 'I8',
      about: payment.paymentId,
      what: `${String(inMinor)} came in, ${String(backMinor)} went back, ${String(delivered)} was delivered (${payment.state})`,
    })
  }
}

function paidIn(payment: Payment, bankOrders: Evidence['bankOrders']): bigint {
  return payment.orders
    .filter((order) => order.kind === 'transfer' || order.kind === 'capture')
    .reduce((sum, order) => sum + (bankOrders.get(order.orderId)?.settledMinor ?? 0n), 0n)
}

function paidBack(payment: Payment, bankOrders: Evidence['bankOrders']): bigint {
  return payment.orders.reduce((sum, order) => {
    const known = bankOrders.get(order.orderId)
    if (order.kind === 'refund') return sum + (known?.settledMinor ?? 0n)
    return sum + (known?.reversedMinor ?? 0n)
  }, 0n)
}

export function hasOpenCase(payment: Payment): boolean {
  return payment.case !== undefined && payment.case.settledAtMs === undefined
}

export function isOpen(payment: Payment): boolean {
  return !FINAL_STATES.includes(payment.state) && !hasOpenCase(payment)
}

/** I12: one order per payment and kind on both sides, and both sides say the same of each. */
export function ordersReconcile({ payments, bankOrders, systemOrders }: Evidence, findings: Findings): void {
  const ordered = new Map(
    payments.flatMap((payment) => payment.orders.map((order) => [order.orderId, { order, payment }])),
  )
  for (const { orderId } of systemOrders) {
    findings.expect(ordered.has(orderId), {
      invariant: 'I12',
      about: orderId,
      what: 'is in the order table and in no payment',
    })
  }
  for (const bank of bankOrders.values()) {
    const known = ordered.get(bank.endToEndId)
    findings.expect(known !== undefined, {
      invariant: 'I12',
      about: bank.endToEndId,
      what: 'is at the bank and not in our books',
    })
    if (!known || hasOpenCase(known.payment)) continue
    const { order } = known
    const expected = wasGood(bank) ? 'settled' : bank.status === 'RJCT' ? 'rejected' : 'unknown'
    findings.expect(order.status === expected, {
      invariant: 'I12',
      about: bank.endToEndId,
      what: `the bank says ${bank.status}, our books ${order.status}`,
    })
    const priced = !['release', 'reserve-release'].includes(order.kind)
    findings.expect(!priced || order.amountMinor === bank.amountMinor, {
      invariant: 'I12',
      about: bank.endToEndId,
      what: 'the sums differ',
    })
  }
  for (const { order, payment } of ordered.values()) {
    const settledUnknown = order.status === 'settled' && !bankOrders.has(order.orderId)
    findings.expect(!settledUnknown, {
      invariant: 'I12',
      about: order.orderId,
      what: `is settled in ${payment.paymentId} and unknown at the bank`,
    })
  }
  oncePerKind(payments, findings)
}

function oncePerKind(payments: readonly Payment[], findings: Findings): void {
  for (const { paymentId, orders } of payments) {
    const kinds = orders.filter((order) => order.kind !== 'refund').map((order) => order.kind)
    findings.expect(new Set(kinds).size === kinds.length, {
      invariant: 'I12',
      about: paymentId,
      what: `orders ${kinds.join(', ')}`,
    })
  }
}
