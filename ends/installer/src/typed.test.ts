import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  claimFault,
  isAddress,
  passphraseFault,
  plainClaimCode,
  ssidFault,
  tidyAddress,
  tidyClaimCode,
} from './typed.ts'

test('a claim code is read however it is typed', () => {
  for (const text of ['4K7QM-2X9DT', '4k7qm2x9dt', ' 4k7qm 2x9dt ', '4K7QM—2X9DT', '４Ｋ７ＱＭ－２Ｘ９ＤＴ'])
    assert.equal(tidyClaimCode(text), '4K7QM-2X9DT', text)
  assert.equal(tidyClaimCode('oIl00-11111'), '01100-11111')
  assert.equal(tidyClaimCode('4k7'), '4K7')
  assert.equal(tidyClaimCode(''), '')
})

test('what cannot be a claim code is told: the letter, or how many there are', () => {
  assert.equal(claimFault('4K7QM-2X9DT'), null)
  assert.deepEqual(claimFault(' - '), { kind: 'empty' })
  assert.deepEqual(claimFault('4K7QM-2X9DU'), { kind: 'sign', sign: 'U' })
  assert.deepEqual(claimFault('4K7QM-2X9D😀'), { kind: 'sign', sign: '😀' })
  assert.deepEqual(claimFault('4K7QM-2X9D'), { kind: 'length', count: 9 })
})

test('tidying twice is tidying once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(tidyClaimCode(tidyClaimCode(text)), tidyClaimCode(text))
      assert.equal(plainClaimCode(tidyClaimCode(text)), plainClaimCode(text))
    }),
  )
})

test('an address is taken out of what a browser or a keyboard puts around it', () => {
  for (const text of [
    'pay.example.org',
    ' Pay.Example.org ',
    'https://pay.example.org/',
    'https://pay.example.org/path?x#y',
    'pay. example. org',
  ])
    assert.equal(tidyAddress(text), 'pay.example.org', text)
  assert.equal(tidyAddress('pay.example.org: 8443'), 'pay.example.org:8443')
})

test('an address is a host, with or without a port', () => {
  for (const text of [
    'pay.example.org',
    'localhost:8443',
    '10.0.0.7',
    '[fe80::1]:443',
    '支付.example',
    'a-b.c',
  ])
    assert.ok(isAddress(text), text)
  for (const text of [
    '',
    'pay example',
    '-a.org',
    'a..b',
    'host:',
    'host:0',
    'host:70000',
    'a:b:c',
    'a@b',
    '<b>',
  ])
    assert.ok(!isAddress(text), text)
})

test('a password is 8 to 63 printable ASCII characters, or a key of 64 hex digits', () => {
  for (const text of ['12345678', 'x'.repeat(63), ' spaces ', 'aF'.repeat(32)])
    assert.equal(passphraseFault(text), null, text)
  assert.deepEqual(passphraseFault('1234567'), { kind: 'short', count: 7 })
  assert.deepEqual(passphraseFault('x'.repeat(64)), { kind: 'long', count: 64 })
  assert.deepEqual(passphraseFault('abcdéfgh'), { kind: 'sign', sign: 'é' })
  assert.deepEqual(passphraseFault('1234567😀'), { kind: 'sign', sign: '😀' })
})

test('the name of a network is 1 to 32 bytes', () => {
  assert.equal(ssidFault('x'.repeat(32)), null)
  assert.equal(ssidFault('洗'.repeat(10)), null)
  assert.equal(ssidFault('洗'.repeat(11)), 33)
  assert.equal(ssidFault(''), 0)
})
