import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHARGE, EUR, Example, SNACKS, WASH } from './example.suite.ts'
import { dueAtMs } from './waiting.ts'
import { DEFAULT_TIMES as TIMES } from './times.ts'
import type { Effect } from './effect.ts'

const kinds = (effects: readonly Effect[]) => effects.map((effect) => effect.kind)
const button = { method: 'button', text: '', satisfied: false, wrongTries: 0 } as const
const plate = { method: 'plate', text: '417', satisfied: false, wrongTries: 0 } as const

test('a payment goes from the check to the delivered wash, one order and one command', () => {
  const example = new Example()
  assert.equal(example.payment.state, 'checking')
  example.answerCheck()
  assert.equal(example.payment.state, 'confirming')
  assert.deepEqual(kinds(example.confirm()), ['ask-check'])
  assert.deepEqual(kinds(example.answerCheck()), ['submit-order'])
  assert.deepEqual(kinds(example.settle()), ['send-command'])
  example.started()
  assert.equal(example.payment.state, 'running')
  assert.deepEqual(kinds(example.outcome()), ['acknowledge-outcome'])
  assert.equal(example.payment.state, 'delivered')
  assert.equal(example.payment.orders.length, 1)
  assert.equal(example.debitMinor, example.creditMinor)
})

const refusals = [
  ['another amount', { amountMinor: 251n }, 'chip-answer-differs'],
  ['another currency', { currency: 'USD' }, 'chip-answer-differs'],
  ['another code', { codeHash: '99'.repeat(32) }, 'chip-answer-differs'],
  ['another tariff', { tariffVersion: 4 }, 'tariff-differs'],
  ['a machine in use', { verdict: 'machine-in-use' }, 'machine-in-use'],
  ['a code it never issued', { verdict: 'chip-not-issued' }, 'chip-not-issued'],
] as const

for (const [what, changes, reason] of refusals) {
  test(`an answer with ${what} ends the payment in both rounds, before any order`, () => {
    const first = new Example()
    first.answerCheck(changes)
    assert.equal(first.payment.endReason, reason)
    const second = new Example()
    second.answerCheck()
    second.confirm()
    second.answerCheck(changes)
    assert.equal(second.payment.state, 'ended')
    assert.equal(second.payment.endReason, reason)
    assert.equal(second.payment.orders.length, 0)
    assert.ok(kinds(second.effects).includes('release-machine'))
  })
}

test('an answer to another nonce changes nothing; a late one ends the payment', () => {
  const example = new Example()
  const before = example.payment
  example.answerCheck({ nonce: example.event({ kind: 'time-passed' }).fresh.nonce })
  assert.equal(example.payment, before)
  example.answerCheck({}, TIMES.chipAnswerMs + 1)
  assert.equal(example.payment.endReason, 'chip-silent')
})

test('a chip that rebooted between the checks is not paid', () => {
  const example = new Example()
  example.answerCheck()
  example.confirm()
  example.answerCheck({ boot: 'cc'.repeat(8) })
  assert.equal(example.payment.endReason, 'chip-rebooted')
})

test('silence of the chip: asked again, then not charged', () => {
  const example = new Example()
  assert.deepEqual(kinds(example.tell({ kind: 'time-passed' }, TIMES.chipResendMs)), ['ask-check'])
  example.tell({ kind: 'time-passed' }, TIMES.chipAnswerMs)
  assert.equal(example.payment.endReason, 'chip-silent')
})

test('presence by button: nothing is asked of the payer until it was pressed, and only for seconds', () => {
  const example = new Example(WASH, button)
  example.answerCheck()
  assert.equal(example.payment.state, 'presence')
  example.confirm()
  assert.equal(example.payment.state, 'presence')
  assert.deepEqual(kinds(example.tell({ kind: 'presence-shown', method: 'button', text: '' })), ['ask-check'])
  assert.equal(example.payment.state, 'confirming')
  const late = new Example(WASH, button)
  late.answerCheck()
  late.tell({ kind: 'time-passed' }, TIMES.unprovenReservationMs)
  assert.equal(late.payment.endReason, 'presence-timeout')
})

