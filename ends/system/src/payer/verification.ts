import { createHash, randomBytes } from 'node:crypto'
import { toHex } from '#protocol/bytes.ts'
import type { Sql } from '../database.ts'
import type { RequestError } from '../error/error-code.ts'
import type { Confirmation, Payment } from '../payment/state.ts'
import { bindingOf } from './binding.ts'
import { confirmationEvidence } from './confirmation-evidence.ts'
import type { ConfirmationBody } from './confirmation-body.ts'
import type { Device } from './device.ts'
import { type Enrolment, enrol } from './enrolment.ts'
import { debtorOf, standingMandate } from './mandate.ts'
import {
  type PasskeyVerdict,
  type RelyingParty,
  authenticationOptions,
  findPasskey,
  passkeysOf,
  registrationOptions,
  verifyNewPasskey,
  verifyPasskey,
} from './passkey.ts'
import { checkPin, hashPin, isPin } from './pin.ts'

/** Of one payment, by whatever means; then the payment ends (S5). */
export const VERIFICATION_TRIES_MAX = 5

export interface Verifying {
  readonly sql: Sql
  readonly relyingParty: RelyingParty
  readonly nowMs: () => number
}

export interface ConfirmationOptions {
  readonly method: 'passkey' | 'new-passkey' | 'pin' | 'new-pin'
  readonly publicKey?: object
  readonly pinAllowed: boolean
}

export type OptionsResult =
  | { readonly ok: true; readonly options: ConfirmationOptions }
  | { readonly ok: false; readonly code: RequestError }

export type VerificationResult =
  | {
      readonly ok: true
      readonly payerId: string
      readonly mandateId: string
      readonly confirmation: Confirmation
    }
  | {
      readonly ok: false
      readonly code: RequestError
      readonly triesLeft?: number
      readonly exhausted?: boolean
    }

/** A new PIN or passkey is taken on the word of the bank alone: a fresh approval of this very payment. */
function mayEnrol(payment: Payment): boolean {
  return payment.approval?.status === 'valid'
}

function pinUsable(device: Device): boolean {
  return device.payerId !== null && device.pinHash !== null && device.pinTriesLeft > 0
}

/** Whether the payer has to go to the bank before this device can confirm this payment. */
export async function needsApproval({ sql }: Verifying, payment: Payment, device: Device): Promise<boolean> {
  if (mayEnrol(payment)) return false
  if ((await standingMandate(sql, payment, device)) === null) return true
  if (pinUsable(device)) return false
  return device.payerId === null || (await passkeysOf(sql, device.payerId)).length === 0
}

/** How this device can confirm, with a challenge bound to exactly this payment. */
export async function confirmationOptions(
  verifying: Verifying,
  payment: Payment,
  device: Device,
): Promise<OptionsResult> {
  const { sql, relyingParty } = verifying
  const refusal = confirmable(payment)
  if (refusal !== null) return { ok: false, code: refusal }
  if (await needsApproval(verifying, payment, device)) return { ok: false, code: 'approval-missing' }
  const nonce = await freshNonce(sql, payment, device)
  const challenge = bindingOf(payment, nonce)
  const passkeys = device.payerId === null ? [] : await passkeysOf(sql, device.payerId)
  const pinAllowed = pinUsable(device) || mayEnrol(payment)
  if (passkeys.length > 0) {
    const publicKey = await authenticationOptions(relyingParty, challenge, passkeys)
    return { ok: true, options: { method: 'passkey', publicKey, pinAllowed } }
  }
  if (pinUsable(device)) return { ok: true, options: { method: 'pin', pinAllowed } }
  const publicKey = await registrationOptions(relyingParty, challenge, { handle: handleOf(nonce), passkeys })
  return { ok: true, options: { method: 'new-passkey', publicKey, pinAllowed } }
}

/**
 * Verifies what the payer sent for exactly this payment (S5), once.
 *
 * Wrong ones take a try; `exhausted` says that none is left and the payment is to end.
 */
