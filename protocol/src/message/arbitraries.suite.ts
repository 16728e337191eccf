/* Random values of every message, for property tests. */
import * as fc from 'fast-check'
import { utf8Length } from '../bytes.ts'
import {
  BootId,
  ChipId,
  CodeHash,
  CommandId,
  type Identifier,
  type IdentifierKind,
  Nonce,
  PaymentId,
  RequestId,
  RetirementId,
} from '../identifier.ts'
import { AMOUNT_MINOR_MAX, CURRENCIES } from '../money.ts'
import { PRESENCE_CODES, type PresenceMethod } from './check.ts'
import { UINT32_MAX } from './field.ts'
import { MACHINE_STATE_CODES, type MachineState } from './machine-state.ts'
import { EVIDENCE_CODES, type Evidence, type OutcomeResult, RESULT_CODES } from './outcome.ts'
import { REFUSALS } from './refusal.ts'
import { MESSAGE_NAMES, type Message, type MessageName, type MessageOf } from './registry.ts'
import { DURATION_S_MAX, PRODUCTS_MAX, type Product, UNITS_MAX } from './tariff.ts'

type Own<Name extends MessageName> = Omit<MessageOf<Name>, 'name' | 'chipId'>

const idOf = <Name extends string>(kind: IdentifierKind<Name>): fc.Arbitrary<Identifier<Name>> =>
  fc
    .uint8Array({ minLength: kind.lengthBytes, maxLength: kind.lengthBytes })
    .map((bytes) => kind.fromBytes(bytes))
const upTo = (max: number, min = 0): fc.Arbitrary<number> => fc.integer({ min, max })
const textOf = (maxBytes: number, minBytes = 0): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', maxLength: maxBytes })
    .filter((text) => utf8Length(text) >= minBytes && utf8Length(text) <= maxBytes)
const keyOf = <Name extends string>(codes: Readonly<Record<Name, number>>): fc.Arbitrary<Name> => {
  const names: Name[] = []
  for (const name in codes) names.push(name)
  return fc.constantFrom(...names)
}

const uint32 = upTo(UINT32_MAX)
const milliseconds = upTo(Number.MAX_SAFE_INTEGER)
const amountMinor = fc.bigInt({ min: 1n, max: AMOUNT_MINOR_MAX })
const currency = fc.constantFrom(...CURRENCIES)
const machineState: fc.Arbitrary<MachineState> = keyOf(MACHINE_STATE_CODES)
const boot = idOf(BootId)
const paymentId = idOf(PaymentId)
const commandId = idOf(CommandId)
const codeHash = idOf(CodeHash)
const nonce = idOf(Nonce)
const round = upTo(2, 1)

const product: fc.Arbitrary<Product> = fc
  .record({
    id: uint32,
    name: textOf(40, 1),
    mode: fc.constantFrom('sale' as const, 'hold' as const),
    priceMinor: fc.bigInt({ min: 1n, max: 1_000_000n }),
    units: upTo(UNITS_MAX, 1),
    unit: textOf(12, 1),
    maxDurationS: upTo(DURATION_S_MAX, 1),
  })
  .map((one) => ({ ...one, holdMinor: one.mode === 'hold' ? one.priceMinor * BigInt(one.units) : 0n }))

const presenceAsked: fc.Arbitrary<{ presence: PresenceMethod; presenceText: string }> = fc
  .record({ presence: keyOf(PRESENCE_CODES), presenceText: textOf(32, 1) })
  .map(({ presence, presenceText }) =>
    presence === 'words' || presence === 'blink'
      ? { presence, presenceText }
      : { presence, presenceText: '' },
  )

const resultOf: fc.Arbitrary<OutcomeResult> = keyOf(RESULT_CODES)
const evidenceOf: fc.Arbitrary<Evidence> = keyOf(EVIDENCE_CODES)
const delivery = fc
  .record({ result: resultOf, counts: fc.tuple(upTo(1000), upTo(1000), upTo(1000)) })
  .map((drawn) => {
    const [low = 0, middle = 0, high = 0] = drawn.counts.toSorted((left, right) => left - right)
    const isVoid = drawn.result === 'void'
    return {
      result: drawn.result,
      ordered: high,
      deliveredMin: isVoid ? 0 : low,
      deliveredMax: isVoid ? 0 : middle,
    }
  })

