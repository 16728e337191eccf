import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemOf } from './api.ts'
import { readFragment } from './fragment.ts'
import { supportLink } from './support-link.ts'

test('a fragment is a code, a printed code, nothing, or something else', () => {
  const code = 'Qk3_x-7v'.repeat(20)
  assert.deepEqual(readFragment(`#${code}`), { kind: 'code', code })
  assert.deepEqual(readFragment(`#m.${'0a'.repeat(8)}`), { kind: 'printed', chipId: '0a'.repeat(8) })
  assert.deepEqual(readFragment(''), { kind: 'none' })
  assert.deepEqual(readFragment('#m.xyz'), { kind: 'other' })
  assert.deepEqual(readFragment(`#${'a'.repeat(500)}`), { kind: 'other' })
})

test('support is a link only where it is an address, a number or a secure page', () => {
  assert.equal(supportLink('+49 30 5550 117'), 'tel:+49305550117')
  assert.equal(supportLink('help@example.org'), 'mailto:help@example.org')
  assert.equal(supportLink('https://example.org/help'), 'https://example.org/help')
  assert.equal(supportLink('javascript:alert(1)'), null)
  assert.equal(supportLink('ask at the counter'), null)
})

test('an answer that says nothing of the money is not taken for "not charged"', () => {
  assert.equal(problemOf({}, 'unknown').charged, 'unknown')
  assert.equal(problemOf(null, 'unknown').code, 'answer-unclear')
  assert.equal(problemOf({ charged: 'no', code: 'machine-claimed' }, 'unknown').charged, 'no')
})

test('before a confirmation was sent, even a fault of the system charged nothing', () => {
  assert.equal(problemOf({ charged: 'unknown', code: 'internal' }, 'no').charged, 'no')
})