export async function verifyConfirmation(
  verifying: Verifying,
  request: { readonly payment: Payment; readonly device: Device; readonly body: ConfirmationBody },
): Promise<VerificationResult> {
  const { payment, device, body } = request
  const { sql } = verifying
  const refusal = confirmable(payment)
  if (refusal !== null) return { ok: false, code: refusal }
  const mandateId = mayEnrol(payment)
    ? payment.approval?.mandateId
    : await standingMandate(sql, payment, device)
  if (mandateId === null || mandateId === undefined) return { ok: false, code: 'approval-missing' }
  if (('pin' in body && !isPin(body.pin)) || ('newPin' in body && !isPin(body.newPin))) {
    return { ok: false, code: 'verification-malformed' }
  }
  if (('newPin' in body || 'newPasskey' in body) && !mayEnrol(payment))
    return { ok: false, code: 'enrolment-refused' }
  if ('pin' in body || 'newPin' in body) await freshNonce(sql, payment, device)
  const tried = await takeTry(sql, payment, device)
  if (tried.kind === 'refused')
    return { ok: false, code: tried.code, exhausted: tried.code === 'verification-wrong' }
  const challenge = bindingOf(payment, tried.nonce)
  const proof = await prove(verifying, request, challenge)
  if (!proof.ok) {
    const triesLeft = Math.min(tried.triesLeft, proof.triesLeft ?? tried.triesLeft)
    return { ok: false, code: proof.code, triesLeft, exhausted: tried.triesLeft === 0 }
  }
  const payerId = await conclude(verifying, request, {
    ...proof.enrolment,
    mandateId,
    handle: handleOf(tried.nonce),
    evidence: confirmationEvidence(body, {
      nonce: tried.nonce,
      passkey: proof.enrolment.usedPasskey?.passkey,
    }),
    atMs: verifying.nowMs(),
  })
  if (payerId === null) return { ok: false, code: 'verification-used' }
  const method = 'pin' in body || 'newPin' in body ? 'pin' : 'passkey'
  const confirmation = { method, boundHash: toHex(challenge), atMs: verifying.nowMs() } as const
  return { ok: true, payerId, mandateId, confirmation }
}

function confirmable(payment: Payment): RequestError | null {
  if (payment.state === 'confirming') return null
  return payment.state === 'presence' ? 'presence-missing' : 'state-passed'
}

function handleOf(nonce: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`farthing-user-handle\n${nonce}`).digest())
}

/** The nonce of the verification that is open, or of a new one: a used one never serves again. */
async function freshNonce(sql: Sql, payment: Payment, device: Device): Promise<string> {
  const nonce = randomBytes(16).toString('hex')
  const [row] = await sql<{ nonce: string }[]>`
    INSERT INTO verification (payment_id, device_id, nonce, tries_left)
    VALUES (${payment.paymentId}, ${device.deviceId}, ${nonce}, ${VERIFICATION_TRIES_MAX})
    ON CONFLICT (payment_id) DO UPDATE SET
      nonce = CASE WHEN verification.used_at IS NULL THEN verification.nonce ELSE excluded.nonce END, used_at = NULL
    RETURNING nonce`
  return row?.nonce ?? nonce
}

type Try =
  | { readonly kind: 'taken'; readonly nonce: string; readonly triesLeft: number }
  | {
      readonly kind: 'refused'
      readonly code: 'verification-used' | 'verification-other' | 'verification-wrong'
    }

