import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { makeFileKey, readFileKey } from './key.ts'
import { describeKey } from './key.suite.ts'

describe('a key in a file', () => {
  for (const alg of ['ES256', 'EdDSA'] as const) {
    describeKey(alg, () => makeFileKey(alg))

    test(`${alg}: read again it is the same key`, () => {
      const key = makeFileKey(alg)
      const again = readFileKey(key.privateKeyPem)
      assert.ok(again.ok)
      assert.deepEqual(again.value.spki, key.spki)
    })
  }

  test('what is no such key is not taken', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    })
    for (const pem of ['', 'a key', String(rsa), makeFileKey('ES256').privateKeyPem.slice(0, 80)]) {
      assert.equal(readFileKey(pem).ok, false)
    }
  })
})
