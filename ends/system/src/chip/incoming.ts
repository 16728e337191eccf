import type { PaymentId } from '#protocol/identifier.ts'
import { PaymentId as PaymentIds } from '#protocol/identifier.ts'
import { hashCode, openAs } from '#protocol/envelope.ts'
import { toBase64url } from '#protocol/bytes.ts'
import type { UpMessage } from '#protocol/message/registry.ts'
import type { PaymentCode } from '#protocol/message/payment-code.ts'
import { sha256 } from '#protocol/node-keys.ts'
import { type MachineRecord, isDistrusted } from '../machine/record.ts'
import type { Fact } from '../payment/event.ts'
import type { ClaimedCode } from '../payment/state.ts'
import { endReasonOf } from './verdict.ts'

/** What a chip's verified message means for a payment; null for those that are about no payment. */
export function factOf(
  record: MachineRecord,
  message: UpMessage,
  atMs: number,
): { readonly paymentId: PaymentId; readonly fact: Fact } | null {
  switch (message.name) {
    case 'hello':
    case 'retired':
      return null
    case 'issue-answer':
      return { paymentId: PaymentIds.of(message.requestId), fact: issueFact(record, message) }
    case 'check-answer':
      return { paymentId: message.paymentId, fact: checkFact(message) }
    case 'presence':
      return { paymentId: message.paymentId, fact: { kind: 'presence-shown', method: 'button', text: '' } }
    case 'started':
      return { paymentId: message.paymentId, fact: { kind: 'started', commandId: message.commandId } }
    case 'progress':
      return {
        paymentId: message.paymentId,
        fact: { kind: 'progressed', commandId: message.commandId, deliveredUnits: message.deliveredUnits },
      }
    case 'outcome':
      return { paymentId: message.paymentId, fact: outcomeFact(record, message, atMs) }
  }
}

type Up<Name extends UpMessage['name']> = Extract<UpMessage, { name: Name }>

function issueFact(record: MachineRecord, message: Up<'issue-answer'>): Fact {
  if (message.refusal !== 'none') return { kind: 'issue-refused', reason: endReasonOf(message.refusal) }
  const opened = openAs('payment-code', message.code, () => record.chipKeys)
  if (!opened.ok || opened.value.chipId !== record.chipId)
    return { kind: 'issue-refused', reason: 'chip-answer-differs' }
  const code = opened.value
  return {
    kind: 'code-issued',
    code: claimedCode(code, message.code),
    amountMinor: code.amountMinor,
    currency: code.currency,
    tariffVersion: code.tariffVersion,
    productId: productIdOf(record, code),
  }
}

/** Goods stand in a code by their id, or by their name where a chip has no ids. */
export function productIdOf(record: MachineRecord, code: PaymentCode): number {
  if (typeof code.goods === 'number') return code.goods
  return record.tariff?.products.find((product) => product.name === code.goods)?.id ?? 0
}

export function claimedCode(code: PaymentCode, bytes: Uint8Array): ClaimedCode {
  return {
    codeHash: hashCode(bytes, sha256),
    codeBase64: toBase64url(bytes),
    boot: code.boot,
    counter: code.counter,
    expiresAtMs: (code.issuedAtS + code.lifetimeS) * 1000,
  }
}

function checkFact(message: Up<'check-answer'>): Fact {
  const { nonce, round, codeHash, amountMinor, currency, tariffVersion, boot, monotonicMs } = message
  const verdict = message.verdict === 'ready' ? 'ready' : endReasonOf(message.verdict)
  return {
    kind: 'check-answered',
    nonce,
    round,
    codeHash,
    amountMinor,
    currency,
    tariffVersion,
    verdict,
    boot,
    monotonicMs,
  }
}

function outcomeFact(record: MachineRecord, message: Up<'outcome'>, atMs: number): Fact {
  const { commandId, result, deliveredMin, deliveredMax, ordered, evidence, reason, sequence } = message
  return {
    kind: 'outcome-reported',
    commandId,
    outcome: { result, deliveredMin, deliveredMax, ordered, evidence, reason, sequence, atMs },
    fromRevokedChip: isDistrusted(record),
  }
}
