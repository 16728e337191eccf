import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { concatBytes, fromHex, toHex } from './bytes.ts'
import { encodeItem } from './cbor.ts'
import { parseSign1, signSign1, verifySign1 } from './cose.ts'
import { nodeVerifier } from './node-keys.ts'
import { ALGORITHMS, VECTOR_KEYS } from './vectors/vector-keys.ts'

/*
 * The keys and bytes are published: RFC 9052 appendix C.2.1, and the COSE working group's examples
 * (github.com/cose-wg/Examples, files named at each), as of commit 53c9d634.
 */
const CONTENT = '54546869732069732074686520636f6e74656e742e'
const KID = 'a104423131'
const C_2_1_SIGNATURE =
  '8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36'
const ECDSA_SIG_01_SIGNATURE =
  '6520bbaf2081d7e0ed0f95f76eb0733d667005f7467cec4b87b9381a6ba1ede8e00df29f32a37230f39a842a54821fdd223092819d7728efb9d3a0080b75380b'
const EDDSA_SIG_01_SIGNATURE =
  '7142fd2ff96d56db85bee905a76ba1d0b7321a95c8c4d3607c5781932b7afb8711497dfa751bf40b58b3bcc32300b1487f3db34085eef013bf08f4a44d6fef0d'
const SIGN_PASS_02_SIGNATURE =
  '10729cd711cb3813d8d8e944a8da7111e7b258c9bdca6135f7ae1adbee9509891267837e1e33bd36c150326ae62755c6bd8e540c3e8f92d7d225e8db72b8820b'

const ES256 = VECTOR_KEYS.ES256.verifier
const EdDSA = VECTOR_KEYS.EdDSA.verifier

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex)
  assert.ok(bytes)
  return bytes
}

function sign1(parts: {
  tag?: string
  protectedHex: string
  content?: string
  signature: string
}): Uint8Array {
  const { tag = 'd2', protectedHex, content = CONTENT, signature } = parts
  return bytesOf(`${tag}84${protectedHex}${KID}${content}5840${signature}`)
}

function verdictOf(bytes: Uint8Array, verifier = ES256, externalAad?: Uint8Array): string {
  const parsed = parseSign1(bytes, 2048)
  if (!parsed.ok) return parsed.error.code
  return verifySign1(parsed.value, verifier, externalAad) ? 'verified' : 'bad-signature'
}

describe('published examples that verify', () => {
  it('RFC 9052 appendix C.2.1, ES256', () => {
    const bytes = sign1({ protectedHex: '43a10126', signature: C_2_1_SIGNATURE })
    assert.equal(verdictOf(bytes), 'verified')
    const parsed = parseSign1(bytes, 2048)
    assert.ok(parsed.ok)
    assert.equal(parsed.value.alg, 'ES256')
    assert.equal(toHex(parsed.value.protectedBytes), 'a10126')
    assert.deepEqual(parsed.value.unprotectedHeader, new Map([[4, Uint8Array.of(0x31, 0x31)]]))
    assert.equal(toHex(parsed.value.payload), CONTENT.slice(2))
  })

  it('ecdsa-examples/ecdsa-sig-01.json', () => {
    assert.equal(
      verdictOf(sign1({ protectedHex: '45a201260300', signature: ECDSA_SIG_01_SIGNATURE })),
      'verified',
    )
  })

  it('eddsa-examples/eddsa-sig-01.json, Ed25519, which also signs to the same bytes', () => {
    const bytes = sign1({ protectedHex: '45a201270300', signature: EDDSA_SIG_01_SIGNATURE })
    assert.equal(verdictOf(bytes, EdDSA), 'verified')
    const toBeSigned = bytesOf(`846a5369676e61747572653145a20127030040${CONTENT}`)
    assert.equal(toHex(VECTOR_KEYS.EdDSA.signers.up.sign(toBeSigned)), EDDSA_SIG_01_SIGNATURE)
  })

  it('sign1-tests/sign-pass-02.json, with external data, and not without', () => {
    const bytes = sign1({ protectedHex: '43a10126', signature: SIGN_PASS_02_SIGNATURE })
    assert.equal(verdictOf(bytes, ES256, bytesOf('11aa22bb33cc44dd55006699')), 'verified')
    assert.equal(verdictOf(bytes), 'bad-signature')
  })
})

