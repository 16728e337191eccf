import {
  type AuthenticationResponseJSON,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
} from '@simplewebauthn/server'
import type { AnySql } from '../database.ts'
import { type NewPasskey, type PasskeyKey, type RelyingParty, verifyPasskey } from '../payer/passkey.ts'

const RP_NAME = 'Farthing, management'
const CEREMONY_TIMEOUT_MS = 120_000
/** EdDSA, ES256 and RS256 (IANA COSE algorithms). */
const ALGORITHMS = [-8, -7, -257]

interface StaffPasskey extends PasskeyKey {
  readonly staffId: string
}

interface PasskeyRow {
  readonly credential_id: string
  readonly staff_id: string
  readonly public_key: Buffer
  readonly counter: string
  readonly transports: readonly string[]
}

/** To sign in nobody is named: the authenticator offers what it has, so that no list of staff can be asked for. */
export async function signInOptions(
  rp: RelyingParty,
  challenge: Uint8Array,
  credentials: readonly PasskeyKey[] = [],
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return await generateAuthenticationOptions({
    rpID: rp.rpId,
    challenge: new Uint8Array(challenge),
    allowCredentials: credentials.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports: [...transports] as never,
    })),
    userVerification: 'required',
    timeout: CEREMONY_TIMEOUT_MS,
  })
}

/** `user.name` is the e-mail address, by which people tell their passkeys apart. */
export async function newPasskeyOptions(
  rp: RelyingParty,
  challenge: Uint8Array,
  user: { readonly handle: Uint8Array; readonly name: string; readonly displayName: string },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return await generateRegistrationOptions({
    rpName: RP_NAME,
    rpID: rp.rpId,
    userName: user.name,
    userDisplayName: user.displayName,
    userID: new Uint8Array(user.handle),
    challenge: new Uint8Array(challenge),
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
    timeout: CEREMONY_TIMEOUT_MS,
  })
}

/** Whether somebody's passkey has this id already. */
export async function isKept(sql: AnySql, credentialId: string): Promise<boolean> {
  return (await sql`SELECT 1 FROM staff_passkey WHERE credential_id = ${credentialId}`).length > 0
}

export async function keepStaffPasskey(sql: AnySql, staffId: string, passkey: NewPasskey): Promise<void> {
  await sql`
    INSERT INTO staff_passkey (credential_id, staff_id, public_key, counter, transports)
    VALUES (${passkey.credentialId}, ${staffId}, ${Buffer.from(passkey.publicKey)}, ${passkey.counter},
      ${[...passkey.transports]})`
}

export async function passkeysOfStaff(sql: AnySql, staffId: string): Promise<readonly StaffPasskey[]> {
  const rows = await sql<PasskeyRow[]>`
    SELECT credential_id, staff_id, public_key, counter, transports FROM staff_passkey WHERE staff_id = ${staffId}`
  return rows.map(passkeyOf)
}

/** Whose passkey signed this challenge, user verified; null when nobody's of ours, or of somebody who has left. */
export async function staffOfAnswer(
  sql: AnySql,
  rp: RelyingParty,
  answer: {
    readonly challenge: Uint8Array
    readonly response: AuthenticationResponseJSON
    readonly nowMs: number
  },
): Promise<string | null> {
  const [row] = await sql<PasskeyRow[]>`
    SELECT credential_id, staff_id, public_key, counter, transports
    FROM staff_passkey JOIN staff_member USING (staff_id)
    WHERE credential_id = ${answer.response.id} AND ended_at IS NULL`
  if (row === undefined) return null
  const passkey = passkeyOf(row)
  const verdict = await verifyPasskey(rp, answer.challenge, { response: answer.response, passkey })
  if (verdict.kind !== 'right') return null
  // The counter only grows: of two copies of one authenticator, the second is refused.
  const moved = await sql`
    UPDATE staff_passkey SET counter = ${verdict.value}, used_at = ${new Date(answer.nowMs)}
    WHERE credential_id = ${passkey.credentialId} AND (counter < ${verdict.value} OR ${verdict.value} = 0)
    RETURNING 1`
  return moved.length > 0 ? passkey.staffId : null
}

function passkeyOf(row: PasskeyRow): StaffPasskey {
  return {
    credentialId: row.credential_id,
    staffId: row.staff_id,
    publicKey: new Uint8Array(row.public_key),
    counter: Number(row.counter),
    transports: row.transports,
  }
}

export interface PasskeySeen {
  readonly credentialId: string
  readonly createdAtMs: number
  readonly usedAtMs: number | null
}

/** A person's own, the oldest first. */
export async function seenPasskeys(sql: AnySql, staffId: string): Promise<readonly PasskeySeen[]> {
  return await sql<PasskeySeen[]>`
    SELECT credential_id AS "credentialId", (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
      (extract(epoch FROM used_at) * 1000)::float8 AS "usedAtMs"
    FROM staff_passkey WHERE staff_id = ${staffId} ORDER BY created_at, credential_id`
}

/** Takes one of a person's passkeys away, never the last: whoever has none can sign in no more. */
export async function removePasskey(
  sql: AnySql,
  of: { readonly staffId: string; readonly credentialId: string },
): Promise<'removed' | 'unknown' | 'last'> {
  const own = await sql<{ credential_id: string }[]>`
    SELECT credential_id FROM staff_passkey WHERE staff_id = ${of.staffId} FOR UPDATE`
  if (!own.some((row) => row.credential_id === of.credentialId)) return 'unknown'
  if (own.length === 1) return 'last'
  await sql`DELETE FROM staff_passkey WHERE credential_id = ${of.credentialId}`
  return 'removed'
}
