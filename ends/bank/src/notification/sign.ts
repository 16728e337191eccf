import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface NotificationSigner {
  readonly publicJwk: { kty: 'OKP'; crv: 'Ed25519'; x: string; kid: string; alg: 'EdDSA'; use: 'sig' }
  /** A detached JWS over exactly these bytes: `header..signature`. */
  readonly sign: (body: string) => string
}

/** Reads the Ed25519 key; throws with a sentence for people where the file holds something else. */
export function readSigner(file: string): NotificationSigner {
  let key: KeyObject
  try {
    key = createPrivateKey(readFileSync(file))
  } catch {
    throw new Error(`settings: signingKeyFile ${file} does not hold a private key in PEM`)
  }
  const jwk = createPublicKey(key).export({ format: 'jwk' })
  if (jwk.crv !== 'Ed25519' || typeof jwk.x !== 'string') {
    throw new Error(`settings: signingKeyFile ${file} holds another kind of key; accepted is Ed25519`)
  }
  // RFC 7638: the thumbprint is over the required members, in this order, without spaces.
  const thumbprint = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x: jwk.x })
  const kid = createHash('sha256').update(thumbprint).digest('base64url')
  const header = Buffer.from(JSON.stringify({ alg: 'EdDSA', kid })).toString('base64url')
  return {
    publicJwk: { kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid, alg: 'EdDSA', use: 'sig' },
    // RFC 7515 appendix F: signed as any JWS, then the payload is left out of the compact form.
    sign(body) {
      const payload = Buffer.from(body).toString('base64url')
      const signature = sign(null, Buffer.from(`${header}.${payload}`), key).toString('base64url')
      return `${header}..${signature}`
    },
  }
}
