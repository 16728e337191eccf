import { toHex } from '#protocol/bytes.ts'
import { bindingOf } from '#system/payer/binding.ts'
import type { Observed } from '../observed.ts'
import { lastStates } from '../replay.ts'
import { recordsByPayment } from './bank-view.ts'
import { Findings, type Violation } from './violation.ts'

/** I7: what the bank was asked for is what the payer saw and confirmed: amount, currency, payee, machine, payment. */
export function confirmedExactly(observed: Observed): readonly Violation[] {
  const findings = new Findings('I7')
  const agreed = Map.groupBy(observed.agreed, ({ paymentId }) => paymentId)
  const records = recordsByPayment(observed)
  for (const [paymentId, payment] of lastStates(observed)) {
    const first = records.get(paymentId)?.find(({ kind }) => kind === 'transfer' || kind === 'hold')
    if (!payment.confirmation) {
      findings.expect(first === undefined, paymentId, 'ordered at the bank though nobody confirmed it')
      continue
    }
    const { boundHash } = payment.confirmation
    const seen = agreed.get(payment.paymentId)?.find((one) => one.boundHash === boundHash)
    findings.expect(seen !== undefined, paymentId, 'confirmed with a binding that no payer made')
    if (!seen) continue
    const bound = toHex(bindingOf(payment, seen.nonce))
    findings.expect(bound === boundHash, paymentId, 'changed after it was confirmed')
    findings.expect(seen.machineId === payment.machineId, paymentId, 'another machine than the payer saw')
    if (!first) continue
    findings.expect(
      first.amountMinor === seen.amountMinor &&
        first.currency === seen.currency &&
        first.creditorIban === seen.iban,
      paymentId,
      'the bank was asked for something else than the payer confirmed',
    )
  }
  return findings.found
}
