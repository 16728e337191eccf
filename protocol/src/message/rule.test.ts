import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Item } from '../cbor.ts'
import { currencyOf } from '../money.ts'
import { CHIP_ID, EXAMPLES, exampleMessages } from '../vectors/examples.ts'
import { check } from './check.ts'
import { issueAnswer } from './issue-answer.ts'
import { outcome } from './outcome.ts'
import { changed, codeOf, itemsOf, kindOf, payloadOf } from './tampering.suite.ts'
import { tariff } from './tariff.ts'

describe('what must hold between fields', () => {
  const head = { chipId: CHIP_ID } as const

  it('tariff: a hold is price times units, a sale has none, product ids differ', () => {
    const good = EXAMPLES.tariff['a sale and a session']
    assert.ok(good)
    const [sale, hold] = good.products
    assert.ok(sale && hold)
    const withProducts = (...products: (typeof sale)[]): string =>
      codeOf(tariff.validate({ name: 'tariff', ...head, ...good, products }))
    assert.equal(withProducts(sale, hold), 'accepted')
    assert.equal(withProducts(sale, { ...hold, holdMinor: hold.holdMinor - 1n }), 'amount-out-of-range')
    assert.equal(withProducts({ ...sale, holdMinor: 1n }), 'amount-out-of-range')
    assert.equal(withProducts(sale, sale), 'out-of-range')
    assert.equal(withProducts({ ...hold, priceMinor: 10n ** 12n }), 'amount-out-of-range')
    assert.deepEqual(
      tariff.validate({
        name: 'tariff',
        ...head,
        ...good,
        products: [sale, { ...hold, unit: 'kilowatthours' }],
      }),
      {
        ok: false,
        error: { code: 'text-too-long', field: 'products[1].unit' },
      },
    )
  })

  it('a product without one of its fields, or with one more', () => {
    const payload = payloadOf('tariff')
    const products = itemsOf(payload).get(6)
    assert.ok(Array.isArray(products) && products[0] instanceof Map)
    const product = products[0] as ReadonlyMap<Item, Item>
    for (const key of product.keys()) {
      const without = new Map(product)
      without.delete(key)
      assert.equal(codeOf(tariff.decode(changed(payload, 6, [without]))), 'missing-field')
      assert.equal(codeOf(tariff.decode(changed(payload, 6, [new Map(product).set(key, [])]))), 'wrong-type')
    }
    assert.equal(codeOf(tariff.decode(changed(payload, 6, [new Map(product).set(9, 0)]))), 'unknown-field')
  })

  it('tariff: sixteen products at their longest fit into a message', () => {
    const longest = {
      name: 'x'.repeat(40),
      mode: 'hold',
      priceMinor: 1_000_000n,
      units: 1_000_000,
      unit: 'x'.repeat(12),
      holdMinor: 10n ** 12n,
      maxDurationS: 86_400,
    } as const
    const products = Array.from({ length: 16 }, (_, index) => ({ id: 0xffff_fff0 + index, ...longest }))
    const payload = tariff.encode({
      name: 'tariff',
      ...head,
      tariffVersion: 0xffff_ffff,
      currency: currencyOf('USD'),
      validFromS: 0xffff_ffff,
      products,
    })
    assert.ok(payload.length + 100 < tariff.maxBytes, String(payload.length))
  })

  it('issue-answer: a code or a refusal, not both, not neither', () => {
    const { refused, issued } = EXAMPLES['issue-answer']
    assert.ok(refused && issued)
    const name = 'issue-answer'
    assert.equal(codeOf(issueAnswer.validate({ name, ...head, ...issued, refusal: 'busy' })), 'out-of-range')
    assert.equal(codeOf(issueAnswer.validate({ name, ...head, ...refused, refusal: 'none' })), 'out-of-range')
  })

  it('issue-answer: the code is a copy, whatever becomes of the bytes it was in', () => {
    const [, issued] = exampleMessages('issue-answer')
    assert.ok(issued)
    const payload = kindOf('issue-answer').encode(issued.value)
    const decoded = issueAnswer.decode(payload)
    payload.fill(0)
    assert.deepEqual(decoded, { ok: true, value: issued.value })
  })

  it('names are not empty', () => {
    const payload = payloadOf('tariff')
    const products = itemsOf(payload).get(6)
    assert.ok(Array.isArray(products) && products[0] instanceof Map)
    const product: ReadonlyMap<Item, Item> = products[0]
    for (const key of [2, 6]) {
      const nameless = new Map(product).set(key, '')
      assert.equal(codeOf(tariff.decode(changed(payload, 6, [nameless]))), 'out-of-range')
    }
  })

  it('a value of another kind is not encoded', () => {
    const [query] = exampleMessages('query')
    assert.ok(query)
    assert.equal(codeOf(kindOf('stop').validate(query.value)), 'wrong-kind')
    assert.throws(() => kindOf('stop').encode(query.value), TypeError)
  })

  it('check: words and blinks have a text, nothing else has', () => {
    const asked = EXAMPLES.check['round 1, words']
    assert.ok(asked)
    const withPresence = (presence: typeof asked.presence, presenceText: string): string =>
      codeOf(check.validate({ name: 'check', ...head, ...asked, presence, presenceText }))
    for (const presence of ['words', 'blink'] as const) {
      assert.equal(withPresence(presence, '7'), 'accepted')
      assert.equal(withPresence(presence, ''), 'out-of-range')
    }
    for (const presence of ['none', 'button', 'plate'] as const) {
      assert.equal(withPresence(presence, ''), 'accepted')
      assert.equal(withPresence(presence, '7'), 'out-of-range')
    }
  })

  it('outcome: k to m of n, and nothing in a void', () => {
    const lost = EXAMPLES.outcome['power lost between motion and record']
    assert.ok(lost)
    const withCounts = (changes: Partial<typeof lost>): string =>
      codeOf(outcome.validate({ name: 'outcome', ...head, ...lost, ...changes }))
    assert.equal(withCounts({}), 'accepted')
    assert.equal(withCounts({ deliveredMin: 5 }), 'out-of-range')
    assert.equal(withCounts({ deliveredMax: 11 }), 'out-of-range')
    assert.equal(withCounts({ result: 'void' }), 'out-of-range')
  })
})
