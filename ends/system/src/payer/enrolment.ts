import { randomBytes } from 'node:crypto'
import type { AnySql } from '../database.ts'
import { type Device, PIN_TRIES_MAX } from './device.ts'
import type { NewPasskey, Passkey } from './passkey.ts'

/** What a successful verification brings with it. */
export interface Enrolment {
  readonly pinHash?: string
  readonly newPasskey?: NewPasskey
  readonly usedPasskey?: { readonly passkey: Passkey; readonly counter: number }
}

export interface EnrolmentWithMandate extends Enrolment {
  readonly mandateId: string
  readonly handle: Uint8Array
  readonly debtorPseudonym: string | null
}

/**
 * Binds device, payer and mandate in the transaction of the verification. Returns the payer; null when the passkey's
 * counter went on meanwhile, that is, the passkey was used twice with one value.
 */
export async function enrol(
  sql: AnySql,
  device: Device,
  enrolment: EnrolmentWithMandate,
): Promise<string | null> {
  const { usedPasskey, newPasskey, pinHash, mandateId } = enrolment
  if (usedPasskey !== undefined && !(await advanceCounter(sql, usedPasskey))) return null
  const payerId = usedPasskey?.passkey.payerId ?? (await payerFor(sql, device, enrolment))
  if (payerId !== device.payerId) {
    // The PIN belonged to whoever confirmed here before.
    await sql`
      UPDATE device SET payer_id = ${payerId}, pin_hash = NULL, pin_tries_left = ${PIN_TRIES_MAX}
      WHERE device_id = ${device.deviceId}`
  }
  if (pinHash !== undefined) {
    await sql`
      UPDATE device SET pin_hash = ${pinHash}, pin_tries_left = ${PIN_TRIES_MAX}
      WHERE device_id = ${device.deviceId}`
  }
  if (newPasskey !== undefined) await keepPasskey(sql, payerId, newPasskey)
  await sql`UPDATE mandate SET payer_id = ${payerId} WHERE mandate_id = ${mandateId} AND payer_id IS NULL`
  return payerId
}

/**
 * The device's payer, or a new one. A fresh approval by another customer of the bank makes another payer of this
 * device: whoever holds a phone and approves with an account of their own gets nothing of its owner's mandates.
 */
async function payerFor(sql: AnySql, device: Device, enrolment: EnrolmentWithMandate): Promise<string> {
  const { debtorPseudonym, handle, pinHash, newPasskey } = enrolment
  const enrolling = pinHash !== undefined || newPasskey !== undefined
  if (device.payerId !== null) {
    if (!enrolling) return device.payerId
    const [payer] = await sql<{ debtor_pseudonym: string | null }[]>`
      SELECT debtor_pseudonym FROM payer WHERE payer_id = ${device.payerId}`
    if (debtorPseudonym !== null && payer?.debtor_pseudonym === debtorPseudonym) return device.payerId
  }
  const payerId = randomBytes(16).toString('hex')
  await sql`
    INSERT INTO payer (payer_id, user_handle, debtor_pseudonym)
    VALUES (${payerId}, ${Buffer.from(handle)}, ${debtorPseudonym})`
  return payerId
}

/** WebAuthn section 7.2 step 22. Two answers with one counter value: the second one finds it gone on. */
async function advanceCounter(
  sql: AnySql,
  { passkey, counter }: { readonly passkey: Passkey; readonly counter: number },
): Promise<boolean> {
  const rows = await sql`
    UPDATE passkey SET counter = ${counter}, used_at = now()
    WHERE credential_id = ${passkey.credentialId} AND counter = ${passkey.counter} RETURNING 1`
  return rows.length === 1
}

async function keepPasskey(sql: AnySql, payerId: string, passkey: NewPasskey): Promise<void> {
  const { credentialId, publicKey, counter, transports, deviceType, backedUp } = passkey
  await sql`
    INSERT INTO passkey (credential_id, payer_id, public_key, counter, transports, device_type, backed_up)
    VALUES (${credentialId}, ${payerId}, ${Buffer.from(publicKey)}, ${counter}, ${[...transports]}, ${deviceType},
      ${backedUp})`
}
