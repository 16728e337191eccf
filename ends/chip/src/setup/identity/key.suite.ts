/** What every key port keeps. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import type { Algorithm } from '#protocol/cose.ts'
import { nodeVerifier } from '#protocol/node-keys.ts'
import { makeCertificationRequest } from './csr.ts'
import type { IdentityKey } from './key.ts'

const CHIP = '00000000000000c1'

/** `make` makes a fresh key each time. */
export function describeKey(alg: Algorithm, make: () => IdentityKey): void {
  test(`${alg}: what it signs is verified by its public half, and by no other`, () => {
    const key = make()
    const message = Buffer.from('a payment code')
    const signature = key.signer.sign(message)
    assert.equal(key.signer.alg, alg)
    assert.equal(key.signer.kid, undefined)
    assert.equal(signature.length, 64)
    assert.equal(nodeVerifier(key.spki).verify(message, signature), true)
    assert.equal(nodeVerifier(key.spki).verify(Buffer.from('another'), signature), false)
    assert.equal(nodeVerifier(make().spki).verify(message, signature), false)
  })

  test(`${alg}: openssl takes its certification request, and finds the name and the key in it`, () => {
    const key = make()
    const csr = makeCertificationRequest(key, CHIP)
    const { said, complained } = readWithOpenssl(csr)
    assert.match(complained, /verify OK/)
    assert.match(said, new RegExp(`subject=\\s*CN\\s*=\\s*${CHIP}`))
    const pem = said.slice(said.indexOf('-----BEGIN')).replaceAll(/-----[A-Z ]+-----|\s/g, '')
    assert.deepEqual(Buffer.from(pem, 'base64'), Buffer.from(key.spki))
  })

  test(`${alg}: a request that was changed is refused`, () => {
    const csr = Uint8Array.from(makeCertificationRequest(make(), CHIP))
    const at = Buffer.from(csr).indexOf(CHIP)
    csr[at] = 'f'.charCodeAt(0)
    assert.doesNotMatch(readWithOpenssl(csr).complained, /verify OK/)
  })
}

function readWithOpenssl(csr: Uint8Array): { readonly said: string; readonly complained: string } {
  const { stdout, stderr } = spawnSync(
    'openssl',
    ['req', '-inform', 'DER', '-verify', '-noout', '-subject', '-pubkey'],
    { input: csr, encoding: 'utf8' },
  )
  return { said: stdout, complained: stderr }
}
