import type { BankRecord } from '../bank-books.ts'
import type { Observed } from '../observed.ts'

const FIRST_LETTERS = new Set(['t', 'h'])

/** The payment behind each of the bank's records: first orders bear its id, later ones name an earlier order. */
export function recordsByPayment(observed: Observed): ReadonlyMap<string, readonly Readonly<BankRecord>[]> {
  const byId = new Map(observed.bankRecords.map((record) => [record.orderId, record]))
  const paymentOf = (record: Readonly<BankRecord>, depth = 0): string => {
    if (FIRST_LETTERS.has(record.orderId.charAt(0))) return record.orderId.slice(1)
    const original = byId.get(record.originalOrderId)
    return original && depth < 3 ? paymentOf(original, depth + 1) : ''
  }
  return Map.groupBy(observed.bankRecords, (record) => paymentOf(record))
}

export interface Balance {
  readonly settledMinor: bigint
  readonly backMinor: bigint
  readonly reversedMinor: bigint
  /** What the merchant has of it in the end. */
  readonly keptMinor: bigint
  readonly heldMinor: bigint
}

/** What the bank's ledger says in the end of one payment's money. */
export function balanceOf(records: readonly Readonly<BankRecord>[]): Balance {
  const settled = records.filter((record) => record.status === 'settled')
  const sum = (kinds: readonly string[], of: (record: Readonly<BankRecord>) => bigint): bigint =>
    settled.filter(({ kind }) => kinds.includes(kind)).reduce((total, record) => total + of(record), 0n)
  const settledMinor = sum(['transfer', 'capture'], (record) => record.settledMinor)
  const backMinor = sum(['refund'], (record) => record.settledMinor)
  const reversedMinor = sum(['transfer', 'capture'], (record) => record.reversedMinor)
  return {
    settledMinor,
    backMinor,
    reversedMinor,
    keptMinor: settledMinor - backMinor - reversedMinor,
    heldMinor: sum(['hold'], (record) => record.heldMinor),
  }
}
