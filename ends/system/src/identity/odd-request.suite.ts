/* Certification requests that no good chip makes. */
import 'reflect-metadata'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import type { ChipId } from '#protocol/identifier.ts'
import { type ChipKeys, chipKeys, requestFor } from './house.suite.ts'

export const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
}
export const P384 = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }

interface Asking {
  readonly chipId: ChipId
  readonly keys: ChipKeys
}

/** The good request with one bit of its signature turned. */
export async function bent({ chipId, keys }: Asking): Promise<string> {
  const der = Buffer.from(await requestFor(`CN=${chipId}`, keys), 'base64')
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
  return der.toString('base64')
}

/** The good request, signed by another key. */
export async function signedByAnother({ chipId, keys }: Asking): Promise<string> {
  const other = await chipKeys()
  const pair = { publicKey: keys.pair.publicKey, privateKey: other.pair.privateKey }
  return await requestFor(`CN=${chipId}`, { alg: 'ES256', pair })
}

/** For a fresh key of another kind. */
export async function requestWith(
  signingAlgorithm: typeof RSA | typeof P384,
  { chipId }: Pick<Asking, 'chipId'>,
): Promise<string> {
  const keys = await crypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify'])
  const made = { name: `CN=${chipId}`, keys, signingAlgorithm }
  const request = await Pkcs10CertificateRequestGenerator.create(made, crypto)
  return Buffer.from(request.rawData).toString('base64')
}
