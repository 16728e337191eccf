/* One or more values of every message, for the golden bytes and for tests. */
import {
  BootId,
  ChipId,
  CodeHash,
  CommandId,
  Nonce,
  PaymentId,
  RequestId,
  RetirementId,
} from '../identifier.ts'
import type { Message, MessageName, MessageOf } from '../message/registry.ts'
import { currencyOf } from '../money.ts'

type Example<Name extends MessageName> = Omit<MessageOf<Name>, 'name' | 'chipId'>
type Examples = { readonly [Name in MessageName]: Readonly<Record<string, Example<Name>>> }

export const CHIP_ID = ChipId.of('0a1b2c3d4e5f6071')
const boot = BootId.of('b0075e55b0075e55')
const paymentId = PaymentId.of('00112233445566778899aabbccddeeff')
const commandId = CommandId.of('c0ffee00c0ffee00c0ffee00c0ffee00')
const requestId = RequestId.of('5eed5eed5eed5eed5eed5eed5eed5eed')
const retirementId = RetirementId.of('0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0f')
const nonce = Nonce.of('0123456789abcdef0123456789abcdef')
const codeHash = CodeHash.of('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08')
const EUR = currencyOf('EUR')
const JPY = currencyOf('JPY')
const KWD = currencyOf('KWD')

const wash = {
  id: 1,
  name: 'Wäsche 60 °C',
  mode: 'sale',
  priceMinor: 350n,
  units: 1,
  unit: 'piece',
  holdMinor: 0n,
  maxDurationS: 5400,
} as const
const charging = {
  id: 2,
  name: '充电',
  mode: 'hold',
  priceMinor: 2n,
  units: 40_000,
  unit: 'Wh',
  holdMinor: 80_000n,
  maxDurationS: 28_800,
} as const

const checkOf = {
  paymentId,
  nonce,
  codeHash,
  counter: 41,
  amountMinor: 350n,
  currency: EUR,
  tariffVersion: 7,
  units: 1,
}
const outcomeOf = { commandId, paymentId, sequence: 12 }

export const EXAMPLES: Examples = {
  'payment-code': {
    'a product of the tariff': {
      boot,
      counter: 41,
      goods: 1,
      tariffVersion: 7,
      amountMinor: 350n,
      currency: EUR,
      issuedAtS: 1_795_000_000,
      lifetimeS: 120,
    },
    'goods in words, everything at its longest': {
      boot,
      counter: 0xffff_ffff,
      goods: 'ひと回しの景品ゲームの小犬!',
      tariffVersion: 0xffff_ffff,
      amountMinor: 1_000_000_000_000n,
      currency: KWD,
      issuedAtS: 0xffff_ffff,
      lifetimeS: 3600,
    },
  },
  tariff: {
    'a sale and a session': {
      tariffVersion: 7,
      currency: EUR,
      validFromS: 1_790_000_000,
      products: [wash, charging],
    },
    'a currency without decimals': {
      tariffVersion: 1,
      currency: JPY,
      validFromS: 0,
      products: [{ ...wash, name: '洗濯', priceMinor: 400n }],
    },
  },
  'issue-request': { 'product 1': { requestId, productId: 1 } },
  'issue-answer': {
    refused: { requestId, refusal: 'in-use', code: new Uint8Array(0) },
    issued: { requestId, refusal: 'none', code: Uint8Array.from({ length: 137 }, (_, index) => index) },
  },
  check: {
    'round 1, words': {
      ...checkOf,
      round: 1,
      reserveMs: 20_000,
      presence: 'words',
      presenceText: 'amber otter',
    },
    'round 2, nothing to show': {
      ...checkOf,
      round: 2,
      reserveMs: 60_000,
      presence: 'none',
      presenceText: '',
    },
  },
  'check-answer': {
    ready: {
      paymentId,
      nonce,
      round: 1,
      codeHash,
      amountMinor: 350n,
      currency: EUR,
      verdict: 'ready',
      boot,
      monotonicMs: 86_400_123,
      wallS: 1_795_000_004,
      tariffVersion: 7,
      machineState: 'reserved',
    },
    'refused, without a clock': {
      paymentId,
      nonce,
      round: 1,
      codeHash,
      amountMinor: 350n,
      currency: EUR,
      verdict: 'clock-unset',
      boot,
      monotonicMs: 4_294_967_296,
      wallS: 0,
      tariffVersion: 0,
      machineState: 'ready',
    },
  },
  presence: { 'button pressed': { paymentId, method: 'button', monotonicMs: 86_401_000 } },
  release: { 'the payer left': { paymentId, reason: 'cancelled' } },
  command: {
    paid: {
      commandId,
      paymentId,
      boot,
      deadlineMs: 86_412_000,
      grant: 'paid',
      productId: 1,
      units: 1,
      maxDurationS: 5400,
    },
    'a free start': {
      commandId,
      paymentId,
      boot,
      deadlineMs: 86_412_000,
      grant: 'free',
      productId: 2,
      units: 40_000,
      maxDurationS: 28_800,
    },
  },
  stop: { stop: { commandId, paymentId } },
  query: { query: { commandId, paymentId } },
  started: { started: { commandId, paymentId, boot, monotonicMs: 86_403_210 } },
  progress: { 'a quarter': { commandId, paymentId, deliveredUnits: 10_000 } },
  outcome: {
    delivered: {
      ...outcomeOf,
      result: 'delivered',
      deliveredMin: 1,
      deliveredMax: 1,
      ordered: 1,
      evidence: 'sensor',
      reason: '',
    },
    'power lost between motion and record': {
      ...outcomeOf,
      result: 'interrupted',
      deliveredMin: 3,
      deliveredMax: 4,
      ordered: 10,
      evidence: 'acknowledged',
      reason: 'power-lost',
    },
    void: {
      ...outcomeOf,
      result: 'void',
      deliveredMin: 0,
      deliveredMax: 0,
      ordered: 0,
      evidence: 'command-only',
      reason: 'never-received',
    },
  },
  'outcome-ack': { ack: { commandId, sequence: 12 } },
  hello: {
    'after power-up': {
      boot,
      counter: 41,
      tariffVersion: 7,
      machineState: 'ready',
      monotonicMs: 1234,
      wallS: 1_795_000_000,
      unacknowledged: 1,
    },
  },
  retire: { 'leave the machine': { retirementId } },
  retired: { 'as out of the box': { retirementId } },
}

/** Every example as a message. */
export function exampleMessages(
  name: MessageName,
): readonly { readonly title: string; readonly value: Message }[] {
  const examples: Readonly<Record<string, object>> = EXAMPLES[name]
  return Object.entries(examples).map(([title, example]) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `Examples` holds each example to its own message
    return { title, value: { name, chipId: CHIP_ID, ...example } as Message }
  })
}
