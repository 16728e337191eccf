import type { Signer } from '#protocol'
import { type Algorithm } from '#protocol/cose.ts'
import { generateNodeKeys, nodeSigner, spkiOfPem } from '#protocol/node-keys.ts'
import { fail, ok, type Result } from '#protocol/result.ts'

/** A key that makes an identity: made on the chip, and never seen anywhere else. `key.suite.ts` says what it keeps. */
export interface IdentityKey {
  /** Signs as a chip does, without a kid. */
  readonly signer: Signer
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array
}

/** A key in a file, which can also be handed to TLS. */
export interface FileKey extends IdentityKey {
  /** PKCS #8. */
  readonly privateKeyPem: string
}

export function makeFileKey(alg: Algorithm): FileKey {
  const { privateKeyPem, spki } = generateNodeKeys(alg)
  return { privateKeyPem, spki, signer: nodeSigner(privateKeyPem, { withKid: false }) }
}

/** From PKCS #8 in PEM; P-256 or Ed25519. */
export function readFileKey(privateKeyPem: string): Result<FileKey, 'not-a-key'> {
  try {
    const signer = nodeSigner(privateKeyPem, { withKid: false })
    return ok({ privateKeyPem, spki: spkiOfPem(privateKeyPem), signer })
  } catch {
    return fail('not-a-key')
  }
}
