import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CHARGE, EUR, Example, SNACKS, WASH } from './example.suite.ts'
import { leftMinor } from './price.ts'
import { FINAL_STATES, type Order, type Purchase } from './state.ts'
import { hasOpenCase } from './step.ts'
import { DEFAULT_TIMES as TIMES } from './times.ts'
import { dueAtMs } from './waiting.ts'

/** What the bank takes back by itself, before, during and after the run: where the money is, and where the books are. */

const FAILED = { result: 'failed', deliveredMin: 0, deliveredMax: 0 } as const
const ONE_OF_THREE = { result: 'failed', deliveredMin: 1, deliveredMax: 1 } as const

function readying(): Example {
  const example = new Example().untilPaying()
  example.settle(TIMES.commandDeadlineMs)
  assert.equal(example.payment.state, 'readying')
  return example
}

function abandoned(): Example {
  const example = new Example().untilPaying()
  example.tell({ kind: 'time-passed' }, TIMES.bankPatienceMs)
  assert.equal(example.payment.state, 'abandoned')
  return example
}

const EARLY = {
  'while the chip is asked again': readying,
  'before the bank first answers': () => new Example().untilPaying(),
  'after the payer was let go': abandoned,
} as const

for (const [when, begin] of Object.entries(EARLY)) {
  describe(`taken back ${when}`, () => {
    test('a part: nothing runs, and the rest goes back', () => {
      const example = begin()
      const keepsMachine = example.payment.state !== 'abandoned'
      const effects = example.reverse(100n).map(({ kind }) => kind)
      assert.deepEqual(effects, [...(keepsMachine ? ['release-machine'] : []), 'submit-order'])
      assert.equal(example.payment.state, 'refunding')
      assert.equal(example.payment.endReason, undefined)
      const { amountMinor, reason } = example.refundOrder() ?? {}
      assert.deepEqual({ amountMinor, reason }, { amountMinor: 150n, reason: 'reversed-in-part' })
      example.settle()
      assert.equal(example.payment.state, 'refunded')
      assert.equal(example.payment.case, undefined)
      assert.deepEqual(example.books(), {})
      assert.equal(dueAtMs(example.payment), undefined)
    })

    test('all of it: the payment ends, and nobody has lost anything', () => {
      const example = begin()
      example.reverse(WASH.amountMinor)
      assert.equal(example.payment.endReason, 'bank-reversed')
      assert.equal(example.refundOrder(), undefined)
      assert.deepEqual(example.books(), {})
    })
  })
}

test('more is taken back before the rest is refunded: the bank refuses that refund, and nothing is owed', () => {
  for (const newsFirst of [true, false]) {
    const example = readying()
    example.reverse(100n)
    if (newsFirst) example.reverse(250n)
    example.reject()
    if (!newsFirst) example.reverse(250n)
    assert.equal(example.payment.state, 'refunded')
    assert.equal(example.payment.endReason, 'bank-reversed')
    assert.ok(!hasOpenCase(example.payment))
    assert.deepEqual(example.books(), {})
  }
})

test('a failed run whose payment was taken back meanwhile: only what is left goes back', () => {
  const whole = new Example().untilRunning()
  whole.reverse(250n)
  whole.outcome(FAILED)
  assert.equal(whole.payment.state, 'refunded')
  assert.equal(whole.payment.endReason, 'bank-reversed')
  assert.equal(whole.refundOrder(), undefined)
  assert.ok(!hasOpenCase(whole.payment))
  assert.deepEqual(whole.books(), {})
  const part = new Example().untilRunning()
  part.reverse(100n)
  part.outcome(FAILED)
  assert.equal(part.refundOrder()?.amountMinor, 150n)
  part.settle()
  assert.equal(part.payment.state, 'refunded')
  assert.deepEqual(part.books(), {})
})

test('one of three, and the bank took a part back meanwhile: the merchant keeps what was delivered', () => {
  const some = new Example(SNACKS).untilRunning()
  some.reverse(100n)
  some.outcome(ONE_OF_THREE)
  assert.equal(some.refundOrder()?.amountMinor, 167n)
  some.settle()
  assert.equal(some.payment.state, 'partlyRefunded')
  assert.ok(!hasOpenCase(some.payment))
  assert.deepEqual(some.books(), { bank: 133n, earned: -133n })
  const exactly = new Example(SNACKS).untilRunning()
  exactly.reverse(267n)
  exactly.outcome(ONE_OF_THREE)
  assert.equal(exactly.refundOrder(), undefined)
  assert.equal(exactly.payment.state, 'partlyRefunded')
  assert.ok(!hasOpenCase(exactly.payment))
  assert.deepEqual(exactly.books(), { bank: 133n, earned: -133n })
})

