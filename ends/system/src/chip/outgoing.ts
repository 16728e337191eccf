import type { ChipId, CommandId, PaymentId } from '#protocol/identifier.ts'
import { BootId, CodeHash, RequestId } from '#protocol/identifier.ts'
import type { DownMessage } from '#protocol/message/registry.ts'
import type { Effect } from '../payment/effect.ts'
import type { Payment } from '../payment/state.ts'
import type { MachineTariff } from '../machine/record.ts'

/** Effects as messages to the chip. An outcome's acknowledgement is one too. */
export type ChipEffect = Exclude<Effect, { kind: 'submit-order' | 'ask-order' | 'ask-approval' }>

const RELEASE_REASON_CHARACTERS_MAX = 32

/** The message that an effect sends; null when the payment has no code to speak of. */
export function messageOf(payment: Payment, effect: ChipEffect): DownMessage | null {
  const { chipId, paymentId } = payment
  switch (effect.kind) {
    case 'ask-issue':
      return {
        name: 'issue-request',
        chipId,
        requestId: RequestId.of(paymentId),
        productId: payment.purchase.productId,
      }
    case 'ask-check':
      return checkMessage(payment, effect.check)
    case 'release-machine':
      return {
        name: 'release',
        chipId,
        paymentId,
        reason: effect.reason.slice(0, RELEASE_REASON_CHARACTERS_MAX),
      }
    case 'send-command':
      return {
        name: 'command',
        chipId,
        commandId: effect.command.commandId,
        paymentId,
        boot: BootId.of(effect.command.boot),
        deadlineMs: effect.command.deadlineMs,
        grant: 'paid',
        productId: payment.purchase.productId,
        units: payment.purchase.units,
        maxDurationS: Math.ceil(payment.purchase.maxDurationMs / 1000),
      }
    case 'send-query':
      return { name: 'query', chipId, commandId: effect.command.commandId, paymentId }
    case 'send-stop':
      return { name: 'stop', chipId, commandId: effect.command.commandId, paymentId }
    case 'acknowledge-outcome':
      return acknowledgement(chipId, effect.command.commandId, effect.outcome.sequence)
  }
}

function checkMessage(
  payment: Payment,
  check: Extract<Effect, { kind: 'ask-check' }>['check'],
): DownMessage | null {
  const { chipId, code, paymentId, presence, purchase } = payment
  if (!code) return null
  const shown = presence.method === 'words' || presence.method === 'blink'
  return {
    name: 'check',
    chipId,
    paymentId,
    nonce: check.nonce,
    round: check.round,
    codeHash: CodeHash.of(code.codeHash),
    counter: code.counter,
    amountMinor: purchase.amountMinor,
    currency: purchase.currency,
    tariffVersion: purchase.tariffVersion,
    units: purchase.units,
    reserveMs: check.reserveMs,
    presence: presence.method,
    presenceText: shown ? presence.text : '',
  }
}

export function acknowledgement(chipId: ChipId, commandId: CommandId, sequence: number): DownMessage {
  return { name: 'outcome-ack', chipId, commandId, sequence }
}

export function freeCommand(
  chipId: ChipId,
  start: {
    commandId: CommandId
    startId: PaymentId
    boot: string
    deadlineMs: number
    productId: number
    units: number
    maxDurationS: number
  },
): DownMessage {
  return {
    name: 'command',
    chipId,
    commandId: start.commandId,
    paymentId: start.startId,
    boot: BootId.of(start.boot),
    deadlineMs: start.deadlineMs,
    grant: 'free',
    productId: start.productId,
    units: start.units,
    maxDurationS: start.maxDurationS,
  }
}

export function tariffMessage(chipId: ChipId, tariff: MachineTariff): DownMessage {
  return { name: 'tariff', chipId, ...tariff }
}
