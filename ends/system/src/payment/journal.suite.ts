import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { ChipId, PaymentId } from '#protocol/identifier.ts'
import { CHAIN_START, chainHash, claimedEntryText } from './chain.ts'
import { encodeEvent } from './codec.ts'
import { Example } from './example.suite.ts'
import type { Entry, Journal } from './journal.ts'
import type { Payment } from './state.ts'
import { transition } from './transition.ts'

/** A payment of its own: fresh id, chip, code and device, unless told otherwise. */
function fresh(changes: Partial<Payment> = {}): Payment {
  const { payment } = new Example()
  const code = payment.code && { ...payment.code, codeHash: randomBytes(32).toString('hex') }
  const paymentId = PaymentId.of(randomBytes(16).toString('hex'))
  const chipId = ChipId.of(randomBytes(8).toString('hex'))
  const own = {
    ...payment,
    paymentId,
    chipId,
    deviceId: randomBytes(8).toString('hex'),
    ...(code ? { code } : {}),
    ...changes,
  }
  return { ...own, chainHash: chainHash(CHAIN_START, 1, claimedEntryText(own)) }
}

/** The entry that a fact makes of the payment. */
function entryOf(payment: Payment, kind: 'cancel-asked' | 'verification-exhausted' = 'cancel-asked'): Entry {
  const event = { ...new Example().event({ kind }), atMs: payment.claimedAtMs + 1 }
  const step = transition(payment, event)
  const eventText = encodeEvent(event)
  const version = payment.version + 1
  const hash = chainHash(payment.chainHash, version, eventText)
  return {
    payment: { ...step.payment, version, chainHash: hash },
    expectedVersion: payment.version,
    eventText,
    event,
    previousHash: payment.chainHash,
    newOrders: [],
    postings: [
      { account: 'suds:bank', debitMinor: 5n, creditMinor: 0n },
      { account: 'suds:reserved', debitMinor: 0n, creditMinor: 5n },
    ],
  }
}

/** What every journal keeps (see `journal.ts`). */
export function journalSuite(name: string, open: () => Promise<Journal>): void {
  test(`${name}: what was created is read back to the letter, bigints too`, async () => {
    const journal = await open()
    const payment = fresh()
    assert.equal(await journal.create(payment), 'created')
    assert.deepEqual(await journal.read(payment.paymentId), payment)
    assert.equal(await journal.read(fresh().paymentId), undefined)
  })

  test(`${name}: a code is claimed once, ever, and by one of many at the same moment`, async () => {
    const journal = await open()
    const first = fresh()
    const rivals = Array.from({ length: 20 }, () => fresh(first.code ? { code: first.code } : {}))
    const answers = await Promise.all(rivals.map((rival) => journal.create(rival)))
    assert.equal(answers.filter((answer) => answer === 'created').length, 1)
    assert.equal(answers.filter((answer) => answer === 'code-used').length, 19)
  })

  test(`${name}: a machine slot has one reservation, until the payment lets it go`, async () => {
    const journal = await open()
    const first = fresh()
    await journal.create(first)
    assert.equal(await journal.create(fresh({ chipId: first.chipId })), 'machine-claimed')
    assert.equal(await journal.append(entryOf(first)), true)
    assert.equal(await journal.create(fresh({ chipId: first.chipId })), 'created')
  })

  test(`${name}: of many writers of one version, one wins and the others change nothing`, async () => {
    const journal = await open()
    const payment = fresh()
    await journal.create(payment)
    const entries = Array.from({ length: 20 }, () => entryOf(payment))
    const written = await Promise.all(entries.map((entry) => journal.append(entry)))
    assert.equal(written.filter(Boolean).length, 1)
    assert.equal(await journal.append(entryOf(payment)), false)
    assert.equal((await journal.read(payment.paymentId))?.version, 2)
  })

  test(`${name}: an order is found again by its id`, async () => {
    const journal = await open()
    const payment = fresh()
    await journal.create(payment)
    const order = {
      orderId: `t${payment.paymentId}`,
      kind: 'transfer',
      amountMinor: 250n,
      madeAtMs: 1,
      validUntilMs: 2,
      status: 'unknown',
    } as const
    const entry = entryOf(payment)
    await journal.append({ ...entry, payment: { ...entry.payment, orders: [order] }, newOrders: [order] })
    assert.equal(await journal.byOrder(order.orderId), payment.paymentId)
    assert.equal(await journal.byOrder('t0'), undefined)
  })

  test(`${name}: what is due is found, the longest waiting first, and nothing that waits for nobody`, async () => {
    const journal = await open()
    const later = fresh({ lastSentAtMs: 2000, check: { ...fresh().check, askedAtMs: 2000 } as never })
    const sooner = fresh({ lastSentAtMs: 1000, check: { ...fresh().check, askedAtMs: 1000 } as never })
    await journal.create(later)
    await journal.create(sooner)
    const over = fresh({ lastSentAtMs: 500 })
    await journal.create(over)
    await journal.append(entryOf(over))
    const due = await journal.due(10_000, 1000)
    assert.ok(due.indexOf(sooner.paymentId) < due.indexOf(later.paymentId))
    assert.ok(due.includes(sooner.paymentId) && !due.includes(over.paymentId))
    assert.deepEqual(await journal.due(10, 1000), [])
  })

  test(`${name}: history is of one device, or of its payer on any device, newest first`, async () => {
    const journal = await open()
    const deviceId = randomBytes(8).toString('hex')
    const payerId = randomBytes(8).toString('hex')
    await journal.create(fresh({ deviceId, claimedAtMs: 1000 }))
    await journal.create(fresh({ payerId, claimedAtMs: 2000 }))
    await journal.create(fresh())
    const own = await journal.history({ deviceId, limit: 10 })
    assert.deepEqual(
      own.map((payment) => payment.claimedAtMs),
      [1000],
    )
    const both = await journal.history({ deviceId, payerId, limit: 10 })
    assert.deepEqual(
      both.map((payment) => payment.claimedAtMs),
      [2000, 1000],
    )
    assert.equal((await journal.history({ deviceId, payerId, beforeMs: 2000, limit: 10 })).length, 1)
  })

  test(`${name}: open cases and complaints are found`, async () => {
    const journal = await open()
    const payment = fresh({ case: { reason: 'complaint', openedAtMs: 5 }, complainedAtMs: 5_000_000_000_000 })
    await journal.create(payment)
    const cases = await journal.openCases(1000)
    assert.ok(cases.some(({ paymentId }) => paymentId === payment.paymentId))
    const about = { deviceId: payment.deviceId, machineId: 'elsewhere', sinceMs: 4_999_999_999_999 }
    assert.deepEqual(await journal.complaintsSince(about), { byPayer: 1, atMachine: 0 })
  })
}
