import { isDeepStrictEqual } from 'node:util'
import type { Observed } from '../observed.ts'
import { lastStates } from '../replay.ts'
import { recordsByPayment } from './bank-view.ts'
import { Findings, type Violation } from './violation.ts'

/** I12: at most one order per payment and kind, one per refund; bank and journal reconcile with nothing left over. */
export function ordersReconcile(observed: Observed): readonly Violation[] {
  const findings = new Findings('I12')
  const payments = lastStates(observed)
  for (const [paymentId, records] of recordsByPayment(observed)) {
    const perKind = records.map(({ kind, reason }) => (kind === 'refund' ? `refund ${reason}` : kind))
    findings.expect(
      new Set(perKind).size === perKind.length,
      paymentId,
      `the bank has two orders of a kind: ${perKind.join(', ')}`,
    )
    const payment = payments.get(paymentId)
    for (const record of records) {
      const order = payment?.orders.find(({ orderId }) => orderId === record.orderId)
      findings.expect(order !== undefined, paymentId, `the bank has ${record.orderId}, the journal has not`)
      if (!order || !payment) continue
      findings.expect(
        order.amountMinor === record.amountMinor && order.kind === record.kind,
        paymentId,
        `${record.orderId} differs between bank and journal`,
      )
      const settledThere = record.status === 'settled'
      findings.expect(
        settledThere === (order.status === 'settled') || payment.case !== undefined,
        paymentId,
        `${record.orderId} is ${record.status} at the bank and ${order.status} in the journal`,
      )
    }
    const reversed = records.reduce((sum, record) => sum + record.reversedMinor, 0n)
    findings.expect(
      payment === undefined || payment.reversedMinor === reversed,
      paymentId,
      `${String(reversed)} reversed at the bank, the journal says ${String(payment?.reversedMinor ?? 0n)}`,
    )
  }
  for (const { orderId } of observed.conflicts)
    findings.expect(false, orderId.slice(1), `${orderId} was sent twice with different bytes`)
  expectStatement(findings, observed)
  return findings.found
}

/** What the system believes lies at the bank for each merchant, held against the bank's own bookings. */
function expectStatement(findings: Findings, observed: Observed): void {
  const unexplained = new Set<string>(
    [...lastStates(observed).values()].filter((payment) => payment.case).map(({ paymentId }) => paymentId),
  )
  const believed = new Map<string, bigint>()
  for (const { account, debitMinor, creditMinor, paymentId } of observed.postings) {
    if (!account.endsWith(':bank') || unexplained.has(paymentId)) continue
    believed.set(paymentId, (believed.get(paymentId) ?? 0n) + debitMinor - creditMinor)
  }
  const stated = new Map<string, bigint>()
  const paymentOf = new Map(
    [...recordsByPayment(observed)].flatMap(([paymentId, records]) =>
      records.map(({ orderId }) => [orderId, paymentId] as const),
    ),
  )
  for (const { orderId, legs } of observed.bookings) {
    const paymentId = paymentOf.get(orderId) ?? ''
    if (unexplained.has(paymentId)) continue
    const merchantMinor = legs
      .filter(({ account }) => account.startsWith('merchant:') || account.startsWith('reserved:'))
      .reduce((sum, leg) => sum + leg.amountMinor, 0n)
    stated.set(paymentId, (stated.get(paymentId) ?? 0n) + merchantMinor)
  }
  const nonZero = (balances: Map<string, bigint>) =>
    new Map([...balances].filter(([, minor]) => minor !== 0n))
  const [left, right] = [nonZero(believed), nonZero(stated)]
  if (isDeepStrictEqual(left, right)) return
  for (const paymentId of new Set([...left.keys(), ...right.keys()]))
    findings.expect(
      left.get(paymentId) === right.get(paymentId),
      paymentId,
      `the bank's statement has ${String(right.get(paymentId) ?? 0n)}, the system believes ${String(left.get(paymentId) ?? 0n)}`,
    )
}
