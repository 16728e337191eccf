import type { Bank, BankOrder, MandateRequest, MandateStatus } from '#system/bank/port.ts'
import type { BankAnswer } from '#system/payment/event.ts'
import type { EndReason } from '#system/payment/reason.ts'
import { DEFAULT_TIMES } from '#system/payment/times.ts'
import { BankBooks, type BankRecord } from './bank-books.ts'
import type { Random } from './random.ts'
import { EPOCH_MS } from './registry.ts'
import type { VirtualTime } from './time.ts'
import type { Trace } from './trace.ts'
import type { Weather } from './weather.ts'

const WAY_MEAN_MS = 30
const SLOW_MEAN_MS = 3000
const SETTLE_MEAN_MS = 120
const PENDING_MEAN_MS = 4000
const LATE_MEAN_MS = 240_000
const REVERSED_AFTER_MEAN_MS = 120_000
const REVERSED_SOON_MEAN_MS = 3000
const NOTIFY_AGAIN_MS = 5000
const NOTIFICATIONS_MAX = 2000
const REFUSALS = ['AM04', 'AM14', 'MD01', 'AC04'] as const

/** ISO 20022 reason codes as the payment understands them. */
const END_REASON: Readonly<Record<string, EndReason>> = {
  AM04: 'bank-no-money',
  AM14: 'bank-limit',
  MD01: 'bank-mandate-invalid',
  DT01: 'bank-never-received',
}

const UNKNOWN: BankAnswer = { kind: 'unknown' }

export interface BankWorld {
  readonly time: VirtualTime
  readonly random: Random
  readonly weather: Weather
  readonly trace: Trace
}

type Notify = (orderId: string) => Promise<boolean>

/**
 * A bank with its own ledger, and all that banks and the way to them can do: slow, silent, requests and answers lost,
 * doubled or late, refusing, reversing, settling after everyone gave up. What it decides it decides once.
 */
export class SimulatedBank {
  readonly books = new BankBooks()
  readonly #mandates = new Map<string, MandateStatus['status']>()
  readonly #world: BankWorld
  #silentUntilMs = 0
  #notify: Notify = async () => true

  constructor(world: BankWorld) {
    this.#world = world
  }

  /** How the bank reaches the system; false when it did not. */
  onNews(notify: Notify): void {
    this.#notify = notify
  }

