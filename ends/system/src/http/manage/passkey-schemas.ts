import { Type } from 'typebox'
import { HexId, closed } from './exchange.ts'

const Base64url = (maxLength: number) => Type.String({ maxLength, pattern: '^[A-Za-z0-9_-]*$' })
const credential = {
  id: Base64url(1400),
  rawId: Base64url(1400),
  type: Type.Literal('public-key'),
  authenticatorAttachment: Type.Optional(Type.String({ maxLength: 20 })),
  clientExtensionResults: Type.Object({}, { additionalProperties: true }),
}

/** WebAuthn level 3, section 5.1.8: AuthenticationResponseJSON. */
export const AnswerBody = Type.Object(
  {
    challengeId: HexId,
    response: Type.Object(
      {
        ...credential,
        response: Type.Object(
          {
            clientDataJSON: Base64url(2000),
            authenticatorData: Base64url(2000),
            signature: Base64url(1400),
            userHandle: Type.Optional(Base64url(100)),
          },
          closed,
        ),
      },
      closed,
    ),
  },
  closed,
)

/** WebAuthn level 3, section 5.1.8: RegistrationResponseJSON. */
export const AttestationBody = Type.Object(
  {
    challengeId: HexId,
    response: Type.Object(
      {
        ...credential,
        response: Type.Object(
          {
            clientDataJSON: Base64url(2000),
            attestationObject: Base64url(16_000),
            authenticatorData: Type.Optional(Base64url(4000)),
            transports: Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: 10 })),
            publicKeyAlgorithm: Type.Optional(Type.Integer()),
            publicKey: Type.Optional(Base64url(2000)),
          },
          closed,
        ),
      },
      closed,
    ),
  },
  closed,
)

export const ChallengeView = Type.Object({
  challengeId: HexId,
  publicKey: Type.Object(
    {},
    { additionalProperties: true, description: 'WebAuthn options (section 5.1) as JSON' },
  ),
})
