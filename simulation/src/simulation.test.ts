import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodePayment } from '#system/payment/codec.ts'
import type { FaultLevel } from './faults.ts'
import { isOpen, simulate } from './simulate.ts'

const PAYMENTS = 150
const PAYMENTS_OF_A_REPLAY = 30

async function holds(seed: number, faults: FaultLevel): Promise<void> {
  const { observed, violations, faultsTotal } = await simulate({ payments: PAYMENTS, seed, faults })
  assert.deepEqual(violations, [])
  const payments = observed.rows.map((row) => decodePayment(row.body))
  assert.equal(payments.length, PAYMENTS)
  assert.equal(payments.filter(isOpen).length, 0)
  assert.equal(faultsTotal > 0, faults !== 'none')
  const states = new Set(payments.map(({ state }) => state))
  assert.ok(states.has('delivered') && states.has('ended'))
}

// Heavy seed 2 has a bank that takes a part back before anything runs; 3 one that settles another amount and takes it back.
describe('every invariant holds', () => {
  for (const seed of [1, 2, 3]) test(`normal faults, seed ${String(seed)}`, () => holds(seed, 'normal'))
  for (const seed of [2, 3, 4]) test(`heavy faults, seed ${String(seed)}`, () => holds(seed, 'heavy'))
})

test('without faults nothing goes back and nothing becomes a case', async () => {
  const { observed, violations, faults } = await simulate({ payments: 60, seed: 1, faults: 'none' })
  assert.deepEqual(violations, [])
  assert.deepEqual(faults, {})
  const payments = observed.rows.map((row) => decodePayment(row.body))
  assert.ok(payments.every((payment) => payment.case === undefined))
  assert.ok(payments.every(({ state }) => state === 'delivered' || state === 'ended'))
})

test('a seed replays to the letter, and another one is another world', async () => {
  const run = async (seed: number): Promise<string> =>
    (await simulate({ payments: PAYMENTS_OF_A_REPLAY, seed, faults: 'heavy' })).trace
  const first = await run(7)
  assert.equal(await run(7), first)
  assert.notEqual(await run(8), first)
})
