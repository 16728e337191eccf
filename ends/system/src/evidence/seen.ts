import type { Payment } from '../payment/state.ts'
import type { EvidenceFile } from './evidence-file.ts'

/** What the payer was shown, and confirmed. */
export function seenBy({ payee, machineId, purchase }: Payment): EvidenceFile['seen'] {
  const { merchantId, name, iban } = payee
  const { goods, amountMinor, currency } = purchase
  return {
    payee: { merchantId, name, iban },
    machineId,
    goods,
    amountMinor: amountMinor.toString(),
    currency,
  }
}