test('delivered and taken back: the loss of the merchant and a case, whichever comes first', () => {
  const loss = { earned: -250n, loss: 250n }
  const after = new Example().untilRunning()
  after.outcome()
  after.reverse(250n)
  const during = new Example().untilRunning()
  during.reverse(250n)
  during.outcome()
  for (const example of [after, during]) {
    assert.equal(example.payment.state, 'delivered')
    assert.equal(example.payment.case?.reason, 'reversed-after-delivery')
    assert.ok(hasOpenCase(example.payment))
    assert.deepEqual(example.books(), loss)
  }
})

test('the payer has all of a partly delivered purchase back: refunded, and what was delivered is lost', () => {
  const example = new Example(SNACKS).untilRunning()
  example.outcome(ONE_OF_THREE)
  example.reverse(133n)
  example.settle()
  assert.equal(example.payment.state, 'refunded')
  assert.ok(hasOpenCase(example.payment))
  assert.deepEqual(example.books(), { earned: -133n, loss: 133n })
})

test('a believed complaint about what was taken back in part: nobody has lost anything', () => {
  const example = new Example().untilRunning()
  example.outcome({ evidence: 'command-only' })
  example.reverse(100n)
  example.tell({ kind: 'complained', withinLimit: true })
  assert.equal(example.refundOrder()?.amountMinor, 150n)
  example.settle()
  assert.equal(example.payment.state, 'refunded')
  assert.ok(!hasOpenCase(example.payment))
  assert.deepEqual(example.books(), {})
})

test('of a capture a part is taken back: the loss of the merchant', () => {
  const example = new Example(CHARGE).untilRunning()
  example.outcome({ deliveredMin: 50, deliveredMax: 50 })
  example.settle()
  example.reverse(300n)
  assert.equal(example.payment.case?.reason, 'reversed-after-delivery')
  assert.deepEqual(example.books(), { bank: 700n, earned: -1000n, loss: 300n })
})

type Act = { readonly kind: string; readonly share: number; readonly laterMs: number }

/** A bank with a memory: refuses what is not there, and never takes back what it has given back. */
class HonestBank {
  readonly #settledMinor = new Map<string, bigint>()
  #leftMinor = 0n
  #reversedMinor = 0n
  readonly #example: Example

  constructor(example: Example) {
    this.#example = example
  }

  #paid(): Order | undefined {
    return this.#example.payment.orders.find(
      ({ orderId, kind }) => this.#settledMinor.has(orderId) && (kind === 'transfer' || kind === 'capture'),
    )
  }

  /** Takes an order, if it has not yet; nobody is told. */
  decide(order: Order): void {
    if (this.#settledMinor.has(order.orderId)) return
    if (order.kind === 'refund' && order.amountMinor > this.#leftMinor) return
    if (order.kind === 'transfer' || order.kind === 'capture') this.#leftMinor += order.amountMinor
    if (order.kind === 'refund') this.#leftMinor -= order.amountMinor
    this.#settledMinor.set(order.orderId, order.amountMinor)
  }

  reverse(share: number): void {
    const takenMinor = share >= 50 ? this.#leftMinor : (this.#leftMinor * BigInt(share)) / 100n
    if (!this.#paid()) return
    this.#leftMinor -= takenMinor
    this.#reversedMinor += takenMinor
  }

  tell(order: Order, laterMs: number): void {
    const amountMinor = this.#settledMinor.get(order.orderId)
    const reversible = order.kind === 'transfer' || order.kind === 'capture'
    const reversedMinor = reversible ? this.#reversedMinor : 0n
    const answer =
      amountMinor === undefined
        ? ({ kind: 'rejected', because: 'AM09', endReason: 'bank-refused' } as const)
        : ({ kind: 'settled', amountMinor, currency: EUR, bankReference: 'R', reversedMinor } as const)
    this.#example.tell({ kind: 'bank-answered', orderId: order.orderId, answer }, laterMs)
  }

  get leftMinor(): bigint {
    return this.#leftMinor
  }
}

const ACTS = ['time', 'decide', 'tell', 'reverse', 'check', 'start', 'outcome', 'complain', 'switch'] as const

function act(example: Example, bank: HonestBank, { kind, share, laterMs }: Act): void {
  const { payment } = example
  const last = payment.orders.at(-1)
  const units = Math.floor((payment.purchase.units * share) / 80)
  const delivered = Math.min(units, payment.purchase.units)
  switch (kind) {
    case 'time':
      return void example.tell({ kind: 'time-passed' }, share > 70 ? 4_000_000 : laterMs)
    case 'decide':
      return last && bank.decide(last)
    case 'tell': {
      const order = share > 50 ? last : payment.orders[0]
      if (order?.status === 'unknown') bank.decide(order)
      return order && bank.tell(order, laterMs)
    }
    case 'reverse':
      return bank.reverse(share)
    case 'check':
      if (!payment.check) return
      return void example.answerCheck(share > 70 ? { verdict: 'machine-fault' } : {}, laterMs)
    case 'start':
      return void example.started(laterMs)
    case 'outcome': {
      if (!payment.command) return
      const whole = delivered === payment.purchase.units
      const evidence = share % 2 === 0 ? 'sensor' : 'command-only'
      const result = whole ? 'delivered' : 'failed'
      return void example.outcome(
        { result, deliveredMin: delivered, deliveredMax: delivered, evidence },
        laterMs,
      )
    }
    case 'complain':
      return void example.tell({ kind: 'complained', withinLimit: true }, laterMs)
    case 'switch':
      example.enabled = !example.enabled
      return
    default:
      throw new Error(kind)
  }
}

const anyAct: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(...ACTS),
  share: fc.integer({ min: 0, max: 100 }),
  laterMs: fc.integer({ min: 0, max: 9000 }),
})