test('a wrong plate number three times ends the claim; the right one goes on', () => {
  const wrong = new Example(WASH, plate)
  wrong.answerCheck()
  for (const text of ['1', '2', '3']) wrong.tell({ kind: 'presence-shown', method: 'plate', text })
  assert.equal(wrong.payment.endReason, 'presence-wrong')
  const right = new Example(WASH, plate)
  right.answerCheck()
  right.tell({ kind: 'presence-shown', method: 'plate', text: '417' })
  assert.equal(right.payment.state, 'confirming')
})

test('the payer may cancel until the order is made, and not after', () => {
  const early = new Example()
  early.answerCheck()
  early.confirm()
  early.tell({ kind: 'cancel-asked' })
  assert.equal(early.payment.endReason, 'cancelled')
  const late = new Example().untilPaying()
  late.tell({ kind: 'cancel-asked' })
  assert.equal(late.payment.state, 'paying')
})

test('a confirmation after its time ends the payment', () => {
  const example = new Example()
  example.answerCheck()
  example.confirm(TIMES.confirmationMs + 1)
  assert.equal(example.payment.endReason, 'confirmation-timeout')
})

test('approval at the bank keeps the machine longer; refused, it ends the payment', () => {
  const example = new Example()
  example.answerCheck()
  const mandateId = '44'.repeat(16)
  assert.deepEqual(kinds(example.tell({ kind: 'approval-asked', mandateId })), ['ask-check'])
  example.answerCheck()
  example.tell({ kind: 'approval-answered', mandateId, granted: true }, TIMES.confirmationMs)
  assert.equal(example.payment.approval?.status, 'valid')
  example.confirm()
  assert.equal(example.payment.state, 'rechecking')
  const refused = new Example()
  refused.answerCheck()
  refused.tell({ kind: 'approval-asked', mandateId })
  refused.tell({ kind: 'approval-answered', mandateId, granted: false })
  assert.equal(refused.payment.endReason, 'approval-refused')
})

test('an unknown answer is neither yes nor no: the bank is asked, never told anew under another id', () => {
  const example = new Example().untilPaying()
  example.bank({ kind: 'unknown' })
  assert.equal(example.payment.state, 'paying')
  assert.deepEqual(kinds(example.tell({ kind: 'time-passed' }, TIMES.bankPollMinMs)), ['ask-order'])
  const [again] = example.bank({ kind: 'not-found' })
  assert.equal(again?.kind, 'submit-order')
  assert.equal(again?.kind === 'submit-order' && again.order.orderId, example.payment.orders[0]?.orderId)
})

test('"not found" is final only after the valid-until and everything that could be under way', () => {
  const example = new Example().untilPaying()
  example.tell({ kind: 'time-passed' }, TIMES.bankPatienceMs)
  assert.equal(example.payment.state, 'abandoned')
  example.bank({ kind: 'not-found' }, TIMES.orderValidMs - TIMES.bankPatienceMs)
  assert.equal(example.payment.state, 'abandoned')
  example.bank({ kind: 'not-found' }, TIMES.bankRequestMs + TIMES.clockMarginMs)
  assert.equal(example.payment.endReason, 'bank-never-received')
})

test('success after abandonment is refunded in full and nothing is dispensed', () => {
  const example = new Example().untilPaying()
  const abandoning = example.tell({ kind: 'time-passed' }, TIMES.bankPatienceMs)
  assert.ok(kinds(abandoning).includes('release-machine'))
  example.settle(60_000)
  assert.equal(example.payment.state, 'refunding')
  assert.equal(example.refundOrder()?.amountMinor, WASH.amountMinor)
  example.settle()
  assert.equal(example.payment.state, 'refunded')
  assert.ok(!kinds(example.effects).includes('send-command'))
  assert.equal(example.debitMinor, example.creditMinor)
})

test('a bank that stays silent becomes a case, which its answer settles', () => {
  const example = new Example().untilPaying()
  example.tell({ kind: 'time-passed' }, TIMES.bankPatienceMs)
  example.tell({ kind: 'time-passed' }, TIMES.bankUnknownCaseMs)
  assert.equal(example.payment.case?.reason, 'bank-unknown')
  assert.ok(dueAtMs(example.payment) !== undefined)
  example.bank({ kind: 'rejected', because: 'AM04', endReason: 'bank-no-money' })
  assert.equal(example.payment.state, 'ended')
  assert.ok(example.payment.case?.settledAtMs)
})

