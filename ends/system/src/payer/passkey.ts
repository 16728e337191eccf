import {
  type AuthenticationResponseJSON,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { AnySql } from '../database.ts'

/** Where this site's passkeys live. */
export interface RelyingParty {
  /** Host name of the payer's page (WebAuthn section 5.4.2). */
  readonly rpId: string
  readonly origin: string
  /** Pages that may frame the payer's page. */
  readonly frameOrigins: readonly string[]
}

/** What a signature is verified with. */
export interface PasskeyKey {
  readonly credentialId: string
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly counter: number
  readonly transports: readonly string[]
}

export interface Passkey extends PasskeyKey {
  readonly payerId: string
}

export interface NewPasskey {
  readonly credentialId: string
  readonly publicKey: Uint8Array
  readonly counter: number
  readonly transports: readonly string[]
  readonly deviceType: string
  readonly backedUp: boolean
}

export type PasskeyVerdict<Value> =
  | { readonly kind: 'right'; readonly value: Value }
  /** Signed for something else than this payment. */
  | { readonly kind: 'other-binding' }
  | { readonly kind: 'wrong' }

const RP_NAME = 'Farthing'
const CEREMONY_TIMEOUT_MS = 120_000
/** EdDSA, ES256 and RS256 (IANA COSE algorithms), which phones have. */
const ALGORITHMS = [-8, -7, -257]

interface PasskeyRow {
  readonly credential_id: string
  readonly payer_id: string
  readonly public_key: Buffer
  readonly counter: string
  readonly transports: readonly string[]
}

export async function passkeysOf(sql: AnySql, payerId: string): Promise<readonly Passkey[]> {
  const rows = await sql<PasskeyRow[]>`
    SELECT credential_id, payer_id, public_key, counter, transports FROM passkey
    WHERE payer_id = ${payerId} ORDER BY created_at`
  return rows.map(passkeyOf)
}

export async function findPasskey(sql: AnySql, credentialId: string): Promise<Passkey | null> {
  const [row] = await sql<PasskeyRow[]>`
    SELECT credential_id, payer_id, public_key, counter, transports FROM passkey
    WHERE credential_id = ${credentialId}`
  return row === undefined ? null : passkeyOf(row)
}

function passkeyOf(row: PasskeyRow): Passkey {
  return {
    credentialId: row.credential_id,
    payerId: row.payer_id,
    publicKey: new Uint8Array(row.public_key),
    counter: Number(row.counter),
    transports: row.transports,
  }
}

export async function authenticationOptions(
  rp: RelyingParty,
  challenge: Uint8Array,
  passkeys: readonly Passkey[],
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return await generateAuthenticationOptions({
    rpID: rp.rpId,
    challenge: new Uint8Array(challenge),
    allowCredentials: passkeys.map(descriptorOf),
    userVerification: 'required',
    timeout: CEREMONY_TIMEOUT_MS,
  })
}

export async function registrationOptions(
  rp: RelyingParty,
  challenge: Uint8Array,
  user: { readonly handle: Uint8Array; readonly passkeys: readonly Passkey[] },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return await generateRegistrationOptions({
    rpName: RP_NAME,
    rpID: rp.rpId,
    userName: RP_NAME,
    userDisplayName: RP_NAME,
    userID: new Uint8Array(user.handle),
    challenge: new Uint8Array(challenge),
    attestationType: 'none',
    excludeCredentials: user.passkeys.map(descriptorOf),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
    timeout: CEREMONY_TIMEOUT_MS,
  })
}

function descriptorOf(passkey: Passkey) {
  return { id: passkey.credentialId, transports: [...passkey.transports] }
}

/** WebAuthn section 7.2, user verification required. The value is the new signature counter. */
export async function verifyPasskey(
  rp: RelyingParty,
  challenge: Uint8Array,
  given: { readonly response: AuthenticationResponseJSON; readonly passkey: PasskeyKey },
): Promise<PasskeyVerdict<number>> {
  const { passkey, response } = given
  const expectation = expect(rp, challenge)
  if (!frameAllowed(rp, response.response.clientDataJSON)) return { kind: 'wrong' }
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      ...expectation.options,
      response,
      credential: {
        id: passkey.credentialId,
        publicKey: passkey.publicKey,
        counter: passkey.counter,
        transports: [...passkey.transports],
      },
    })
    return verified && authenticationInfo.userVerified
      ? { kind: 'right', value: authenticationInfo.newCounter }
      : { kind: 'wrong' }
  } catch {
    // The library throws for every way in which an answer can be wrong: none of them is a fault of ours.
    return { kind: expectation.sawOther() ? 'other-binding' : 'wrong' }
  }
}

/** WebAuthn section 7.1, user verification required: making the passkey confirms the payment in the same go. */
export async function verifyNewPasskey(
  rp: RelyingParty,
  challenge: Uint8Array,
  response: RegistrationResponseJSON,
): Promise<PasskeyVerdict<NewPasskey>> {
  const expectation = expect(rp, challenge)
  if (!frameAllowed(rp, response.response.clientDataJSON)) return { kind: 'wrong' }
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      ...expectation.options,
      response,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    if (!verified || !registrationInfo.userVerified) return { kind: 'wrong' }
    const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo
    return {
      kind: 'right',
      value: {
        credentialId: credential.id,
        publicKey: credential.publicKey,
        counter: credential.counter,
        transports: knownTransports(response.response.transports),
        deviceType: credentialDeviceType,
        backedUp: credentialBackedUp,
      },
    }
  } catch {
    return { kind: expectation.sawOther() ? 'other-binding' : 'wrong' }
  }
}

/** What both ceremonies have to show. Remembers whether the challenge was that of something else. */
function expect(rp: RelyingParty, challenge: Uint8Array) {
  const expected = Buffer.from(challenge).toString('base64url')
  let other = false
  return {
    sawOther: () => other,
    options: {
      expectedChallenge: (given: string) => {
        other = given !== expected
        return !other
      },
      expectedOrigin: [rp.origin],
      expectedRPID: rp.rpId,
      expectedTopOrigin: [...rp.frameOrigins],
      requireUserVerification: true,
    },
  }
}

/**
 * WebAuthn section 7.2 step 13: inside another site's frame only where that is expected. The library lets a
 * cross-origin answer without a `topOrigin` pass (Safari sends none); without any frame expected, we do not.
 */
function frameAllowed(rp: RelyingParty, clientDataJson: string): boolean {
  if (rp.frameOrigins.length > 0) return true
  try {
    const clientData: unknown = JSON.parse(Buffer.from(clientDataJson, 'base64url').toString('utf8'))
    return (
      typeof clientData === 'object' &&
      clientData !== null &&
      !('crossOrigin' in clientData && clientData.crossOrigin)
    )
  } catch {
    return false
  }
}

const TRANSPORTS: readonly string[] = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']

function knownTransports(transports: readonly string[] | undefined): readonly string[] {
  return (transports ?? []).filter((transport) => TRANSPORTS.includes(transport))
}