const own: { readonly [Name in MessageName]: fc.Arbitrary<Own<Name>> } = {
  'payment-code': fc.record({
    boot,
    counter: uint32,
    goods: fc.oneof(uint32, textOf(40, 1)),
    tariffVersion: uint32,
    amountMinor,
    currency,
    issuedAtS: uint32,
    lifetimeS: upTo(3600, 1),
  }),
  tariff: fc.record({
    tariffVersion: uint32,
    currency,
    validFromS: uint32,
    products: fc.uniqueArray(product, { minLength: 1, maxLength: PRODUCTS_MAX, selector: (one) => one.id }),
  }),
  'issue-request': fc.record({ requestId: idOf(RequestId), productId: uint32 }),
  'issue-answer': fc.oneof(
    fc.record({
      requestId: idOf(RequestId),
      refusal: fc.constant('none' as const),
      code: fc.uint8Array({ minLength: 1, maxLength: 180 }),
    }),
    fc.record({
      requestId: idOf(RequestId),
      refusal: fc.constantFrom(...REFUSALS),
      code: fc.constant(new Uint8Array(0)),
    }),
  ),
  check: fc
    .record({
      paymentId,
      nonce,
      round,
      codeHash,
      counter: uint32,
      amountMinor,
      currency,
      tariffVersion: uint32,
      units: upTo(UNITS_MAX, 1),
      reserveMs: upTo(3_600_000, 1),
      asked: presenceAsked,
    })
    .map(({ asked, ...rest }) => ({ ...rest, ...asked })),
  'check-answer': fc.record({
    paymentId,
    nonce,
    round,
    codeHash,
    amountMinor,
    currency,
    verdict: fc.constantFrom('ready' as const, ...REFUSALS),
    boot,
    monotonicMs: milliseconds,
    wallS: uint32,
    tariffVersion: uint32,
    machineState,
  }),
  presence: fc.record({ paymentId, method: fc.constant('button' as const), monotonicMs: milliseconds }),
  release: fc.record({ paymentId, reason: textOf(32) }),
  command: fc.record({
    commandId,
    paymentId,
    boot,
    deadlineMs: milliseconds,
    grant: fc.constantFrom('paid' as const, 'free' as const),
    productId: uint32,
    units: upTo(UNITS_MAX, 1),
    maxDurationS: upTo(DURATION_S_MAX, 1),
  }),
  stop: fc.record({ commandId, paymentId }),
  query: fc.record({ commandId, paymentId }),
  started: fc.record({ commandId, paymentId, boot, monotonicMs: milliseconds }),
  progress: fc.record({ commandId, paymentId, deliveredUnits: upTo(UNITS_MAX) }),
  outcome: fc
    .record({ commandId, paymentId, delivery, evidence: evidenceOf, reason: textOf(40), sequence: uint32 })
    .map((drawn) => {
      const { delivery: counts, ...rest } = drawn
      return { ...rest, ...counts }
    }),
  'outcome-ack': fc.record({ commandId, sequence: uint32 }),
  hello: fc.record({
    boot,
    counter: uint32,
    tariffVersion: uint32,
    machineState,
    monotonicMs: milliseconds,
    wallS: uint32,
    unacknowledged: uint32,
  }),
  retire: fc.record({ retirementId: idOf(RetirementId) }),
  retired: fc.record({ retirementId: idOf(RetirementId) }),
}

export function arbitraryMessage(name: MessageName): fc.Arbitrary<Message> {
  return fc.tuple(idOf(ChipId), own[name] as fc.Arbitrary<object>).map(([chipId, fields]) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table above holds each to its own message
    return { name, chipId, ...fields } as Message
  })
}

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  ...MESSAGE_NAMES.map((name) => arbitraryMessage(name)),
)
