import { toBase64url } from '#protocol/bytes.ts'
import type { ConfirmationBody } from './confirmation-body.ts'
import type { PasskeyKey } from './passkey.ts'

/**
 * What is kept of a confirmation that held. Bytes are base64url. Of a PIN nothing can be shown to others: it is neither
 * kept nor part of this. A new passkey signs nothing (attestation "none"): its making, with the challenge, confirms.
 */
export type ConfirmationProof =
  | { readonly method: 'pin' | 'new-pin'; readonly nonce: string }
  | {
      readonly method: 'new-passkey'
      readonly nonce: string
      readonly clientDataJSON: string
      readonly attestationObject: string
    }
  | {
      readonly method: 'passkey'
      readonly nonce: string
      readonly clientDataJSON: string
      readonly authenticatorData: string
      readonly signature: string
      /** COSE_Key (RFC 9052 section 7), as it was known at that time. */
      readonly publicKey: string
    }

/** As bytes to be kept: JSON. `passkey` is the one that signed, if one did. */
export function confirmationEvidence(
  body: ConfirmationBody,
  by: { readonly nonce: string; readonly passkey: PasskeyKey | undefined },
): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(proofOf(body, by)))
}

function proofOf(
  body: ConfirmationBody,
  { nonce, passkey }: { readonly nonce: string; readonly passkey: PasskeyKey | undefined },
): ConfirmationProof {
  if ('pin' in body) return { method: 'pin', nonce }
  if ('newPin' in body) return { method: 'new-pin', nonce }
  if ('newPasskey' in body) {
    const { clientDataJSON, attestationObject } = body.newPasskey.response
    return { method: 'new-passkey', nonce, clientDataJSON, attestationObject }
  }
  const { clientDataJSON, authenticatorData, signature } = body.passkey.response
  const publicKey = toBase64url(passkey?.publicKey ?? new Uint8Array(0))
  return { method: 'passkey', nonce, clientDataJSON, authenticatorData, signature, publicKey }
}
