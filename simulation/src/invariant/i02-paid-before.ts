import type { BankRecord } from '../bank-books.ts'
import type { Observed } from '../observed.ts'
import { lastStates } from '../replay.ts'
import { recordsByPayment } from './bank-view.ts'
import { Findings, type Violation } from './violation.ts'

/** I2: no command before the price is settled, or a hold of the most it can cost confirmed, for this payee, chip and code. */
export function paidBeforeCommand(observed: Observed): readonly Violation[] {
  const findings = new Findings('I2')
  const records = recordsByPayment(observed)
  const payments = lastStates(observed)
  const paidAt = (paymentId: string, atMs: number): readonly Readonly<BankRecord>[] =>
    (records.get(paymentId) ?? []).filter(
      ({ kind, status, finalAtMs }) =>
        (kind === 'transfer' || kind === 'hold') && status === 'settled' && finalAtMs <= atMs,
    )
  for (const { atMs, chipId, message } of observed.downs) {
    if (message.name !== 'command') continue
    const { paymentId } = message
    const payment = payments.get(paymentId)
    const [paid] = paidAt(paymentId, atMs)
    findings.expect(paid !== undefined, paymentId, 'commanded before the bank had settled or held anything')
    if (!paid || !payment) continue
    const exact =
      paid.settledMinor === payment.purchase.amountMinor &&
      paid.currency === payment.purchase.currency &&
      paid.creditorIban === payment.payee.iban
    findings.expect(exact, paymentId, 'commanded for another amount, currency or payee than the bank settled')
    findings.expect(payment.chipId === chipId, paymentId, 'commanded another chip than the one paid for')
    findings.expect(
      message.units === payment.purchase.units && message.productId === payment.purchase.productId,
      paymentId,
      'commanded something else than what was bought',
    )
  }
  for (const run of observed.runs) {
    const paid = paidAt(run.runId, run.startedAtMs)
    findings.expect(paid.length > 0, run.runId, 'the machine ran before anything was settled or held')
  }
  return findings.found
}