/** Tells everything there is to tell until nothing moves any more, so that most lives reach an end. */
function finish(example: Example, bank: HonestBank): void {
  for (let turn = 0; turn < 20; turn += 1) {
    for (const order of example.payment.orders) {
      if (order.status === 'unknown') bank.decide(order)
      bank.tell(order, 10)
    }
    const due = dueAtMs(example.payment)
    const final = FINAL_STATES.includes(example.payment.state)
    if (due !== undefined && !final) example.tell({ kind: 'time-passed' }, Math.max(0, due - example.nowMs))
  }
}

function expectBooks(example: Example, bank: HonestBank): void {
  const { payment } = example
  assert.equal(example.debitMinor, example.creditMinor)
  if (!FINAL_STATES.includes(payment.state)) return
  const { reserved = 0n, earned = 0n, loss = 0n, bank: believed = 0n } = example.books()
  assert.equal(reserved, 0n, `${payment.state} with something reserved`)
  assert.equal(believed, leftMinor(payment))
  assert.equal(-earned - loss, believed, 'what is kept is what was earned and paid')
  const lateLoss = payment.lossMinor
  assert.ok(loss === lateLoss || hasOpenCase(payment), 'a loss that nobody sees')
  if (hasOpenCase(payment)) return
  assert.equal(payment.state === 'delivered' || payment.state === 'partlyRefunded', believed > 0n)
  assert.ok(bank.leftMinor <= believed, 'the bank may have taken back what we were not told of yet')
}

test('in every final state nothing is reserved any more, and nobody loses unseen', () => {
  const reached = new Map<string, number>()
  const purchase = fc.constantFrom<Purchase>(WASH, SNACKS, CHARGE)
  const lives = fc.property(purchase, fc.array(anyAct, { maxLength: 25 }), (bought, acts) => {
    const example = new Example(bought).untilPaying()
    const bank = new HonestBank(example)
    for (const each of acts) {
      act(example, bank, each)
      expectBooks(example, bank)
    }
    finish(example, bank)
    expectBooks(example, bank)
    const { state, orders } = example.payment
    const ends = [state, ...orders.map(({ reason }) => reason ?? '')]
    for (const end of ends) reached.set(end, (reached.get(end) ?? 0) + 1)
    if (FINAL_STATES.includes(state)) assert.equal(bank.leftMinor, leftMinor(example.payment))
  })
  fc.assert(lives, { numRuns: 2000, seed: 20_260_724 })
  // The lives were not all the same one.
  const wanted = [...FINAL_STATES, 'reversed-in-part', 'did-not-run', 'silence', 'partly-delivered']
  assert.deepEqual(
    wanted.filter((end) => !reached.has(end)),
    [],
  )
})
