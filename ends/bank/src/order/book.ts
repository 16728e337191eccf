import type { Currency } from '#protocol/money.ts'
import type { Order } from './order.ts'

export type Role = 'available' | 'held' | 'reserved' | 'cash'

export interface Account {
  readonly accountId: bigint
  readonly iban: string
  readonly holder: 'customer' | 'merchant' | 'bank'
  readonly currency: Currency
  readonly closed: boolean
}

export interface LedgerAccount {
  readonly ledgerAccountId: bigint
  readonly accountId: bigint
  readonly role: Role
  readonly balanceMinor: bigint
}

/** A mandate as an order sees it; `live` is worked out at load time by the database's clock. */
export interface MandateTerms {
  readonly mandateId: string
  readonly live: boolean
  readonly scope: 'one-payment' | 'recurring' | null
  readonly accountId: bigint | null
  readonly currency: string
  readonly creditorName: string
  readonly onceEndToEndId: string | null
  readonly onceMinor: bigint | null
  readonly perPaymentMinor: bigint | null
  readonly perDayMinor: bigint | null
}

export interface Leg {
  readonly accountId: bigint
  readonly role: Role
  /** Above zero: credit; below zero: debit. */
  readonly amountMinor: bigint
}

export interface Entry {
  readonly entryId: bigint
  readonly kind: string
  readonly endToEndId: string | null
  readonly bankReference: string
  readonly currency: Currency
  readonly legs: readonly Leg[]
}

export interface BookContent {
  readonly lastEntryId: bigint
  readonly orders: readonly Order[]
  readonly mandates: readonly MandateTerms[]
  readonly mandateDays: readonly { mandateId: string; day: string; usedMinor: bigint }[]
  readonly accounts: readonly Account[]
  readonly ledgerAccounts: readonly LedgerAccount[]
}

/**
 * The part of the bank that one batch touches, in memory: loaded under the ledger's lock, changed by the decisions
 * one after the other, written back in a few statements. It does no I/O.
 */
export class Book {
  readonly orders = new Map<string, Order>()
  readonly mandates = new Map<string, MandateTerms>()
  readonly accounts = new Map<bigint, Account>()
  readonly added = new Set<string>()
  readonly changed = new Set<string>()
  readonly entries: Entry[] = []
  readonly notices: { kind: string; endToEndId: string }[] = []
  readonly usedDays = new Map<string, { mandateId: string; day: string; usedMinor: bigint }>()
  readonly #accountsByIban = new Map<string, Account>()
  readonly #balances = new Map<string, bigint>()
  readonly #ledgerAccountIds = new Map<string, bigint>()
  #lastEntryId: bigint

  constructor(content: BookContent) {
    this.#lastEntryId = content.lastEntryId
    for (const order of content.orders) this.orders.set(order.endToEndId, order)
    for (const mandate of content.mandates) this.mandates.set(mandate.mandateId, mandate)
    for (const day of content.mandateDays) this.usedDays.set(dayKey(day), day)
    for (const account of content.accounts) {
      this.accounts.set(account.accountId, account)
      this.#accountsByIban.set(account.iban, account)
    }
    for (const part of content.ledgerAccounts) {
      this.#balances.set(partKey(part), part.balanceMinor)
      this.#ledgerAccountIds.set(partKey(part), part.ledgerAccountId)
    }
  }

  accountByIban(iban: string): Account | undefined {
    return this.#accountsByIban.get(iban)
  }

  cashOf(currency: Currency): Account | undefined {
    return [...this.accounts.values()].find((a) => a.holder === 'bank' && a.currency === currency)
  }

  balanceMinor(part: { accountId: bigint; role: Role }): bigint {
    return this.#balances.get(partKey(part)) ?? 0n
  }

  ledgerAccountId(part: { accountId: bigint; role: Role }): bigint {
    const id = this.#ledgerAccountIds.get(partKey(part))
    if (id === undefined) throw new Error('a leg names a part of an account that is not in the book')
    return id
  }

  /** Books one entry; its legs must add up to zero, which the database checks once more. Legs of zero are dropped. */
  post(entry: Omit<Entry, 'entryId'>): void {
    const legs = entry.legs.filter((leg) => leg.amountMinor !== 0n)
    if (legs.length === 0) return
    this.#lastEntryId += 1n
    this.entries.push({ ...entry, legs, entryId: this.#lastEntryId })
    for (const leg of legs) {
      this.#balances.set(partKey(leg), this.balanceMinor(leg) + leg.amountMinor)
    }
  }

  add(order: Order): Order {
    this.orders.set(order.endToEndId, order)
    this.added.add(order.endToEndId)
    return order
  }

  change(order: Order): void {
    this.orders.set(order.endToEndId, order)
    if (!this.added.has(order.endToEndId)) this.changed.add(order.endToEndId)
  }

  usedMinor(use: { mandateId: string; day: string }): bigint {
    return this.usedDays.get(dayKey(use))?.usedMinor ?? 0n
  }

  /** Adds to what a mandate was used for on a day; below zero gives room back, as far as there is something to give. */
  use(use: { mandateId: string; day: string; amountMinor: bigint }): void {
    const sum = this.usedMinor(use) + use.amountMinor
    this.usedDays.set(dayKey(use), {
      mandateId: use.mandateId,
      day: use.day,
      usedMinor: sum < 0n ? 0n : sum,
    })
  }
}

function partKey(part: { accountId: bigint; role: Role }): string {
  return `${part.accountId} ${part.role}`
}

function dayKey(use: { mandateId: string; day: string }): string {
  return `${use.mandateId} ${use.day}`
}

/** An account that an order which settled must have; an order that was refused may lack it. */
export function partyOf(accountId: bigint | null): bigint {
  if (accountId === null) throw new Error('a settled order has no account on one side')
  return accountId
}