test('a settled sum that is not ours moves nothing and is a case', () => {
  const example = new Example().untilPaying()
  example.bank({ kind: 'settled', amountMinor: 1n, currency: EUR, bankReference: 'R', reversedMinor: 0n })
  assert.equal(example.payment.case?.reason, 'bank-amount-differs')
  assert.ok(!kinds(example.effects).includes('send-command'))
  assert.equal(dueAtMs(example.payment), undefined)
})

test('money that comes late asks the chip again before the command; no answer means all of it back', () => {
  const example = new Example().untilPaying()
  assert.deepEqual(kinds(example.settle(TIMES.commandDeadlineMs)), ['ask-check'])
  assert.equal(example.payment.state, 'readying')
  const ready = kinds(example.answerCheck())
  assert.deepEqual(ready, ['send-command'])
  const silent = new Example().untilPaying()
  silent.settle(TIMES.commandDeadlineMs)
  silent.tell({ kind: 'time-passed' }, TIMES.chipAnswerMs + 1)
  assert.equal(silent.refundOrder()?.reason, 'not-ready-after-payment')
})

test('the command is repeated while it can start, then asked about; never refunded while it can start', () => {
  const example = new Example().untilCommanding()
  assert.deepEqual(kinds(example.tell({ kind: 'time-passed' }, TIMES.chipResendMs)), ['send-command'])
  const leftMs = (example.payment.command?.cannotStartAfterMs ?? 0) - example.nowMs
  assert.deepEqual(kinds(example.tell({ kind: 'time-passed' }, leftMs)), ['send-query'])
  example.outcome({ result: 'void', deliveredMin: 0, deliveredMax: 0 })
  assert.equal(example.refundOrder()?.reason, 'not-started')
})

const lives = [
  [
    'failed with nothing',
    { result: 'failed', deliveredMin: 0, deliveredMax: 0 },
    400n,
    'machine-failed',
    'refunded',
  ],
  [
    'one of three',
    { result: 'failed', deliveredMin: 1, deliveredMax: 1 },
    267n,
    'partly-delivered',
    'partlyRefunded',
  ],
  [
    'one or two of three',
    { result: 'interrupted', deliveredMin: 1, deliveredMax: 2 },
    267n,
    'interrupted',
    'partlyRefunded',
  ],
] as const

for (const [what, changes, backMinor, reason, state] of lives) {
  test(`${what}: exactly what was not delivered goes back`, () => {
    const example = new Example(SNACKS).untilRunning()
    example.outcome(changes)
    assert.equal(example.refundOrder()?.amountMinor, backMinor)
    assert.equal(example.refundOrder()?.reason, reason)
    example.settle()
    assert.equal(example.payment.state, state)
    assert.equal(example.debitMinor, example.creditMinor)
  })
}

test('an outcome told twice is acknowledged twice and settles once', () => {
  const example = new Example(SNACKS).untilRunning()
  const changes = { result: 'failed', deliveredMin: 1, deliveredMax: 1 } as const
  example.outcome(changes)
  assert.deepEqual(kinds(example.outcome(changes)), ['acknowledge-outcome'])
  assert.equal(example.payment.orders.length, 2)
})

test('silence after the start: a dated decision in the payer\'s favour; late "delivered" is the merchant\'s loss', () => {
  const example = new Example().untilRunning()
  example.tell({ kind: 'time-passed' }, WASH.maxDurationMs + TIMES.silenceRefundMs)
  assert.equal(example.payment.policy?.reason, 'silence')
  example.settle()
  assert.equal(example.payment.state, 'refunded')
  const orders = example.payment.orders.length
  example.outcome({}, 3_600_000)
  assert.equal(example.payment.lossMinor, WASH.amountMinor)
  assert.equal(example.payment.orders.length, orders)
  assert.equal(example.debitMinor, example.creditMinor)
})

