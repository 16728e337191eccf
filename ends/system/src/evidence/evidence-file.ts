import { type Static, Type } from 'typebox'
import { sha256 } from '#protocol/node-keys.ts'
import { toHex } from '#protocol/bytes.ts'
import { canonicalJson } from '../audit/canonical.ts'

/** The file `farthing-evidence/1`; docs/reference/evidence.md tells it to those who read it without us. */
export const EVIDENCE_FORMAT = 'farthing-evidence/1'

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Bytes = Type.String({ pattern: '^[A-Za-z0-9_-]*$', description: 'base64url' })
const Ms = Type.Number({ description: 'Epoch milliseconds' })
const Version = Type.Integer({ minimum: 1 })
const OrNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

const Seen = Type.Object({
  payee: Type.Object({ merchantId: Type.String(), name: Type.String(), iban: Type.String() }),
  machineId: Type.String(),
  goods: Type.String(),
  amountMinor: Type.String({ pattern: '^[0-9]{1,20}$' }),
  currency: Type.String(),
})
const EventLink = Type.Object({
  version: Version,
  previousHash: Hash,
  hash: Hash,
  text: Type.String({ description: 'The event as it was hashed, to the byte, unless `replaced`' }),
  replaced: Type.Boolean({ description: 'Ids of the payer stand in it as pseudonyms' }),
})
const Head = Type.Object({ paymentId: Type.String(), version: Version, hash: Hash })
const AnchorLink = Type.Object({
  sequence: Type.String({ pattern: '^[0-9]{1,19}$' }),
  atMs: Ms,
  previousHash: Hash,
  hash: Hash,
  version: Version,
  eventHash: Hash,
  heads: OrNull(
    Type.Array(Head, { description: 'All that it binds; null where they are of other merchants' }),
  ),
})
const SignedMessage = Type.Object({
  kind: Type.String({ enum: ['code', 'check-answer', 'started', 'outcome', 'command'] }),
  atMs: Ms,
  bytes: Bytes,
})
const Confirmed = Type.Object({
  method: Type.String({ enum: ['pin', 'new-pin', 'passkey', 'new-passkey'] }),
  atMs: Ms,
  nonce: Type.String(),
  binding: Hash,
  clientDataJSON: OrNull(Bytes),
  attestationObject: OrNull(Bytes),
  authenticatorData: OrNull(Bytes),
  signature: OrNull(Bytes),
  publicKey: OrNull(Bytes),
})
const Key = Type.Object({
  of: Type.String({ enum: ['chip', 'system'] }),
  keyId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  spki: Bytes,
  certificates: Type.Array(Bytes, {
    description: 'DER; its own first, then who issued it, without the root',
  }),
})

export const EvidenceFileSchema = Type.Object({
  format: Type.Literal(EVIDENCE_FORMAT),
  for: Type.String({ enum: ['merchant', 'platform'] }),
  madeAtMs: Ms,
  seen: Seen,
  payer: OrNull(Type.String({ description: 'A pseudonym, another one for every merchant' })),
  payment: Type.Object(
    { paymentId: Type.String({ pattern: '^[0-9a-f]{32}$' }) },
    { additionalProperties: true, description: 'The state that the events lead to' },
  ),
  events: Type.Array(EventLink),
  anchors: Type.Array(AnchorLink),
  signed: Type.Array(SignedMessage),
  confirmation: OrNull(Confirmed),
  keys: Type.Array(Key),
  seal: Bytes,
})
export type EvidenceFile = Static<typeof EvidenceFileSchema>
export type EvidenceEvent = Static<typeof EventLink>
export type EvidenceAnchor = Static<typeof AnchorLink>
export type EvidenceMessage = Static<typeof SignedMessage>
export type EvidenceConfirmation = Static<typeof Confirmed>
export type EvidenceKey = Static<typeof Key>

/**
 * What the seal signs: words that no chip takes for a message, since they are no CBOR map, and SHA-256 of the whole
 * file but the seal itself, as canonical JSON.
 */
export function sealedText(file: Omit<EvidenceFile, 'seal'>): Uint8Array {
  const rest = Object.fromEntries(Object.entries(file).filter(([name]) => name !== 'seal'))
  const hash = toHex(sha256(new TextEncoder().encode(canonicalJson(rest))))
  return new TextEncoder().encode(`${EVIDENCE_FORMAT}\n${hash}`)
}
