import { createHash } from 'node:crypto'
import { canonicalJson } from '../audit/canonical.ts'
import type { Payment } from '../payment/state.ts'

/**
 * SHA-256 over exactly what the payer confirms: payment id, amount, currency, payee, machine, and a nonce of this
 * verification (I7; modelled on dynamic linking, Delegated Regulation (EU) 2018/389 article 5). It is the passkey's
 * challenge, so another amount or payee needs another signature.
 */
export function bindingOf(
  payment: Pick<Payment, 'paymentId' | 'purchase' | 'payee' | 'machineId'>,
  nonce: string,
): Uint8Array {
  const bound = canonicalJson({
    purpose: 'farthing-confirmation-1',
    paymentId: payment.paymentId,
    amountMinor: payment.purchase.amountMinor.toString(),
    currency: payment.purchase.currency,
    payee: { merchantId: payment.payee.merchantId, name: payment.payee.name, iban: payment.payee.iban },
    machineId: payment.machineId,
    nonce,
  })
  return new Uint8Array(createHash('sha256').update(bound).digest())
}
