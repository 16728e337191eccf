import type { RunningHouse } from '#hosting/house.ts'
import type { PaymentView } from '#system/payment/view.ts'
import { gatherEvidence } from '../invariants/evidence.ts'
import type { Violation } from '../invariants/violation.ts'
import { NotCharged, type Payer } from '../payer/payer.ts'
import { codeOf, confirmedPayment } from './purchase.ts'

/**
 * I13, at the end of a run: a disabled merchant and a revoked chip cause no effect. Each is tried with a real
 * claim, and nothing may have moved or been ordered afterwards.
 */
export async function disabledCausesNothing(
  house: RunningHouse,
  payer: Payer,
): Promise<readonly Violation[]> {
  const [first, second] = house.machines.values()
  if (!first || !second)
    return [{ invariant: 'I13', about: 'smoke', what: 'there are no two machines to try it on' }]
  const before = await countOf(house)
  const found: Violation[] = []
  const expectRefusal = async ({ plan }: typeof first, code: string, attempt: Promise<PaymentView>) => {
    const answer = await attempt.then(
      (payment) => payment.state,
      (error: unknown) => (error instanceof NotCharged ? error.code : String(error)),
    )
    if (answer !== code)
      found.push({ invariant: 'I13', about: plan.key, what: `answered ${answer}, not ${code}` })
  }
  await house.staff('disable', 'merchant', second.plan.merchantId)
  await expectRefusal(second, 'merchant-disabled', confirmedPayment(payer, second))
  // Its connection is closed at once, and it shows no code any more: the payer has the one from before.
  const code = await codeOf(first)
  await house.staff('revoke-chip', first.chipId)
  await expectRefusal(first, 'chip-revoked', payer.claim(code))
  const after = await countOf(house)
  if (after !== before) found.push({ invariant: 'I13', about: 'smoke', what: `${before} became ${after}` })
  return found
}

async function countOf(house: RunningHouse): Promise<string> {
  const { bankOrders, chips, payments } = await gatherEvidence(house)
  const starts = chips.flatMap((chip) => chip.records.filter((record) => record.kind === 'started')).length
  return `${String(payments.length)} payments, ${String(bankOrders.size)} orders, ${String(starts)} starts`
}