/** Before anything is looked at, so that side by side there are no more tries than one after another. */
async function takeTry(sql: Sql, payment: Payment, device: Device): Promise<Try> {
  const [taken] = await sql<{ nonce: string; tries_left: number }[]>`
    UPDATE verification SET tries_left = tries_left - 1
    WHERE payment_id = ${payment.paymentId} AND device_id = ${device.deviceId}
      AND used_at IS NULL AND tries_left > 0
    RETURNING nonce, tries_left`
  if (taken !== undefined) return { kind: 'taken', nonce: taken.nonce, triesLeft: taken.tries_left }
  const [row] = await sql<{ used: boolean }[]>`
    SELECT used_at IS NOT NULL AS used FROM verification WHERE payment_id = ${payment.paymentId}`
  if (row === undefined) return { kind: 'refused', code: 'verification-other' }
  return { kind: 'refused', code: row.used ? 'verification-used' : 'verification-wrong' }
}

type Proof =
  | { readonly ok: true; readonly enrolment: Enrolment }
  | { readonly ok: false; readonly code: RequestError; readonly triesLeft?: number }

async function prove(
  { sql, relyingParty }: Verifying,
  { device, body }: { readonly device: Device; readonly body: ConfirmationBody },
  challenge: Uint8Array,
): Promise<Proof> {
  if ('pin' in body) {
    const verdict = await checkPin(sql, device, body.pin)
    if (verdict.kind === 'right') return { ok: true, enrolment: {} }
    if (verdict.kind === 'wrong')
      return { ok: false, code: 'verification-wrong', triesLeft: verdict.triesLeft }
    return { ok: false, code: verdict.kind === 'locked' ? 'pin-locked' : 'pin-unset' }
  }
  if ('newPin' in body) return { ok: true, enrolment: { pinHash: await hashPin(device, body.newPin) } }
  if ('newPasskey' in body) {
    const verdict = await verifyNewPasskey(relyingParty, challenge, body.newPasskey)
    if (verdict.kind !== 'right') return { ok: false, code: wrongCode(verdict) }
    const known = await findPasskey(sql, verdict.value.credentialId)
    return known === null
      ? { ok: true, enrolment: { newPasskey: verdict.value } }
      : { ok: false, code: 'verification-wrong' }
  }
  const passkey = await findPasskey(sql, body.passkey.id)
  if (passkey === null) return { ok: false, code: 'passkey-unknown' }
  if (device.payerId !== null && passkey.payerId !== device.payerId)
    return { ok: false, code: 'passkey-unknown' }
  const verdict = await verifyPasskey(relyingParty, challenge, { response: body.passkey, passkey })
  if (verdict.kind !== 'right') return { ok: false, code: wrongCode(verdict) }
  return { ok: true, enrolment: { usedPasskey: { passkey, counter: verdict.value } } }
}

function wrongCode(verdict: Exclude<PasskeyVerdict<unknown>, { kind: 'right' }>): RequestError {
  return verdict.kind === 'other-binding' ? 'verification-other' : 'verification-wrong'
}

/** Marks the verification used, keeps what proved it, and binds payer, device and mandate, all at once. Null when it was used meanwhile. */
async function conclude(
  { sql }: Verifying,
  { payment, device }: { readonly payment: Payment; readonly device: Device },
  enrolment: Enrolment & {
    readonly mandateId: string
    readonly handle: Uint8Array
    readonly evidence: Uint8Array
    readonly atMs: number
  },
): Promise<string | null> {
  return await sql.begin(async (transaction) => {
    const [used] = await transaction`
      UPDATE verification SET used_at = now()
      WHERE payment_id = ${payment.paymentId} AND device_id = ${device.deviceId} AND used_at IS NULL
      RETURNING payment_id`
    if (used === undefined) return null
    await transaction`
      INSERT INTO payment_evidence (payment_id, merchant_id, kind, at_ms, bytes)
      VALUES (${payment.paymentId}, ${payment.payee.merchantId}, 'confirmation', ${enrolment.atMs},
        ${Buffer.from(enrolment.evidence)})
      ON CONFLICT DO NOTHING`
    const debtorPseudonym = await debtorOf(transaction, enrolment.mandateId)
    return await enrol(transaction, device, { ...enrolment, debtorPseudonym })
  })
}
