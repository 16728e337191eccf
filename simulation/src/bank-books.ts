import type { OrderKind } from '#system/payment/state.ts'

/** One side of a double entry at the bank: `+` is credit to the account, `-` debit; a booking's legs add up to zero. */
export interface Leg {
  readonly account: string
  readonly amountMinor: bigint
}

export interface Booking {
  readonly atMs: number
  readonly orderId: string
  readonly kind: OrderKind | 'reversal' | 'hold-expiry'
  readonly currency: string
  readonly legs: readonly Leg[]
}

/** An order as it reached the bank. */
export interface BankRecord {
  readonly orderId: string
  readonly kind: OrderKind
  /** Everything that was asked, to the byte. */
  readonly bytes: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly mandateId: string
  readonly creditorIban: string
  readonly originalOrderId: string
  readonly reason: string
  readonly validUntilMs: number
  readonly expiresAtMs: number
  readonly receivedAtMs: number
  status: 'pending' | 'settled' | 'rejected'
  /** When it became settled or rejected. */
  finalAtMs: number
  because: string
  settledMinor: bigint
  refundedMinor: bigint
  reversedMinor: bigint
  reservedMinor: bigint
  heldMinor: bigint
}

/**
 * The simulated bank's own ledger: nothing of it is the system's code, so that the two can be held against each other.
 * All times are the system's, in epoch ms.
 */
export class BankBooks {
  readonly records = new Map<string, BankRecord>()
  readonly bookings: Booking[] = []
  /** The same id asked for with other bytes: never answered, and a violation (I12). */
  readonly conflicts: { readonly orderId: string; readonly bytes: string }[] = []

  book(booking: Booking): void {
    this.bookings.push({ ...booking, legs: booking.legs.filter((leg) => leg.amountMinor !== 0n) })
  }

  /** Transfer and hold: the payer has the money, the mandate was looked at. */
  pay(record: BankRecord, settledMinor: bigint, atMs: number): void {
    const { orderId, kind, currency, creditorIban, mandateId } = record
    const held = kind === 'hold'
    record.status = 'settled'
    record.finalAtMs = atMs
    record.settledMinor = settledMinor
    if (held) record.heldMinor = settledMinor
    else record.reservedMinor = settledMinor
    const target = held ? `held:${mandateId}` : `reserved:${creditorIban}`
    this.book({
      atMs,
      orderId,
      kind,
      currency,
      legs: [
        { account: `payer:${mandateId}`, amountMinor: -settledMinor },
        { account: target, amountMinor: settledMinor },
      ],
    })
  }

  reject(record: BankRecord, because: string, atMs: number): void {
    record.status = 'rejected'
    record.finalAtMs = atMs
    record.because = because
  }

  /** Capture, release, refund, reserve-release: decided here and now. */
  decideLater(record: BankRecord, atMs: number): void {
    const original = this.records.get(record.originalOrderId)
    const refusal = original === undefined ? 'NOOR' : this.#carryOut(record, original, atMs)
    if (refusal !== null) this.reject(record, refusal, atMs)
    else {
      record.status = 'settled'
      record.finalAtMs = atMs
    }
  }