test('a merchant without money for the refund is a case, and the refund is never made anew', () => {
  const example = new Example(SNACKS).untilRunning()
  example.outcome({ result: 'failed', deliveredMin: 0, deliveredMax: 0 })
  example.bank({ kind: 'rejected', because: 'AM04', endReason: 'bank-no-money' })
  assert.equal(example.payment.case?.reason, 'refund-refused')
  assert.equal(dueAtMs(example.payment), undefined)
})

test('a hold captures what was used, and a hold of nothing used is released', () => {
  const used = new Example(CHARGE).untilRunning()
  assert.deepEqual(kinds(used.tell({ kind: 'stop-asked' })), ['send-stop'])
  used.outcome({ deliveredMin: 37, deliveredMax: 37, result: 'interrupted' })
  assert.equal(used.payment.orders.at(-1)?.kind, 'capture')
  assert.equal(used.payment.orders.at(-1)?.amountMinor, 740n)
  used.settle()
  assert.equal(used.payment.state, 'delivered')
  const unused = new Example(CHARGE).untilRunning()
  unused.outcome({ deliveredMin: 0, deliveredMax: 0, result: 'failed' })
  assert.equal(unused.payment.orders.at(-1)?.kind, 'release')
  unused.settle()
  assert.equal(unused.payment.endReason, 'hold-released')
})

test('a kill switch stops a payment before the order, and pays back after it', () => {
  const before = new Example()
  before.answerCheck()
  before.confirm()
  before.enabled = false
  before.answerCheck()
  assert.equal(before.payment.endReason, 'disabled')
  const after = new Example().untilPaying()
  after.enabled = false
  after.settle()
  assert.equal(after.refundOrder()?.reason, 'disabled-after-payment')
})

test("a reversal before the command ends it; after delivery it is the merchant's loss and a case", () => {
  const reversed = {
    kind: 'settled',
    amountMinor: 250n,
    currency: EUR,
    bankReference: 'R',
    reversedMinor: 250n,
  } as const
  const early = new Example().untilPaying()
  early.bank(reversed)
  assert.equal(early.payment.endReason, 'bank-reversed')
  const late = new Example().untilRunning()
  late.outcome()
  late.bank(reversed)
  assert.equal(late.payment.case?.reason, 'reversed-after-delivery')
  assert.equal(late.debitMinor, late.creditMinor)
})

test('"it did not run" is believed without a sensor, once; against a sensor a person looks', () => {
  const plain = new Example().untilRunning()
  plain.outcome({ evidence: 'command-only' })
  plain.tell({ kind: 'complained', withinLimit: true })
  assert.equal(plain.refundOrder()?.reason, 'did-not-run')
  plain.settle()
  assert.equal(plain.payment.state, 'refunded')
  assert.equal(plain.debitMinor, plain.creditMinor)
  const sensed = new Example().untilRunning()
  sensed.outcome()
  sensed.tell({ kind: 'complained', withinLimit: true })
  assert.equal(sensed.payment.case?.reason, 'complaint')
  const tooOften = new Example().untilRunning()
  tooOften.outcome({ evidence: 'command-only' })
  tooOften.tell({ kind: 'complained', withinLimit: false })
  assert.equal(tooOften.payment.case?.reason, 'complaint')
})

test("a revoked chip's outcome is kept as evidence and settles nothing", () => {
  const example = new Example().untilRunning()
  const outcome = {
    result: 'delivered',
    deliveredMin: 1,
    deliveredMax: 1,
    ordered: 1,
    evidence: 'sensor',
    reason: '',
    sequence: 1,
    atMs: 0,
  } as const
  example.tell({ kind: 'outcome-reported', commandId: example.commandId(), outcome, fromRevokedChip: true })
  assert.equal(example.payment.case?.reason, 'revoked-chip-outcome')
  assert.equal(example.payment.state, 'running')
})

test("after the refund window the merchant's reserve is freed, once", () => {
  const example = new Example().untilRunning()
  example.outcome()
  assert.deepEqual(kinds(example.tell({ kind: 'time-passed' }, TIMES.refundWindowMs)), ['submit-order'])
  assert.equal(example.payment.orders.at(-1)?.kind, 'reserve-release')
  example.settle()
  assert.equal(dueAtMs(example.payment), undefined)
})
