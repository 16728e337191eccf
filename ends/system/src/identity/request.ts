import 'reflect-metadata'
import { Pkcs10CertificateRequest, type PublicKey } from '@peculiar/x509'
import type { Algorithm } from '#protocol/cose.ts'
import type { ChipId } from '#protocol/identifier.ts'
import { nodeVerifier, sha256 } from '#protocol/node-keys.ts'
import { type Result, fail, ok } from '#protocol/result.ts'

/** No good request of a P-256 or Ed25519 key comes near it, with every attribute that tools add. */
const REQUEST_BYTES_MAX = 4096
/** SubjectPublicKeyInfo in its one usual form; a compressed point would be the same key under another hash. */
const SPKI_BYTES: Readonly<Record<Algorithm, number>> = { ES256: 91, EdDSA: 44 }
const COMMON_NAME = 'CN'
/** RFC 4519 section 2.31, as an initial identity names its device too (IEEE 802.1AR section 8.6). */
const SERIAL_NUMBER = '2.5.4.5'

/** A key that asks for a certificate and has proved that it is there. */
export interface CertificationRequest {
  readonly publicKey: PublicKey
  readonly spki: Uint8Array
  readonly spkiHash: Uint8Array
  readonly alg: Algorithm
}

export type RequestFault = 'csr-malformed' | 'csr-key' | 'csr-signature' | 'csr-subject'

/** A PKCS #10 request (RFC 2986) as EST sends it: DER in base64 (RFC 7030 section 4.2.1, RFC 8951 section 3.1). */
export async function readRequest(
  body: string,
  chipId: ChipId,
): Promise<Result<CertificationRequest, RequestFault>> {
  const der = derOf(body)
  if (der === null) return fail('csr-malformed')
  try {
    const request = new Pkcs10CertificateRequest(der)
    const spki = new Uint8Array(request.publicKey.rawData)
    const alg = algorithmOf(spki)
    // Before its signature: verifying a monstrous RSA key would cost more than asking for it.
    if (alg === null) return fail('csr-key')
    if (!(await isSigned(request))) return fail('csr-signature')
    if (!names(request, chipId)) return fail('csr-subject')
    return ok({ publicKey: request.publicKey, spki, spkiHash: sha256(spki), alg })
  } catch {
    return fail('csr-malformed')
  }
}

function derOf(body: string): Uint8Array<ArrayBuffer> | null {
  const text = body.replaceAll(/[\r\n\t ]/g, '')
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null
  const der = new Uint8Array(Buffer.from(text, 'base64'))
  return der.length <= REQUEST_BYTES_MAX && isWhole(der) ? der : null
}

/** One DER SEQUENCE, and nothing behind it. */
function isWhole(der: Uint8Array): boolean {
  const [tag, first = 0, second = 0, third = 0] = der
  if (tag !== 0x30) return false
  if (first < 0x80) return der.length === 2 + first
  if (first === 0x81) return der.length === 3 + second
  return first === 0x82 && der.length === 4 + second * 256 + third
}

function algorithmOf(spki: Uint8Array): Algorithm | null {
  try {
    const { alg } = nodeVerifier(spki)
    return spki.length === SPKI_BYTES[alg] ? alg : null
  } catch {
    return null
  }
}

async function isSigned(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify(crypto)
  } catch {
    return false
  }
}

/** The chip's id as the common name, once; its serial number may say the same; nothing else. */
function names(request: Pkcs10CertificateRequest, chipId: ChipId): boolean {
  const parts = request.subjectName.toJSON().flatMap((name) => Object.entries(name))
  const allowed = parts.every(
    ([type, values]) =>
      [COMMON_NAME, SERIAL_NUMBER, 'serialNumber', 'SERIALNUMBER'].includes(type) &&
      values.length === 1 &&
      values[0] === chipId,
  )
  return allowed && parts.filter(([type]) => type === COMMON_NAME).length === 1
}
