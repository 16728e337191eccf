import { BootId, ChipId, CommandId, Nonce, PaymentId } from '#protocol/identifier.ts'
import { currencyOf } from '#protocol/money.ts'
import { CHAIN_START } from './chain.ts'
import type { BankAnswer, Event, Fact } from './event.ts'
import type { Effect } from './effect.ts'
import { orderOf } from './step.ts'
import type { Outcome, Payment, Presence, Purchase } from './state.ts'
import { DEFAULT_TIMES } from './times.ts'
import { transition } from './transition.ts'
import { beginCheck } from './transition-claim.ts'

/** A payment that tests push from fact to fact, with everything that came of it. */

export const EUR = currencyOf('EUR')
const BOOT = BootId.of('b0'.repeat(8))
const START_MS = 1_750_000_000_000

export const WASH: Purchase = {
  productId: 1,
  goods: 'Wash 40',
  mode: 'sale',
  amountMinor: 250n,
  currency: EUR,
  units: 1,
  unit: 'wash',
  unitPriceMinor: 0n,
  maxDurationMs: 60_000,
  tariffVersion: 3,
}
export const SNACKS: Purchase = { ...WASH, goods: 'Three bars', units: 3, amountMinor: 400n, unit: 'piece' }
export const CHARGE: Purchase = {
  ...WASH,
  goods: 'Charging',
  mode: 'hold',
  amountMinor: 2000n,
  units: 100,
  unit: 'Wh',
  unitPriceMinor: 20n,
}
const WORDS: Presence = { method: 'words', text: 'amber river', satisfied: true, wrongTries: 0 }

/** The outcome of a run of `ordered` units; complete unless told otherwise. */
export function outcomeOf(ordered: number, changes: Partial<Outcome> = {}): Outcome {
  return {
    result: 'delivered',
    deliveredMin: ordered,
    deliveredMax: ordered,
    ordered,
    evidence: 'sensor',
    reason: '',
    sequence: 1,
    atMs: START_MS,
    ...changes,
  }
}

export class Example {
  payment: Payment
  nowMs = START_MS
  readonly effects: Effect[] = []
  readonly history: Payment[] = []
  debitMinor = 0n
  creditMinor = 0n
  readonly #balances = new Map<string, bigint>()
  enabled = true
  #fresh = 0

  constructor(purchase: Purchase = WASH, presence: Presence = WORDS) {
    const bare: Payment = {
      paymentId: PaymentId.of('aa'.repeat(16)),
      version: 1,
      chainHash: CHAIN_START,
      state: 'issuing',
      payee: { merchantId: 'suds', name: 'Suds', iban: 'DE00' },
      machineId: 'washer-1',
      chipId: ChipId.of('c1'.repeat(8)),
      deviceId: 'device-1',
      claimedAtMs: START_MS,
      times: DEFAULT_TIMES,
      code: {
        codeHash: '11'.repeat(32),
        codeBase64: 'AA',
        boot: BOOT,
        counter: 7,
        expiresAtMs: START_MS + 120_000,
      },
      purchase,
      presence,
      orders: [],
      deliveredSoFar: 0,
      lossMinor: 0n,
      reversedMinor: 0n,
      stateSinceMs: START_MS,
      lastSentAtMs: START_MS,
      sends: 1,
    }
    const step = beginCheck(bare, this.event({ kind: 'time-passed' }))
    this.payment = step.payment
    this.effects.push(...step.effects)
  }

  event(fact: Fact): Event {
    this.#fresh += 1
    const hex = this.#fresh.toString(16).padStart(32, '0')
    const fresh = { nonce: Nonce.of(hex), orderId: hex, commandId: CommandId.of(hex) }
    return { ...fact, atMs: this.nowMs, fresh, enabled: this.enabled }
  }

  /** Applies the fact after `laterMs`; returns the effects that it had. */
  tell(fact: Fact, laterMs = 0): readonly Effect[] {
    this.nowMs += laterMs
    const before = this.payment
    const step = transition(before, this.event(fact))
    if (step.payment !== before) this.history.push(step.payment)
    this.payment = step.payment
    this.effects.push(...step.effects)
    for (const posting of step.postings) {
      this.debitMinor += posting.debitMinor
      this.creditMinor += posting.creditMinor
      const addedMinor = posting.debitMinor - posting.creditMinor
      this.#balances.set(posting.account, this.balanceMinor(posting.account) + addedMinor)
    }
    return step.effects
  }

