import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { encode } from 'cbor2'

/** An authenticator in software, for tests: ES256, attestation "none", user verified unless told otherwise. */
export interface SoftwareAuthenticator {
  readonly credentialId: string
  register(ceremony: Ceremony): RegistrationResponseJSON
  authenticate(ceremony: Ceremony): AuthenticationResponseJSON
}

export interface Ceremony {
  /** base64url, as in the options. */
  readonly challenge: string
  readonly origin: string
  readonly rpId?: string
  readonly userVerified?: boolean
  readonly topOrigin?: string
  readonly crossOrigin?: boolean
  /** Leaves the signature counter where it was: a copied authenticator. */
  readonly sameCounter?: boolean
}

const FLAG_USER_PRESENT = 0x01
const FLAG_USER_VERIFIED = 0x04
const FLAG_CREDENTIAL_INCLUDED = 0x40

export function softwareAuthenticator(): SoftwareAuthenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  let counter = 0
  const authenticatorData = (ceremony: Ceremony, included: Uint8Array | null): Uint8Array => {
    if (ceremony.sameCounter !== true) counter += 1
    const flags =
      FLAG_USER_PRESENT |
      (ceremony.userVerified === false ? 0 : FLAG_USER_VERIFIED) |
      (included === null ? 0 : FLAG_CREDENTIAL_INCLUDED)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    const rpIdHash = sha256(Buffer.from(ceremony.rpId ?? new URL(ceremony.origin).hostname))
    return new Uint8Array(Buffer.concat([rpIdHash, Buffer.from([flags]), count, included ?? Buffer.alloc(0)]))
  }
  return {
    credentialId: id.toString('base64url'),
    register: (ceremony) => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      const included = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)])
      const authData = authenticatorData(ceremony, included)
      const attestation = encode(
        new Map<string, unknown>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', authData],
        ]),
      )
      return {
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData('webauthn.create', ceremony).toString('base64url'),
          attestationObject: Buffer.from(attestation).toString('base64url'),
          transports: ['internal'],
        },
      }
    },
    authenticate: (ceremony) => {
      const authData = authenticatorData(ceremony, null)
      const client = clientData('webauthn.get', ceremony)
      const signature = sign('sha256', Buffer.concat([authData, sha256(client)]), privateKey)
      return {
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: Buffer.from(authData).toString('base64url'),
          signature: signature.toString('base64url'),
        },
      }
    },
  }
}

function clientData(type: string, { challenge, origin, topOrigin, crossOrigin }: Ceremony): Buffer {
  const framed = crossOrigin ?? topOrigin !== undefined
  return Buffer.from(
    JSON.stringify({
      type,
      challenge,
      origin,
      crossOrigin: framed,
      ...(topOrigin === undefined ? {} : { topOrigin }),
    }),
  )
}

/** RFC 9053 section 7.1.1. */
function coseKey(key: KeyObject): Uint8Array {
  const { x, y } = key.export({ format: 'jwk' })
  const entries: [number, unknown][] = [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, new Uint8Array(Buffer.from(x ?? '', 'base64url'))],
    [-3, new Uint8Array(Buffer.from(y ?? '', 'base64url'))],
  ]
  return encode(new Map(entries))
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
