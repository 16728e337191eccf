import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimLinkIn, readClaimLink } from './fragment.ts'

const LINK = { address: 'pay.example.org:8443', claimCode: '4K7QM-2X9DT' }

test('the console’s code brings address and claim code', () => {
  assert.deepEqual(readClaimLink('#s=pay.example.org:8443&c=4K7QM-2X9DT'), LINK)
  assert.deepEqual(readClaimLink('#s=pay.example.org%3A8443&c=4k7qm2x9dt'), LINK)
})

test('half a link is none', () => {
  for (const hash of [
    '',
    '#',
    '#s=pay.example.org',
    '#c=4K7QM-2X9DT',
    '#s=&c=',
    '#s=pay.example.org&c=-',
    '#x',
  ])
    assert.equal(readClaimLink(hash), null, hash)
})

test('a whole link is found in what was pasted', () => {
  assert.deepEqual(claimLinkIn(' http://10.41.0.1/#s=pay.example.org:8443&c=4K7QM-2X9DT\n'), LINK)
  assert.equal(claimLinkIn('pay.example.org'), null)
  assert.equal(claimLinkIn('http://10.41.0.1/#'), null)
})
