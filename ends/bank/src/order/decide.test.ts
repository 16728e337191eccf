import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { currencyOf } from '#protocol/money.ts'
import { Book, type Role } from './book.ts'
import { decide } from './decide.ts'
import type { Instruction, Outcome } from './order.ts'

const EUR = currencyOf('EUR')
const PAYERS = [1n, 2n]
const MERCHANT = 3n
const CASH = 4n
const PARTS: [bigint, Role, bigint][] = [
  [1n, 'available', 5000n],
  [1n, 'held', 0n],
  [2n, 'available', 300n],
  [2n, 'held', 0n],
  [MERCHANT, 'available', 0n],
  [MERCHANT, 'reserved', 0n],
  [CASH, 'cash', -5300n],
]

function newBook(): Book {
  const account = (accountId: bigint, holder: 'customer' | 'merchant' | 'bank') => ({
    accountId,
    iban: `IBAN${accountId}`,
    holder,
    currency: EUR,
    closed: false,
  })
  return new Book({
    lastEntryId: 0n,
    orders: [],
    mandates: PAYERS.map((accountId) => ({
      mandateId: `m${accountId}`,
      live: true,
      scope: 'recurring' as const,
      accountId,
      currency: 'EUR',
      creditorName: 'Merchant',
      onceEndToEndId: null,
      onceMinor: null,
      perPaymentMinor: 2000n,
      perDayMinor: 4000n,
    })),
    mandateDays: [],
    accounts: [
      account(1n, 'customer'),
      account(2n, 'customer'),
      account(MERCHANT, 'merchant'),
      account(CASH, 'bank'),
    ],
    ledgerAccounts: PARTS.map(([accountId, role, balanceMinor], index) => ({
      ledgerAccountId: BigInt(index + 1),
      accountId,
      role,
      balanceMinor,
    })),
  })
}

/** Few ids, so that orders meet each other again and again. */
const id = fc.integer({ min: 1, max: 12 }).map((n) => `o${n}`)
const money = fc.bigInt({ min: 1n, max: 2500n }).map((amountMinor) => ({ amountMinor, currency: EUR }))
const payer = fc.constantFrom('m1', 'm2', 'nobody')
const base = { creditorIban: 'IBAN3', creditorName: 'Merchant', validUntilMs: 1_000_000 }
const instruction: fc.Arbitrary<Instruction> = fc.oneof(
  fc.record({ id, money, payer, reserve: fc.boolean() }).map((r) => ({
    kind: 'transfer' as const,
    ...base,
    endToEndId: r.id,
    bodySha256: `t${r.money.amountMinor}${r.payer}`,
    mandateId: r.payer,
    money: r.money,
    reserve: r.reserve,
  })),
  fc.record({ id, money, payer }).map((r) => ({
    kind: 'hold' as const,
    ...base,
    endToEndId: r.id,
    bodySha256: `h${r.money.amountMinor}${r.payer}`,
    mandateId: r.payer,
    money: r.money,
    reserve: true,
    expiresAtMs: 500_000,
  })),
  fc.record({ id, hold: id, money }).map((r) => ({
    kind: 'capture' as const,
    endToEndId: r.id,
    bodySha256: `c${r.hold}${r.money.amountMinor}`,
    holdEndToEndId: r.hold,
    money: r.money,
  })),
  fc.record({ id, hold: id }).map((r) => ({
    kind: 'release' as const,
    endToEndId: r.id,
    bodySha256: `r${r.hold}`,
    holdEndToEndId: r.hold,
  })),
  fc.record({ id, original: id, money }).map((r) => ({
    kind: 'refund' as const,
    endToEndId: r.id,
    bodySha256: `f${r.original}${r.money.amountMinor}`,
    originalEndToEndId: r.original,
    money: r.money,
    reason: 'test',
  })),
  fc.record({ id, original: id }).map((r) => ({
    kind: 'reserve-release' as const,
    endToEndId: r.id,
    bodySha256: `v${r.original}`,
    originalEndToEndId: r.original,
  })),
  id.map((holdEndToEndId) => ({ kind: 'hold-expiry' as const, holdEndToEndId })),
  fc.record({ original: id, amountMinor: fc.option(fc.bigInt({ min: 1n, max: 2500n })) }).map((r) => ({
    kind: 'reversal' as const,
    originalEndToEndId: r.original,
    amountMinor: r.amountMinor,
  })),
  fc.record({ kind: fc.constantFrom('deposit' as const, 'withdrawal' as const), money }).map((r) => ({
    kind: r.kind,
    iban: 'IBAN3',
    money: r.money,
  })),
)

function checkBook(book: Book): void {
  const total = PARTS.reduce((sum, [accountId, role]) => sum + book.balanceMinor({ accountId, role }), 0n)
  assert.equal(total, 0n, 'debits equal credits')
  for (const entry of book.entries) {
    assert.equal(
      entry.legs.reduce((sum, leg) => sum + leg.amountMinor, 0n),
      0n,
    )
  }
  for (const [accountId, role] of PARTS) {
    if (role !== 'cash') assert.ok(book.balanceMinor({ accountId, role }) >= 0n, `${accountId} ${role}`)
  }
  let reservedMinor = 0n
  for (const order of book.orders.values()) {
    assert.ok(order.refundedMinor + order.reversedMinor <= order.settledMinor)
    assert.ok(order.reservedMinor <= order.settledMinor - order.refundedMinor - order.reversedMinor)
    reservedMinor += order.reservedMinor
  }
  assert.equal(book.balanceMinor({ accountId: MERCHANT, role: 'reserved' }), reservedMinor)
  for (const accountId of PAYERS) {
    const heldMinor = [...book.orders.values()]
      .filter((order) => order.debtorAccountId === accountId)
      .reduce((sum, order) => sum + order.heldMinor, 0n)
    assert.equal(book.balanceMinor({ accountId, role: 'held' }), heldMinor)
    assert.ok(book.usedMinor({ mandateId: `m${accountId}`, day: '2026-01-01' }) <= 4000n)
  }
}

test('whatever is asked in whatever order: money is neither made nor lost, and no limit is passed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(instruction, fc.boolean()), { maxLength: 60 }), (steps) => {
      const book = newBook()
      let nowMs = 400_000
      steps.forEach(([step, later], index) => {
        if (later) nowMs += 5_000
        const moment = {
          nowMs,
          day: '2026-01-01',
          bankReference: `B${index}`,
          amountMinorMax: 1_000_000n,
        }
        const first = decide(book, step, moment)
        checkBook(book)
        if (first.kind !== 'order') return
        const entries = book.entries.length
        const second: Outcome = decide(book, step, { ...moment, bankReference: 'again' })
        assert.deepEqual(second, { kind: 'order', order: first.order, repeated: true })
        assert.equal(book.entries.length, entries)
      })
    }),
    { numRuns: 300 },
  )
})