  #nowMs(): number {
    return EPOCH_MS + this.#world.time.nowMs()
  }

  fallSilent(forMs: number): void {
    this.#world.weather.tell('bank silent')
    this.#silentUntilMs = Math.max(this.#silentUntilMs, this.#world.time.nowMs() + forMs)
  }

  speakAgain(): void {
    this.#silentUntilMs = 0
  }

  /** The customer at the bank's own page. */
  decideMandate(mandateId: string, status: 'valid' | 'rejected' | 'revokedByPsu'): void {
    this.#world.trace.add('mandate', mandateId, status)
    this.#mandates.set(mandateId, status)
  }

  /** One node's way to the bank. */
  line(isAlive: () => boolean): Bank {
    return {
      submit: (order) => this.#request(isAlive, () => answerOf(this.#receive(order)), UNKNOWN),
      ask: (order) =>
        this.#request(isAlive, () => answerOf(this.books.records.get(order.order.orderId)), UNKNOWN),
      requestMandate: (request) => this.#request(isAlive, () => this.#offerMandate(request), null),
      mandateStatus: (mandateId) => this.#request(isAlive, () => this.#mandateStatus(mandateId), null),
    }
  }

  /** There and back, each way slow or lost; the one who asks waits no longer than it may. */
  #request<Answer>(isAlive: () => boolean, act: () => Answer, unknown: Answer): Promise<Answer> {
    const { time, random, weather } = this.#world
    const faults = weather.profile.bank
    return new Promise((resolve) => {
      const tell = (answer: Answer): void => {
        if (isAlive()) resolve(answer)
      }
      time.after(DEFAULT_TIMES.bankRequestMs, () => tell(unknown))
      if (random.chance(faults.lostRequest)) return weather.tell('bank request lost')
      const copies = random.chance(faults.double) ? 2 : 1
      if (copies === 2) weather.tell('bank request doubled')
      for (let copy = 0; copy < copies; copy += 1) {
        time.after(this.#wayMs(), () => {
          if (time.nowMs() < this.#silentUntilMs) return
          const answer = act()
          if (random.chance(faults.lostAnswer)) return weather.tell('bank answer lost')
          time.after(this.#wayMs(), () => tell(answer))
        })
      }
    })
  }

  #wayMs(): number {
    const { random, weather } = this.#world
    const slow = random.chance(weather.profile.bank.slow)
    if (slow) weather.tell('bank slow')
    return random.waitMs(slow ? SLOW_MEAN_MS : WAY_MEAN_MS)
  }

  #offerMandate({ mandateId }: MandateRequest): { redirectUrl: string } {
    if (!this.#mandates.has(mandateId)) this.#mandates.set(mandateId, 'received')
    return { redirectUrl: `https://bank.example.org/approve/${mandateId}` }
  }

  #mandateStatus(mandateId: string): MandateStatus | null {
    const status = this.#mandates.get(mandateId)
    if (status === undefined) return null
    return { status, scope: 'recurring', perPayment: null, validUntilMs: null, debtorPseudonym: mandateId }
  }

  #receive(request: BankOrder): BankRecord {
    const { books } = this
    const bytes = bytesOf(request)
    const known = books.records.get(request.order.orderId)
    if (known) {
      if (known.bytes !== bytes) books.conflicts.push({ orderId: known.orderId, bytes })
      return known
    }
    const record = recordOf(request, bytes, this.#nowMs())
    books.records.set(record.orderId, record)
    this.#world.trace.add('bank', record.orderId, bytes)
    const first = record.kind === 'transfer' || record.kind === 'hold'
    if (first) this.#decidePayment(record)
    else this.#decideLater(record)
    return record
  }

  #decidePayment(record: BankRecord): void {
    const { time, random, weather } = this.#world
    const faults = weather.profile.bank
    const refusal = this.#refusalOf(record)
    if (refusal !== null) {
      this.books.reject(record, refusal, this.#nowMs())
      return this.#news(record)
    }
    const late = random.chance(faults.settleLate)
    const pending = random.chance(faults.pending)
    if (late) weather.tell('bank settles late')
    else if (pending) weather.tell('bank order pending')
    const wrong = random.chance(faults.wrongAmount)
    if (wrong) weather.tell('bank settles another amount', record.orderId)
    const settledMinor = wrong ? record.amountMinor - 1n : record.amountMinor
    if (!late && !pending && random.chance(0.5)) return this.#settle(record, settledMinor)
    const meanMs = late ? LATE_MEAN_MS : pending ? PENDING_MEAN_MS : SETTLE_MEAN_MS
    time.after(random.waitMs(meanMs), () => this.#settle(record, settledMinor))
  }

  #refusalOf(record: BankRecord): string | null {
    const { random, weather } = this.#world
    if (this.#nowMs() > record.validUntilMs) return 'DT01'
    if (this.#mandates.get(record.mandateId) !== 'valid') return 'MD01'
    if (!random.chance(weather.profile.bank.refuse)) return null
    weather.tell('bank refuses', record.orderId)
    return random.pick(REFUSALS)
  }

  #settle(record: BankRecord, settledMinor: bigint): void {
    const { time } = this.#world
    this.books.pay(record, settledMinor, this.#nowMs())
    this.#news(record)
    if (record.kind === 'hold') time.after(record.expiresAtMs - this.#nowMs(), () => this.#expire(record))
    else this.#perhapsReverse(record)
  }

  #perhapsReverse(record: BankRecord): void {
    const { random, weather } = this.#world
    const { reverse, reverseWrong, reversePart } = weather.profile.bank
    const wrong = record.settledMinor !== record.amountMinor
    if (!random.chance(wrong ? reverseWrong : reverse)) return
    const part = !wrong && random.chance(reversePart)
    // Not seldom a part comes first, and the rest later.
    if (part) this.#reverseLater(record, random.between(1, 9))
    if (!part || random.chance(0.3)) this.#reverseLater(record)
  }

  /** Often within the seconds in which nothing runs yet. */
  #reverseLater(record: BankRecord, tenths?: number): void {
    const { time, random } = this.#world
    const meanMs = random.chance(0.5) ? REVERSED_SOON_MEAN_MS : REVERSED_AFTER_MEAN_MS
    time.after(random.waitMs(meanMs), () => this.#reverse(record, tenths))
  }

  #expire(hold: BankRecord): void {
    if (hold.heldMinor === 0n) return
    this.books.closeHold(hold, { orderId: hold.orderId, kind: 'hold-expiry', atMs: this.#nowMs() })
    this.#news(hold)
  }

  #reverse(record: BankRecord, tenths?: number): void {
    if (!this.books.reverse(record, this.#nowMs(), tenths)) return
    this.#world.weather.tell(tenths === undefined ? 'bank reverses' : 'bank reverses a part', record.orderId)
    this.#news(record)
  }

  #decideLater(record: BankRecord): void {
    const { time, random, weather } = this.#world
    const decide = (): void => {
      if (record.kind !== 'reserve-release' && random.chance(weather.profile.bank.refuseLater)) {
        weather.tell('bank refuses', record.orderId)
        this.books.reject(record, 'AC04', this.#nowMs())
      } else this.books.decideLater(record, this.#nowMs())
      if (record.kind === 'capture') this.#perhapsReverse(record)
      this.#news(record)
    }
    if (!random.chance(weather.profile.bank.pending)) return decide()
    weather.tell('bank order pending')
    time.after(random.waitMs(PENDING_MEAN_MS), decide)
  }

  /** Told again and again until the system has taken it. */
  #news(record: BankRecord): void {
    const { time, trace } = this.#world
    trace.add('bank', record.orderId, `${record.status} ${record.because} ${String(record.settledMinor)}`)
    const tell = async (tellings: number): Promise<void> => {
      if (tellings > NOTIFICATIONS_MAX || (await this.#notify(record.orderId))) return
      time.after(NOTIFY_AGAIN_MS, () => void tell(tellings + 1))
    }
    time.after(this.#wayMs(), () => void tell(1))
  }
}

function bytesOf({ order, ...rest }: BankOrder): string {
  const { status: _status, bankReference: _reference, rejectedBecause: _because, ...asked } = order
  return JSON.stringify({ ...rest, order: asked }, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

function recordOf(request: BankOrder, bytes: string, receivedAtMs: number): BankRecord {
  const { order, currency, mandateId, creditorIban, originalOrderId } = request
  return {
    orderId: order.orderId,
    kind: order.kind,
    bytes,
    amountMinor: order.amountMinor,
    currency,
    mandateId,
    creditorIban,
    originalOrderId: originalOrderId ?? '',
    reason: order.reason ?? '',
    validUntilMs: order.validUntilMs,
    expiresAtMs: order.expiresAtMs ?? 0,
    receivedAtMs,
    status: 'pending',
    finalAtMs: 0,
    because: '',
    settledMinor: 0n,
    refundedMinor: 0n,
    reversedMinor: 0n,
    reservedMinor: 0n,
    heldMinor: 0n,
  }
}

function answerOf(record: BankRecord | undefined): BankAnswer {
  if (record === undefined) return { kind: 'not-found' }
  if (record.status === 'pending') return { kind: 'pending' }
  if (record.status === 'rejected') {
    const endReason = END_REASON[record.because] ?? 'bank-refused'
    return { kind: 'rejected', because: record.because, endReason }
  }
  return {
    kind: 'settled',
    amountMinor: record.settledMinor,
    currency: record.currency as BankOrder['currency'],
    bankReference: `B-${record.orderId}`,
    reversedMinor: record.reversedMinor,
  }
}
