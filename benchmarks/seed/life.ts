import { BootId, ChipId, CommandId, Nonce } from '#protocol/identifier.ts'
import { chainHash, CHAIN_START, claimedEntryText } from '#system/payment/chain.ts'
import { newPayment } from '#system/payment/claim.ts'
import { encodeEvent } from '#system/payment/codec.ts'
import type { Posting } from '#system/payment/effect.ts'
import type { BankAnswer, Event, Fact, FreshIds } from '#system/payment/event.ts'
import type { EndReason } from '#system/payment/reason.ts'
import type { ClaimedCode, Order, Outcome, Payment } from '#system/payment/state.ts'
import { DEFAULT_TIMES } from '#system/payment/times.ts'
import { transition } from '#system/payment/transition.ts'
import { awaitedOrder } from '#system/payment/transition-pay.ts'
import { dueAtMs } from '#system/payment/waiting.ts'
import type { Chance } from './chance.ts'
import type { SeededMachine } from './fleet.ts'

const HASH_BYTES = 32
const CODE_LIFE_MS = 120_000
/** A code as it is kept: its bytes say nothing to anybody here, but they have their length. */
const CODE_BYTES = 150
const STEPS_MAX = 200
/** So long before the claim the chip had booted. */
const BOOTED_BEFORE_MS = 1000 * 1000

export interface JournalRow {
  readonly version: number
  readonly atMs: number
  readonly eventText: string
  readonly previousHash: string
  readonly hash: string
  readonly newOrders: readonly Order[]
  readonly postings: readonly Posting[]
}

export interface LifeSetting {
  readonly machine: SeededMachine
  readonly deviceId: string
  readonly payerId: string
  readonly claimedAtMs: number
  /** Nothing is told after it: whoever is under way then stays unfinished. */
  readonly untilMs: number
}

/**
 * One payment from its claim on, pushed from fact to fact through the product's own `transition`, and journaled as the
 * engine does it: what changes nothing is no entry.
 */
export class Life {
  readonly #chance: Chance
  readonly #setting: LifeSetting
  readonly #boot: string
  payment: Payment
  nowMs: number
  enabled = true
  readonly rows: JournalRow[] = []

