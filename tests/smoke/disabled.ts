import type { RunningHouse } from '#hosting/house.ts'
import { gatherEvidence } from '../invariants/evidence.ts'
import type { Violation } from '../invariants/violation.ts'
import { NotCharged, type Payer } from '../payer/payer.ts'
import { confirmedPayment } from './purchase.ts'

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
  const expectRefusal = async (machine: typeof first, code: string) => {
    const answer = await confirmedPayment(payer, machine).then(
      (payment) => payment.state,
      (error: unknown) => (error instanceof NotCharged ? error.code : String(error)),
    )
    if (answer !== code)
      found.push({ invariant: 'I13', about: machine.plan.key, what: `answered ${answer}, not ${code}` })
  }
  await house.staff('disable', 'merchant', second.plan.merchantId)
  await expectRefusal(second, 'merchant-disabled')
  await house.staff('revoke-chip', first.chipId)
  await expectRefusal(first, 'chip-revoked')
  const after = await countOf(house)
  if (after !== before) found.push({ invariant: 'I13', about: 'smoke', what: `${before} became ${after}` })
  return found
}

async function countOf(house: RunningHouse): Promise<string> {
  const { bankOrders, chips, payments } = await gatherEvidence(house)
  const starts = chips.flatMap((chip) => chip.records.filter((record) => record.kind === 'started')).length
  return `${String(payments.length)} payments, ${String(bankOrders.size)} orders, ${String(starts)} starts`
}
