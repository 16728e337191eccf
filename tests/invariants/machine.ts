import type { StartedRecord } from '#chip/core/journal-record.ts'
import type { Payment } from '#system/payment/state.ts'
import type { BankOrderRow, ChipEvidence, Evidence } from './evidence.ts'
import type { Findings } from './violation.ts'

/** I2, I3, I13, I17: what moved, and by what right. */

/** I2: whatever a chip started had its money settled or held first, for this payee and price, or staff's leave. */
export function startedOnlyWhenPaid(evidence: Evidence, findings: Findings): void {
  const payments = new Map(evidence.payments.map((payment) => [String(payment.paymentId), payment]))
  for (const chip of evidence.chips) {
    for (const started of startsOf(chip)) {
      if (evidence.freeStarts.has(started.paymentId)) continue
      const payment = payments.get(started.paymentId)
      const what = paidProblem(payment, evidence)
      findings.expect(what === null, {
        invariant: 'I2',
        about: started.paymentId,
        what: `${chip.key} started it, and ${what ?? ''}`,
      })
      findings.expect(payment?.chipId === chip.chipId, {
        invariant: 'I2',
        about: started.paymentId,
        what: `${chip.key} is not its chip`,
      })
    }
  }
}

function paidProblem(payment: Payment | undefined, { bankOrders }: Evidence): string | null {
  if (!payment) return 'no such payment is known'
  const first = payment.orders[0]
  const bank = first && bankOrders.get(first.orderId)
  if (!bank || !wasGood(bank)) return 'its money was not settled or held'
  if (bank.amountMinor !== payment.purchase.amountMinor) return 'another sum was settled'
  if (bank.creditorIban !== payment.payee.iban) return `it was paid to ${String(bank.creditorIban)}`
  if (payment.command && bank.receivedAtMs > payment.command.sentAtMs)
    return 'the command went before the money'
  return null
}

/** A hold that was released again is `CANC` from then on: it was good until then. */
export function wasGood(order: BankOrderRow): boolean {
  return order.status === 'ACSC' || (order.kind === 'hold' && order.status === 'CANC')
}

function startsOf(chip: ChipEvidence): StartedRecord[] {
  return chip.records.filter((record) => record.kind === 'started')
}

/** I3: started at most once, by the chip's journal and by the machine itself; never more than was bought. */
export function startedAtMostOnce({ chips, payments }: Evidence, findings: Findings): void {
  const units = new Map(payments.map((payment) => [String(payment.paymentId), payment.purchase.units]))
  for (const chip of chips) {
    const starts = startsOf(chip).map((record) => record.paymentId)
    findings.expect(new Set(starts).size === starts.length, {
      invariant: 'I3',
      about: chip.key,
      what: 'one payment was started twice',
    })
    const runs = chip.runs.filter((run) => run.source === 'chip')
    findings.expect(new Set(runs.map((run) => run.runId)).size === runs.length, {
      invariant: 'I3',
      about: chip.key,
      what: 'the machine ran twice for one command',
    })
    for (const run of runs) {
      const bought = units.get(run.runId) ?? run.orderedUnits
      findings.expect(run.deliveredUnits <= bought, {
        invariant: 'I3',
        about: run.runId,
        what: `${String(run.deliveredUnits)} delivered of ${String(bought)}`,
      })
    }
  }
}

/** I17: nothing was given back for non-delivery while the command could still start. */
export function refundedOnlyWhenOver({ payments, chips }: Evidence, findings: Findings): void {
  const started = new Set(chips.flatMap((chip) => startsOf(chip).map((record) => String(record.paymentId))))
  for (const payment of payments) {
    const refund = payment.orders.find((order) => order.kind === 'refund' || order.kind === 'release')
    if (!refund || !payment.command || refund.reason === 'did-not-run') continue
    const over = payment.outcome !== undefined || refund.madeAtMs >= payment.command.cannotStartAfterMs
    findings.expect(over, {
      invariant: 'I17',
      about: payment.paymentId,
      what: 'was refunded while it could still start',
    })
    const voidedAndStarted = payment.outcome?.result === 'void' && started.has(payment.paymentId)
    findings.expect(!voidedAndStarted, {
      invariant: 'I17',
      about: payment.paymentId,
      what: 'is said to be void and was started',
    })
  }
}