  constructor(chance: Chance, setting: LifeSetting) {
    this.#chance = chance
    this.#setting = setting
    this.nowMs = setting.claimedAtMs
    this.#boot = BootId.of(chance.id(BootId.lengthBytes))
    const { record } = setting.machine
    const product = record.tariff?.products[chance.below(record.tariff.products.length)]
    if (record.tariff === null || product === undefined) throw new Error('the machine sells nothing')
    const hold = product.mode === 'hold'
    const printed = record.presence !== 'words'
    const { payment } = newPayment(
      {
        record,
        purchase: {
          productId: product.id,
          goods: product.name,
          mode: product.mode,
          amountMinor: hold ? product.holdMinor : product.priceMinor,
          currency: record.tariff.currency,
          units: product.units,
          unit: product.unit,
          unitPriceMinor: hold ? product.priceMinor : 0n,
          maxDurationMs: product.maxDurationS * 1000,
          tariffVersion: record.tariff.tariffVersion,
        },
        ...(printed ? {} : { code: this.#code() }),
      },
      {
        source: { kind: 'printed', chipId: ChipId.of(record.chipId), productId: product.id },
        deviceId: setting.deviceId,
        network: '',
      },
      {
        ports: {
          clock: { nowMs: () => this.nowMs, after: () => () => undefined },
          random: (bytes) => chance.id(bytes),
        },
        times: DEFAULT_TIMES,
        fresh: this.#fresh(),
      },
    )
    this.payment = payment
    this.rows.push({
      version: 1,
      atMs: this.nowMs,
      eventText: claimedEntryText(payment),
      previousHash: CHAIN_START,
      hash: payment.chainHash,
      newOrders: [],
      postings: [],
    })
  }

  #fresh(): FreshIds {
    const nonce = Nonce.of(this.#chance.id(Nonce.lengthBytes))
    return { nonce, orderId: this.#chance.id(16), commandId: CommandId.of(this.#chance.id(16)) }
  }

  #code(): ClaimedCode {
    return {
      codeHash: this.#chance.id(HASH_BYTES),
      codeBase64: Buffer.from(this.#chance.id(CODE_BYTES), 'hex').toString('base64'),
      boot: this.#boot,
      counter: this.#chance.below(100_000),
      expiresAtMs: this.nowMs + CODE_LIFE_MS,
    }
  }

  tell(fact: Fact, laterMs = 0): void {
    const before = this.payment
    this.nowMs += Math.round(laterMs)
    if (this.nowMs > this.#setting.untilMs) return
    const event: Event = { ...fact, atMs: this.nowMs, fresh: this.#fresh(), enabled: this.enabled }
    const step = transition(before, event)
    if (step.payment === before) return
    const eventText = encodeEvent(event)
    const version = before.version + 1
    const hash = chainHash(before.chainHash, version, eventText)
    this.payment = { ...step.payment, version, chainHash: hash }
    this.rows.push({
      version,
      atMs: this.nowMs,
      eventText,
      previousHash: before.chainHash,
      hash,
      newOrders: step.payment.orders.slice(before.orders.length),
      postings: step.postings,
    })
  }

  /** The chip issues the code that a printed one asked for. */
  issue(): void {
    const { purchase, state } = this.payment
    if (state !== 'issuing') return
    const { amountMinor, currency, tariffVersion, productId } = purchase
    this.tell(
      { kind: 'code-issued', code: this.#code(), amountMinor, currency, tariffVersion, productId },
      this.#about(300),
    )
  }

  answer(changes: Partial<Extract<Fact, { kind: 'check-answered' }>> = {}): void {
    this.issue()
    const { check, code, purchase } = this.payment
    if (!check || !code) return
    this.nowMs += this.#about(250)
    const { nonce, round } = check
    const { codeHash } = code
    const { amountMinor, currency, tariffVersion } = purchase
    this.tell({
      kind: 'check-answered',
      nonce,
      round,
      codeHash,
      amountMinor,
      currency,
      tariffVersion,
      verdict: 'ready',
      boot: this.#boot,
      monotonicMs: BOOTED_BEFORE_MS + this.nowMs - this.#setting.claimedAtMs,
      ...changes,
    })
  }

  /** Up to where the payer is asked, presence shown. */
  untilConfirming(): void {
    this.answer()
    const { method, text } = this.payment.presence
    if (this.payment.state !== 'presence' || method === 'none' || method === 'words') return
    this.tell({ kind: 'presence-shown', method, text }, this.#about(6000))
    this.answer()
  }

  approve(granted = true): void {
    const mandateId = this.#chance.id(16)
    this.tell({ kind: 'approval-asked', mandateId }, this.#about(4000))
    this.answer()
    this.tell({ kind: 'approval-answered', mandateId, granted }, this.#about(20_000))
  }

  untilRechecking(): void {
    this.untilConfirming()
    if (this.#chance.chance(0.15)) this.approve()
    this.nowMs += this.#about(7000)
    const method = this.#chance.chance(0.8) ? 'passkey' : 'pin'
    const confirmation = { method, boundHash: this.#chance.id(HASH_BYTES), atMs: this.nowMs } as const
    const mandateId = this.payment.approval?.mandateId ?? this.#chance.id(16)
    this.tell({ kind: 'confirmed', payerId: this.#setting.payerId, mandateId, confirmation })
  }

  untilPaying(): void {
    this.untilRechecking()
    this.answer()
  }

  bank(answer: BankAnswer, laterMs = this.#about(600)): void {
    const orderId = this.payment.orders.at(-1)?.orderId ?? ''
    this.tell({ kind: 'bank-answered', orderId, answer }, laterMs)
  }

  /** The bank's yes to the last order; or to so much of it, with so much taken back. */
  settle(
    other: { readonly amountMinor?: bigint; readonly reversedMinor?: bigint; readonly laterMs?: number } = {},
  ): void {
    const { amountMinor = this.payment.orders.at(-1)?.amountMinor ?? 0n, reversedMinor = 0n, laterMs } = other
    const { currency } = this.payment.purchase
    const bankReference = `B${this.#chance.id(8).toUpperCase()}`
    this.bank({ kind: 'settled', amountMinor, currency, bankReference, reversedMinor }, laterMs)
  }

  reject(endReason: EndReason, because: string): void {
    this.bank({ kind: 'rejected', because, endReason })
  }

  untilCommanding(): void {
    this.untilPaying()
    this.settle()
  }

  untilRunning(): void {
    this.untilCommanding()
    const { command } = this.payment
    if (command) this.tell({ kind: 'started', commandId: command.commandId }, this.#about(400))
  }

  report(
    changes: Partial<Outcome> = {},
    from: { readonly revoked?: boolean; readonly laterMs?: number } = {},
  ): void {
    const { command, purchase } = this.payment
    if (!command) return
    this.nowMs += from.laterMs ?? Math.round(purchase.maxDurationMs * (0.2 + 0.7 * this.#chance.unit()))
    const { units } = purchase
    const outcome: Outcome = {
      result: 'delivered',
      deliveredMin: units,
      deliveredMax: units,
      ordered: units,
      evidence: 'sensor',
      reason: '',
      sequence: 1,
      atMs: this.nowMs,
      ...changes,
    }
    const { commandId } = command
    this.tell({ kind: 'outcome-reported', commandId, outcome, fromRevokedChip: from.revoked ?? false })
  }

  /** Time passes until it next matters, and then. */
  wait(): void {
    const due = dueAtMs(this.payment)
    if (due === undefined) return
    this.nowMs = Math.max(this.nowMs, Math.ceil(due))
    this.tell({ kind: 'time-passed' })
  }

  waitUntil(reached: (payment: Payment) => boolean): void {
    for (let step = 0; step < STEPS_MAX && !reached(this.payment) && !this.isOver; step += 1) this.wait()
  }

  get isOver(): boolean {
    return this.nowMs > this.#setting.untilMs
  }

  /** What is left goes well: the bank says yes, and time does the rest. */
  finish(): void {
    for (let step = 0; step < STEPS_MAX && !this.isOver; step += 1) {
      if (dueAtMs(this.payment) === undefined) return
      if (awaitedOrder(this.payment)) this.settle()
      else this.wait()
    }
  }

  #about(meanMs: number): number {
    return Math.round(meanMs * (0.5 + this.#chance.unit()))
  }
}