  /** Debits less credits. */
  balanceMinor(account: string): bigint {
    return this.#balances.get(account) ?? 0n
  }

  /** What stands in the books in the end; what is zero is left out. */
  books(): Readonly<Record<string, bigint>> {
    const named = [...this.#balances].map(([account, minor]) => [account.replace(/^.*:/, ''), minor] as const)
    return Object.fromEntries(named.filter(([, minor]) => minor !== 0n))
  }

  answerCheck(
    changes: Partial<Extract<Fact, { kind: 'check-answered' }>> = {},
    laterMs = 100,
  ): readonly Effect[] {
    const { check, code, purchase } = this.payment
    if (!check || !code) throw new Error('no check is open')
    const fact = {
      kind: 'check-answered',
      nonce: check.nonce,
      round: check.round,
      codeHash: code.codeHash,
      amountMinor: purchase.amountMinor,
      currency: purchase.currency,
      tariffVersion: purchase.tariffVersion,
      verdict: 'ready',
      boot: BOOT,
      monotonicMs: this.nowMs - START_MS + 5000,
      ...changes,
    } as const
    return this.tell(fact, laterMs)
  }

  confirm(laterMs = 1000): readonly Effect[] {
    const confirmation = {
      method: 'passkey',
      boundHash: '22'.repeat(32),
      atMs: this.nowMs + laterMs,
    } as const
    return this.tell(
      { kind: 'confirmed', payerId: 'payer-1', mandateId: '33'.repeat(16), confirmation },
      laterMs,
    )
  }

  bank(answer: BankAnswer, laterMs = 200): readonly Effect[] {
    const order = this.payment.orders.at(-1)
    return this.tell({ kind: 'bank-answered', orderId: order?.orderId ?? '', answer }, laterMs)
  }

  settle(laterMs = 200): readonly Effect[] {
    const amountMinor = this.payment.orders.at(-1)?.amountMinor ?? 0n
    return this.bank(
      { kind: 'settled', amountMinor, currency: EUR, bankReference: 'REF1', reversedMinor: 0n },
      laterMs,
    )
  }

  /** The bank took back so much of what was paid, all told. */
  reverse(reversedMinor: bigint, laterMs = 200): readonly Effect[] {
    const paid = orderOf(this.payment, 'transfer', 'capture')
    const { orderId = '', amountMinor = 0n } = paid ?? {}
    const answer = {
      kind: 'settled',
      amountMinor,
      currency: EUR,
      bankReference: 'REF1',
      reversedMinor,
    } as const
    return this.tell({ kind: 'bank-answered', orderId, answer }, laterMs)
  }

  reject(laterMs = 200): readonly Effect[] {
    return this.bank({ kind: 'rejected', because: 'AM09', endReason: 'bank-refused' }, laterMs)
  }

  started(laterMs = 200): readonly Effect[] {
    return this.tell({ kind: 'started', commandId: this.commandId() }, laterMs)
  }

  outcome(changes: Partial<Outcome> = {}, laterMs = 1000): readonly Effect[] {
    const outcome = outcomeOf(this.payment.purchase.units, changes)
    return this.tell(
      { kind: 'outcome-reported', commandId: this.commandId(), outcome, fromRevokedChip: false },
      laterMs,
    )
  }

  commandId(): CommandId {
    return this.payment.command?.commandId ?? CommandId.of('ff'.repeat(16))
  }

  /** Up to the order that waits for the bank. */
  untilPaying(): this {
    this.answerCheck()
    this.confirm()
    this.answerCheck()
    return this
  }

  untilCommanding(): this {
    this.untilPaying().settle()
    return this
  }

  untilRunning(): this {
    this.untilCommanding().started()
    return this
  }

  refundOrder() {
    return orderOf(this.payment, 'refund')
  }
}