  #carryOut(record: BankRecord, original: BankRecord, atMs: number): string | null {
    switch (record.kind) {
      case 'capture':
        return this.#capture(record, original, atMs)
      case 'release':
        if (original.heldMinor === 0n) return 'NOOR'
        record.settledMinor = original.heldMinor
        this.closeHold(original, { orderId: record.orderId, kind: 'release', atMs })
        return null
      case 'refund':
        return this.#payBack(record, original, atMs)
      case 'reserve-release':
        return this.#freeReserve(record, original, atMs)
      case 'transfer':
      case 'hold':
        return 'NOOR'
    }
    return record.kind satisfies never
  }

  #capture(record: BankRecord, hold: BankRecord, atMs: number): string | null {
    if (hold.heldMinor === 0n) return 'NOOR'
    if (record.amountMinor > hold.heldMinor) return 'AM09'
    const { orderId, currency, amountMinor } = record
    const rest = hold.heldMinor - amountMinor
    this.book({
      atMs,
      orderId,
      kind: 'capture',
      currency,
      legs: [
        { account: `held:${hold.mandateId}`, amountMinor: -hold.heldMinor },
        { account: `payer:${hold.mandateId}`, amountMinor: rest },
        { account: `reserved:${hold.creditorIban}`, amountMinor },
      ],
    })
    hold.heldMinor = 0n
    record.settledMinor = amountMinor
    record.reservedMinor = amountMinor
    return null
  }

  closeHold(hold: BankRecord, by: { orderId: string; kind: 'release' | 'hold-expiry'; atMs: number }): void {
    const { heldMinor, currency, mandateId } = hold
    this.book({
      ...by,
      currency,
      legs: [
        { account: `held:${mandateId}`, amountMinor: -heldMinor },
        { account: `payer:${mandateId}`, amountMinor: heldMinor },
      ],
    })
    hold.heldMinor = 0n
  }

  #payerOf(paid: BankRecord): string {
    return paid.kind === 'capture'
      ? (this.records.get(paid.originalOrderId)?.mandateId ?? '')
      : paid.mandateId
  }

  #creditorOf(paid: BankRecord): string {
    return paid.kind === 'capture'
      ? (this.records.get(paid.originalOrderId)?.creditorIban ?? '')
      : paid.creditorIban
  }

  #payBack(record: BankRecord, paid: BankRecord, atMs: number): string | null {
    const leftMinor = paid.settledMinor - paid.refundedMinor - paid.reversedMinor
    if (paid.status !== 'settled' || record.amountMinor > leftMinor) return 'AM09'
    this.#giveBack(paid, { orderId: record.orderId, kind: 'refund', amountMinor: record.amountMinor, atMs })
    record.settledMinor = record.amountMinor
    paid.refundedMinor += record.amountMinor
    return null
  }

  #giveBack(
    paid: BankRecord,
    by: { orderId: string; kind: 'refund' | 'reversal'; amountMinor: bigint; atMs: number },
  ): void {
    const { orderId, kind, amountMinor, atMs } = by
    const iban = this.#creditorOf(paid)
    const fromReserve = amountMinor < paid.reservedMinor ? amountMinor : paid.reservedMinor
    paid.reservedMinor -= fromReserve
    this.book({
      atMs,
      orderId,
      kind,
      currency: paid.currency,
      legs: [
        { account: `reserved:${iban}`, amountMinor: -fromReserve },
        { account: `merchant:${iban}`, amountMinor: fromReserve - amountMinor },
        { account: `payer:${this.#payerOf(paid)}`, amountMinor },
      ],
    })
  }

  #freeReserve(record: BankRecord, paid: BankRecord, atMs: number): string | null {
    const amountMinor = paid.reservedMinor
    if (amountMinor === 0n) return 'NOOR'
    paid.reservedMinor = 0n
    record.settledMinor = amountMinor
    const iban = this.#creditorOf(paid)
    this.book({
      atMs,
      orderId: record.orderId,
      kind: 'reserve-release',
      currency: paid.currency,
      legs: [
        { account: `reserved:${iban}`, amountMinor: -amountMinor },
        { account: `merchant:${iban}`, amountMinor },
      ],
    })
    return null
  }

  /** The bank takes back what is left of a settled payment, or so many tenths of it. False when nothing is left. */
  reverse(paid: BankRecord, atMs: number, tenths = 10): boolean {
    const leftMinor = paid.settledMinor - paid.refundedMinor - paid.reversedMinor
    const amountMinor = (leftMinor * BigInt(tenths)) / 10n
    if (paid.status !== 'settled' || amountMinor <= 0n) return false
    this.#giveBack(paid, { orderId: paid.orderId, kind: 'reversal', amountMinor, atMs })
    paid.reversedMinor += amountMinor
    return true
  }
}
