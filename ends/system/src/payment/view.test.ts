import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MachineRecord } from '../machine/record.ts'
import { Example, SNACKS } from './example.suite.ts'
import type { Payment } from './state.ts'
import { type PaymentView, paymentView } from './view.ts'

const EUR = (amountMinor: string) => ({ amountMinor, currency: 'EUR' })

function viewOf(payment: Payment): PaymentView {
  const record: MachineRecord = {
    machineId: payment.machineId,
    merchant: { ...payment.payee, support: 'help@suds.example' },
    name: 'Washer',
    number: '',
    place: 'Cellar',
    presence: 'words',
    chipId: payment.chipId,
    chipKeys: [],
    chipRevoked: false,
    chipQuarantined: false,
    sightingSeries: 1,
    enabled: { platform: true, merchant: true, machine: true },
    tariff: null,
  }
  return paymentView(payment, { record, needsApproval: false, nowMs: payment.stateSinceMs })
}

test('what the bank took back by itself is shown beside what was refunded', () => {
  const example = new Example().untilPaying()
  example.reverse(100n)
  example.settle()
  const { state, reason, charged, reversed, refund } = viewOf(example.payment)
  assert.deepEqual(
    { state, reason, charged, reversed, refund: refund?.money },
    {
      state: 'refunded',
      reason: 'reversed-in-part',
      charged: 'yes',
      reversed: EUR('100'),
      refund: EUR('150'),
    },
  )
})

test('what the bank alone took back is not charged, also where it refused a refund for it', () => {
  const failed = { result: 'failed', deliveredMin: 0, deliveredMax: 0 } as const
  const before = new Example(SNACKS).untilRunning()
  before.reverse(400n)
  before.outcome(failed)
  const after = new Example(SNACKS).untilRunning()
  after.outcome(failed)
  after.reverse(400n)
  after.reject()
  for (const { payment } of [before, after]) {
    const { state, charged, refund } = viewOf(payment)
    assert.deepEqual({ state, charged, refund }, { state: 'refunded', charged: 'no', refund: undefined })
  }
  assert.equal(viewOf(before.payment).reason, 'bank-reversed')
})
