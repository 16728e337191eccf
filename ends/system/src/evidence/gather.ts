import { toBase64url, toHex } from '#protocol/bytes.ts'
import { signSign1 } from '#protocol/cose.ts'
import type { AnySql } from '../database.ts'
import type { HttpContext } from '../http/context.ts'
import { bindingOf } from '../payer/binding.ts'
import type { ConfirmationProof } from '../payer/confirmation-evidence.ts'
import { pseudonymOf } from '../payer/pseudonym.ts'
import { decodePayment, encodePayment } from '../payment/codec.ts'
import type { Payment } from '../payment/state.ts'
import { anchorsOf } from './anchors.ts'
import { chipKeysOf, systemKeysOf } from './keys.ts'
import { seenBy } from './seen.ts'
import {
  EVIDENCE_FORMAT,
  type EvidenceConfirmation,
  type EvidenceEvent,
  type EvidenceFile,
  type EvidenceMessage,
  sealedText,
} from './evidence-file.ts'

export type EvidenceContext = Pick<
  HttpContext,
  'sql' | 'signer' | 'commandKey' | 'issuerCertificates' | 'pseudonymSecret' | 'nowMs'
>

export interface EvidenceRow {
  readonly kind: string
  readonly at_ms: string
  readonly bytes: Buffer
  readonly spki: Buffer | null
  readonly certificate: Buffer | null
}

/**
 * All that one payment rests on, sealed. A merchant's file has pseudonyms for the payer's ids, and neither the
 * passkey's key nor what names it: they are the same at every merchant (I18). The platform's has everything.
 */
export async function gatherEvidence(
  context: EvidenceContext,
  paymentId: string,
  audience: EvidenceFile['for'],
): Promise<EvidenceFile> {
  // One moment of the database, so that state, events and what was signed belong together.
  const parts = await context.sql.begin('ISOLATION LEVEL REPEATABLE READ READ ONLY', (sql) =>
    readParts(sql, { context, paymentId, audience }),
  )
  const file = { format: EVIDENCE_FORMAT, for: audience, madeAtMs: context.nowMs(), ...parts } as const
  return { ...file, seal: toBase64url(signSign1(sealedText(file), context.signer)) }
}

interface Asked {
  readonly context: EvidenceContext
  readonly paymentId: string
  readonly audience: EvidenceFile['for']
}

async function readParts(sql: AnySql, { context, paymentId, audience }: Asked) {
  const [row] = await sql<{ body: string }[]>`
    SELECT body::text AS body FROM payment WHERE payment_id = ${paymentId}`
  if (row === undefined) throw new Error('payments are never deleted')
  const payment = decodePayment(row.body)
  const events = await sql<EvidenceEvent[]>`
    SELECT version, prev_hash AS "previousHash", hash, event_text AS text, false AS replaced
    FROM payment_event WHERE payment_id = ${paymentId} ORDER BY version`
  const rows = await sql<EvidenceRow[]>`
    SELECT kind, at_ms, bytes, spki, certificate FROM payment_evidence
    WHERE payment_id = ${paymentId} ORDER BY at_ms, kind, hash`
  const { merchantId } = payment.payee
  const hide =
    audience === 'platform' ? (text: string) => text : hiding(context.pseudonymSecret, merchantId, events)
  const signed = messagesOf(payment, rows)
  return {
    seen: seenBy(payment),
    payer:
      payment.payerId === undefined
        ? null
        : pseudonymOf(context.pseudonymSecret, { payerId: payment.payerId, merchantId }),
    payment: JSON.parse(hide(encodePayment(payment))) as EvidenceFile['payment'],
    events: events.map((event) => {
      const text = hide(event.text)
      return { ...event, text, replaced: text !== event.text }
    }),
    anchors: await anchorsOf(sql, payment, audience),
    signed,
    confirmation: confirmationOf(payment, rows, audience),
    keys: [
      ...(await chipKeysOf(sql, { payment, signed, issuers: context.issuerCertificates })),
      ...systemKeysOf(rows, context.commandKey),
    ],
  }
}

function messagesOf(payment: Payment, rows: readonly EvidenceRow[]): EvidenceMessage[] {
  const code = payment.code
    ? [{ kind: 'code' as const, atMs: payment.claimedAtMs, bytes: payment.code.codeBase64 }]
    : []
  const kept = rows.flatMap(({ kind, at_ms, bytes }) =>
    kind === 'confirmation' ? [] : [{ kind, atMs: Number(at_ms), bytes: toBase64url(bytes) }],
  )
  return [...code, ...kept]
}

function confirmationOf(
  payment: Payment,
  rows: readonly EvidenceRow[],
  audience: EvidenceFile['for'],
): EvidenceConfirmation | null {
  const { confirmation } = payment
  if (confirmation === undefined) return null
  for (const row of rows) {
    if (row.kind !== 'confirmation') continue
    const proof = JSON.parse(row.bytes.toString('utf8')) as ConfirmationProof
    const binding = toHex(bindingOf(payment, proof.nonce))
    if (binding !== confirmation.boundHash) continue
    const all = { ...NOTHING, ...proof, binding, atMs: Number(row.at_ms) }
    return audience === 'platform' ? all : { ...all, ...NOTHING, clientDataJSON: all.clientDataJSON }
  }
  return null
}

const NOTHING = {
  clientDataJSON: null,
  attestationObject: null,
  authenticatorData: null,
  signature: null,
  publicKey: null,
}

/** Ids of the payer, under whatever name they stand in an event. */
const PAYER_ID = /"(deviceId|payerId|mandateId)":"([^"]+)"/g

/** Replaces the payer's ids by those that only this merchant sees; the same id by the same. */
function hiding(secret: string, merchantId: string, events: readonly EvidenceEvent[]) {
  const hidden = new Map<string, string>()
  for (const { text } of events) {
    for (const [, name = '', id = ''] of text.matchAll(PAYER_ID)) {
      const payerId = name === 'payerId' ? id : `${name} ${id}`
      hidden.set(`"${id}"`, `"${pseudonymOf(secret, { payerId, merchantId })}"`)
    }
  }
  return (text: string): string =>
    [...hidden].reduce((changed, [id, pseudonym]) => changed.replaceAll(id, pseudonym), text)
}
