import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BankAnswer } from './event.ts'
import { CHARGE, EUR, Example } from './example.suite.ts'
import { DEFAULT_TIMES as TIMES } from './times.ts'
import { dueAtMs } from './waiting.ts'

/** The bank settled one minor unit less than was ordered, and took `reversedMinor` of it back. */
const otherSum = (reversedMinor: bigint): BankAnswer => ({
  kind: 'settled',
  amountMinor: 249n,
  currency: EUR,
  bankReference: 'R',
  reversedMinor,
})

test('another sum that the bank takes back is noted, once and for good', () => {
  const example = new Example().untilPaying()
  example.bank(otherSum(0n))
  assert.equal(example.payment.reversedMinor, 0n)
  example.bank(otherSum(249n))
  assert.equal(example.payment.reversedMinor, 249n)
  const changes = example.history.length
  example.bank(otherSum(249n))
  // An answer that overtook a later one says nothing new.
  example.bank(otherSum(0n))
  assert.equal(example.history.length, changes)
  assert.equal(example.payment.reversedMinor, 249n)
  assert.equal(example.payment.case?.reason, 'bank-amount-differs')
  assert.equal(example.payment.state, 'abandoned')
  assert.equal(example.debitMinor, 0n)
})

test('another sum that was already taken back when the bank first answers is noted', () => {
  const example = new Example().untilPaying()
  example.bank(otherSum(249n))
  assert.equal(example.payment.reversedMinor, 249n)
  assert.equal(example.payment.case?.reason, 'bank-amount-differs')
})

test('a captured sum that is not ours and is taken back is noted', () => {
  const example = new Example(CHARGE).untilRunning()
  example.outcome({ deliveredMin: 50, deliveredMax: 50 })
  assert.equal(example.payment.state, 'capturing')
  example.bank(otherSum(249n))
  assert.equal(example.payment.reversedMinor, 249n)
  assert.equal(example.payment.case?.reason, 'bank-amount-differs')
})

test('a case of no answer becomes one of another sum when the bank says so', () => {
  const example = new Example().untilPaying()
  example.tell({ kind: 'time-passed' }, TIMES.bankPatienceMs)
  example.tell({ kind: 'time-passed' }, TIMES.bankUnknownCaseMs)
  assert.equal(example.payment.case?.reason, 'bank-unknown')
  example.bank(otherSum(0n))
  assert.equal(example.payment.case.reason, 'bank-amount-differs')
  assert.equal(example.payment.case.settledAtMs, undefined)
  // What was answered is not asked again.
  assert.equal(dueAtMs(example.payment), undefined)
})
