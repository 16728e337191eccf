import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import {
  derFromRaw,
  generateNodeKeys,
  keyIdOfSpki,
  nodeSigner,
  nodeVerifier,
  rawFromDer,
  sha256,
  spkiOfPem,
} from './node-keys.ts'
import { ALGORITHMS } from './vectors/vector-keys.ts'

const message = Uint8Array.of(1, 2, 3)

describe('keys of node:crypto', () => {
  for (const alg of ALGORITHMS) {
    it(`${alg}: sign 64 bytes that verify, under this key and for these bytes alone`, () => {
      const pair = generateNodeKeys(alg)
      const signer = nodeSigner(pair.privateKeyPem, { withKid: true })
      const verifier = nodeVerifier(pair.spki)
      const signature = signer.sign(message)
      assert.equal(signature.length, 64)
      assert.ok(verifier.verify(message, signature))
      assert.equal(verifier.verify(Uint8Array.of(1, 2, 4), signature), false)
      assert.equal(nodeVerifier(generateNodeKeys(alg).spki).verify(message, signature), false)
      assert.deepEqual([signer.kid, verifier.kid], [pair.kid, pair.kid])
      assert.deepEqual(spkiOfPem(pair.privateKeyPem), pair.spki)
      assert.equal('kid' in nodeSigner(pair.privateKeyPem, { withKid: false }), false)
    })
  }

  it('ES256 verifies where r or s are short, and agrees with the raw form of node:crypto', () => {
    const pair = generateNodeKeys('ES256')
    const signer = nodeSigner(pair.privateKeyPem, { withKid: false })
    const key = createPublicKey(createPrivateKey(pair.privateKeyPem))
    const verifier = nodeVerifier(pair.spki)
    // One signature in 128 has a leading zero in r or s: this many rounds do not miss it.
    let short = false
    for (let round = 0; round < 5000 && !short; round += 1) {
      const bytes = Uint8Array.of(round & 255, round >> 8)
      const signature = signer.sign(bytes)
      short = signature[0] === 0 || signature[32] === 0
      assert.ok(verifier.verify(bytes, signature))
      assert.ok(verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature))
    }
    assert.ok(short)
  })

  it('refuses other kinds of keys', () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const pem = p384.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    assert.throws(() => nodeSigner(pem, { withKid: false }), /P-256 or Ed25519/)
    assert.throws(() => nodeVerifier(spkiOfPem(pem)), /P-256 or Ed25519/)
  })

  it('a key id is the start of the hash of the key', () => {
    const { spki, kid } = generateNodeKeys('EdDSA')
    assert.equal(keyIdOfSpki(spki), kid)
    assert.equal(kid, Buffer.from(sha256(spki)).toString('hex').slice(0, 16))
  })
})

it('r and s become DER and come back', () => {
  const coordinate = fc.oneof(
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.nat(32).map((zeros) => new Uint8Array(32).fill(0xff, zeros)),
  )
  fc.assert(
    fc.property(coordinate, coordinate, (r, s) => {
      const raw = Uint8Array.of(...r, ...s)
      assert.deepEqual(rawFromDer(derFromRaw(raw)), raw)
    }),
  )
})