describe('published examples that must not verify', () => {
  const signature = C_2_1_SIGNATURE

  it('sign-fail-01: another tag', () => {
    assert.equal(verdictOf(sign1({ tag: 'd903e6', protectedHex: '43a10126', signature })), 'wrong-type')
  })
  it('sign-fail-02: changed content', () => {
    const content = `${CONTENT.slice(0, -1)}f`
    assert.equal(verdictOf(sign1({ protectedHex: '43a10126', content, signature })), 'bad-signature')
  })
  it('sign-fail-03: an unknown algorithm', () => {
    assert.equal(verdictOf(sign1({ protectedHex: '45a1013903e6', signature })), 'unknown-algorithm')
  })
  it('sign-fail-04: an algorithm in words', () => {
    assert.equal(verdictOf(sign1({ protectedHex: '4aa10167756e6b6e6f776e', signature })), 'unknown-algorithm')
  })
  it('sign-fail-06: a protected parameter added', () => {
    assert.equal(verdictOf(sign1({ protectedHex: '45a201260300', signature })), 'bad-signature')
  })
  it('sign-fail-07: a protected parameter removed', () => {
    assert.equal(
      verdictOf(sign1({ protectedHex: '43a10126', signature: ECDSA_SIG_01_SIGNATURE })),
      'bad-signature',
    )
  })
  it('sign-pass-03 has no tag, which this protocol requires', () => {
    assert.equal(verdictOf(sign1({ tag: '', protectedHex: '43a10126', signature })), 'wrong-type')
  })
  it('a signature by the other kind of key', () => {
    assert.equal(verdictOf(sign1({ protectedHex: '43a10126', signature }), EdDSA), 'bad-signature')
  })
  it('a signature changed in any bit', () => {
    for (let bit = 0; bit < 512; bit += 1) {
      const changed = bytesOf(signature)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(verdictOf(sign1({ protectedHex: '43a10126', signature: toHex(changed) })), 'bad-signature')
    }
  })
})

describe('a malformed structure', () => {
  const [a, b, c, d] = [
    bytesOf('43a10126'),
    bytesOf('a0'),
    bytesOf('4100'),
    bytesOf(`5840${C_2_1_SIGNATURE}`),
  ]
  const structure = (...parts: readonly Uint8Array[]): string =>
    verdictOf(concatBytes(Uint8Array.of(0xd2, 0x80 + parts.length), ...parts))

  it('is refused by what is wrong with it', () => {
    assert.equal(structure(a, b, c, d), 'bad-signature')
    assert.equal(structure(a, b, c), 'wrong-type')
    assert.equal(structure(a, b, c, d, d), 'wrong-type')
    assert.equal(structure(bytesOf('a0'), b, c, d), 'wrong-type')
    assert.equal(structure(a, bytesOf('80'), c, d), 'wrong-type')
    assert.equal(structure(a, b, bytesOf('6100'), d), 'wrong-type')
    assert.equal(structure(a, b, c, bytesOf('00')), 'wrong-type')
    assert.equal(structure(a, b, c, bytesOf('40')), 'bad-signature')
    assert.equal(structure(bytesOf('40'), b, c, d), 'truncated')
    assert.equal(structure(bytesOf('41a0'), b, c, d), 'unknown-algorithm')
    assert.equal(structure(bytesOf('4180'), b, c, d), 'wrong-type')
    assert.equal(structure(bytesOf('44a1011826'), b, c, d), 'unknown-algorithm')
    assert.equal(structure(bytesOf('44a1013806'), b, c, d), 'not-canonical')
    assert.equal(verdictOf(new Uint8Array(0)), 'truncated')
    assert.equal(verdictOf(Uint8Array.of(0xdc)), 'not-cbor')
    assert.equal(verdictOf(new Uint8Array(2049)), 'too-long')
  })
})

describe('signing', () => {
  for (const alg of ALGORITHMS) {
    it(`${alg}: what is signed verifies, under its own key alone`, () => {
      const payload = encodeItem(new Map([[0, 1]]))
      const signed = signSign1(payload, VECTOR_KEYS[alg].signers.down)
      for (const other of ALGORITHMS) {
        const expected = other === alg ? 'verified' : 'bad-signature'
        assert.equal(verdictOf(signed, VECTOR_KEYS[other].verifier), expected)
      }
    })
  }

  it('asks a verifier only about its own algorithm, and only about 64 bytes', () => {
    const credulous = { alg: 'ES256', verify: () => true } as const
    const ofEdDSA = parseSign1(signSign1(new Uint8Array(1), VECTOR_KEYS.EdDSA.signers.up), 2048)
    const ofES256 = parseSign1(signSign1(new Uint8Array(1), VECTOR_KEYS.ES256.signers.up), 2048)
    assert.ok(ofEdDSA.ok && ofES256.ok)
    assert.equal(verifySign1(ofES256.value, credulous), true)
    assert.equal(verifySign1(ofEdDSA.value, credulous), false)
    for (const length of [0, 63, 65]) {
      assert.equal(verifySign1({ ...ofES256.value, signature: new Uint8Array(length) }, credulous), false)
    }
  })

  it('refuses a signer that returns anything but 64 bytes', () => {
    const broken = { alg: 'ES256', sign: () => new Uint8Array(70) } as const
    assert.throws(() => signSign1(new Uint8Array(1), broken), TypeError)
  })

  it('keeps to the public half of the published keys', () => {
    for (const alg of ALGORITHMS) {
      const { spki } = VECTOR_KEYS[alg]
      const fromSpki = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
      assert.equal(nodeVerifier(spki).alg, alg)
      assert.equal(fromSpki.type, 'public')
    }
  })
})
