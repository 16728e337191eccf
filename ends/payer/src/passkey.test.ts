import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waysOf } from './passkey.ts'
import type { ConfirmationOptions } from './payment.ts'

const first: ConfirmationOptions = {
  method: 'new-passkey',
  pinAllowed: true,
  publicKey: {
    challenge: '',
    rp: { name: '' },
    user: { id: '', name: '', displayName: '' },
    pubKeyCredParams: [],
  },
}
const later: ConfirmationOptions = { method: 'passkey', pinAllowed: true, publicKey: { challenge: '' } }

test('a passkey where there is one, the PIN beside it', () => {
  assert.deepEqual(waysOf(first, 'yes', null), { way: 'new-passkey', other: 'new-pin' })
  assert.deepEqual(waysOf(later, 'yes', null), { way: 'passkey', other: 'pin' })
})

test('the payer may change over, and back', () => {
  assert.deepEqual(waysOf(first, 'yes', 'new-pin'), { way: 'new-pin', other: 'new-passkey' })
  assert.deepEqual(waysOf(first, 'yes', 'new-passkey'), { way: 'new-passkey', other: 'new-pin' })
})

test('without passkeys the PIN, and without a PIN nothing is pretended', () => {
  assert.deepEqual(waysOf(first, 'insecure', null), { way: 'new-pin', other: null })
  assert.deepEqual(waysOf({ ...later, pinAllowed: false }, 'missing', null), { way: 'approval', other: null })
  assert.deepEqual(waysOf({ ...later, pinAllowed: false }, 'yes', 'pin'), {
    way: 'passkey',
    other: 'approval',
  })
})

test('whoever has a PIN only is asked for the PIN', () => {
  assert.deepEqual(waysOf({ method: 'pin', pinAllowed: true }, 'yes', null), { way: 'pin', other: null })
})
