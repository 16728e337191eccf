import { concatBytes } from '#protocol/bytes.ts'
import type { Algorithm } from '#protocol/cose.ts'
import { derFromRaw } from '#protocol/node-keys.ts'
import type { IdentityKey } from './key.ts'

/*
 * A certification request in DER (PKCS #10, RFC 2986 section 4). Written out by hand since the key may sit in hardware
 * that only signs, which no general library takes.
 */
const INTEGER = 0x02
const BIT_STRING = 0x03
const OBJECT_IDENTIFIER = 0x06
const UTF8_STRING = 0x0c
const SEQUENCE = 0x30
const SET = 0x31
const ATTRIBUTES = 0xa0
/** id-at-commonName, 2.5.4.3 (RFC 5280 appendix A.1). */
const COMMON_NAME = Uint8Array.of(0x55, 0x04, 0x03)
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758 section 3.2); id-Ed25519, 1.3.101.112 (RFC 8410 section 3). */
const SIGNATURE_ALGORITHMS: Readonly<Record<Algorithm, Uint8Array>> = {
  ES256: Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02),
  EdDSA: Uint8Array.of(0x2b, 0x65, 0x70),
}
const LONG_FORM = 0x80
const NO_UNUSED_BITS = Uint8Array.of(0)

/** Proves possession of the key by its own signature over name and public key. */
export function makeCertificationRequest(key: IdentityKey, commonName: string): Uint8Array {
  const name = der(
    SEQUENCE,
    der(
      SET,
      der(SEQUENCE, der(OBJECT_IDENTIFIER, COMMON_NAME), der(UTF8_STRING, Buffer.from(commonName, 'utf8'))),
    ),
  )
  const info = der(SEQUENCE, der(INTEGER, Uint8Array.of(0)), name, key.spki, der(ATTRIBUTES))
  const { alg } = key.signer
  const signature = key.signer.sign(info)
  return der(
    SEQUENCE,
    info,
    der(SEQUENCE, der(OBJECT_IDENTIFIER, SIGNATURE_ALGORITHMS[alg])),
    der(BIT_STRING, NO_UNUSED_BITS, alg === 'ES256' ? derFromRaw(signature) : signature),
  )
}

function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts)
  return concatBytes(Uint8Array.of(tag, ...lengthOf(content.length)), content)
}

function lengthOf(length: number): readonly number[] {
  if (length < LONG_FORM) return [length]
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return [LONG_FORM + digits.length, ...digits]
}
