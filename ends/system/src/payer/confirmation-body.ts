import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { Type } from 'typebox'

const closed = { additionalProperties: false }
const Base64url = (maxLength: number) => Type.String({ maxLength, pattern: '^[A-Za-z0-9_-]*$' })
const CredentialId = Type.String({ minLength: 1, maxLength: 1400, pattern: '^[A-Za-z0-9_-]+$' })

/** Browsers may send members that newer editions of the specification add: those are let through unread. */
const open = { additionalProperties: true }

/** WebAuthn section 5.1: AuthenticationResponseJSON, as far as it is read. */
const PasskeyAnswer = Type.Object(
  {
    id: CredentialId,
    rawId: CredentialId,
    type: Type.Literal('public-key'),
    clientExtensionResults: Type.Object({}, open),
    authenticatorAttachment: Type.Optional(Type.String({ maxLength: 32 })),
    response: Type.Object(
      {
        clientDataJSON: Base64url(4096),
        authenticatorData: Base64url(2048),
        signature: Base64url(2048),
        userHandle: Type.Optional(Base64url(128)),
      },
      open,
    ),
  },
  open,
)

/** WebAuthn section 5.1: RegistrationResponseJSON, as far as it is read. */
const NewPasskeyAnswer = Type.Object(
  {
    id: CredentialId,
    rawId: CredentialId,
    type: Type.Literal('public-key'),
    clientExtensionResults: Type.Object({}, open),
    authenticatorAttachment: Type.Optional(Type.String({ maxLength: 32 })),
    response: Type.Object(
      {
        clientDataJSON: Base64url(4096),
        attestationObject: Base64url(8192),
        transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 10 })),
      },
      open,
    ),
  },
  open,
)

const Pin = Type.String({ maxLength: 16 })

export const ConfirmationBodySchema = Type.Union([
  Type.Object({ passkey: PasskeyAnswer }, closed),
  Type.Object({ newPasskey: NewPasskeyAnswer }, closed),
  Type.Object({ pin: Pin }, closed),
  Type.Object({ newPin: Pin }, closed),
])

/** What the schema lets through; the names of WebAuthn's own types are those of the library that verifies them. */
export type ConfirmationBody =
  | { readonly passkey: AuthenticationResponseJSON }
  | { readonly newPasskey: RegistrationResponseJSON }
  | { readonly pin: string }
  | { readonly newPin: string }
