import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VIEW_STATES } from '#system/payment/view.ts'
import { CASE_REASONS, CLAIM_REFUSALS, END_REASONS, REFUND_REASONS } from '#system/payment/reason.ts'
import { beganAtMs } from './began.ts'
import { type PaymentView, FINAL_STATES } from './payment.ts'
import { statementOf, sums } from './statement.ts'
import { language as english } from './words/language-en.ts'
import { language as chinese } from './words/language-zh-CN.ts'
import { type Line, speechIn } from './words/speak.ts'

const speech = speechIn(english)
const EUR = (amountMinor: string) => ({ amountMinor, currency: 'EUR' })

const VIEW: PaymentView = {
  paymentId: '0f'.repeat(16),
  version: 1,
  state: 'confirm',
  charged: 'no',
  money: EUR('500'),
  payee: { name: 'Linde', support: '' },
  machine: { name: 'Washer', place: 'Cellar' },
  goods: 'Wash',
  mode: 'sale',
  presence: { method: 'none', satisfied: true },
  needsApproval: false,
  receiptNumber: 'F-1',
  atMs: { closed: 9, claimed: 5 },
  canCancel: false,
  canStop: false,
  canComplain: false,
}

const REASONS = [undefined, ...CLAIM_REFUSALS, ...END_REASONS, ...REFUND_REASONS, ...CASE_REASONS]
const REFUNDS: PaymentView['refund'][] = [
  undefined,
  { money: EUR('200'), state: 'ordered' },
  { money: EUR('200'), state: 'paid', bankReference: 'RB-1' },
  { money: EUR('200'), state: 'case' },
]

function* everyView(): Generator<PaymentView> {
  for (const state of VIEW_STATES) {
    for (const reason of REASONS) yield { ...VIEW, state, ...(reason === undefined ? {} : { reason }) }
    for (const charged of ['no', 'yes', 'held', 'unknown'] as const) {
      for (const refund of REFUNDS) {
        for (const mode of ['sale', 'hold'] as const) {
          const base = { ...VIEW, state, charged, mode, delivered: { units: 3, of: 5, unit: 'piece' } }
          yield refund === undefined ? base : { ...base, refund }
        }
      }
    }
  }
}

test('every state, charge, reason and refund has whole sentences in both languages', () => {
  let looked = 0
  for (const view of everyView()) {
    const statement = statementOf(view)
    for (const language of [english, chinese]) {
      const speech = speechIn(language)
      const lines = [
        statement.title,
        ...statement.texts,
        ...(statement.money === null ? [] : [statement.money]),
      ]
      for (const line of lines) {
        const text = speech.line(line)
        assert.ok(text.length > 0 && !/[{}]|undefined/.test(text), `${view.state}: ${text}`)
      }
      if (statement.why !== null) assert.ok(speech.reason(statement.why), statement.why)
    }
    looked += 1
  }
  assert.ok(looked > 1_000)
})

test('what is not charged says so, and what is not known is never said', () => {
  const line = (each: Line) => speech.line(each)
  for (const view of everyView()) {
    const statement = statementOf(view)
    const first = line(statement.money ?? statement.title)
    const all = [first, line(statement.title), ...statement.texts.map((text) => line(text))].join(' ')
    if (view.charged === 'unknown' && !view.refund) {
      assert.doesNotMatch(
        all,
        /not charged|You paid|^€\S+ was charged|paid back|being let go/,
        `${view.state} ${all}`,
      )
    }
    if (view.state === 'ended' && view.charged === 'no') assert.match(first, /^You were not charged/)
    if (view.charged !== 'no') assert.doesNotMatch(all, /not charged|Nothing charged/, `${view.state} ${all}`)
  }
})

test('final statements say the money in their title, live ones above it', () => {
  for (const state of VIEW_STATES) {
    const { money } = statementOf({ ...VIEW, state, charged: 'yes' })
    const isSaidInTitle = FINAL_STATES.has(state) || state === 'refunding'
    assert.equal(money === null, isSaidInTitle, state)
  }
})

test('a part is paid back to the cent', () => {
  const view: PaymentView = {
    ...VIEW,
    state: 'partly-refunded',
    charged: 'yes',
    reason: 'partly-delivered',
    refund: { money: EUR('199'), state: 'paid' },
  }
  assert.deepEqual(
    sums(view, 'paidBack').map((figure) => figure.value),
    [EUR('500'), EUR('199'), EUR('301')],
  )
})

test('what the bank took back by itself is never shown as a cost', () => {
  const figures = (view: PaymentView) =>
    sums(view, 'paidBack').map(({ label, value }) => [
      label,
      typeof value === 'string' ? value : value.amountMinor,
    ])
  const back: PaymentView = {
    ...VIEW,
    state: 'refunded',
    charged: 'yes',
    reason: 'reversed-in-part',
    reversed: EUR('200'),
    refund: { money: EUR('300'), state: 'paid' },
  }
  assert.deepEqual(figures(back), [
    ['paid', '500'],
    ['takenBack', '200'],
    ['paidBack', '300'],
    ['costs', '0'],
  ])
  const { refund: _refund, ...alone } = back
  const kept: PaymentView = {
    ...alone,
    state: 'partly-refunded',
    delivered: { units: 3, of: 5, unit: 'piece' },
  }
  assert.deepEqual(figures(kept), [
    ['paid', '500'],
    ['takenBack', '200'],
    ['costs', '300'],
  ])
  assert.equal(speech.line(statementOf(kept).title), 'Done. You paid €3.00.')
})

test('of a hold only what was used is called paid', () => {
  const line = (each: Line) => speech.line(each)
  const view: PaymentView = {
    ...VIEW,
    state: 'delivered',
    mode: 'hold',
    charged: 'yes',
    captured: EUR('120'),
  }
  const { title, texts } = statementOf(view)
  assert.equal(line(title), 'Done. You paid €1.20.')
  assert.match(
    texts.map((text) => line(text)).join(' '),
    /€5\.00 was held\. What you did not use, €3\.80, was never charged\./,
  )
})

test('a receipt is dated by the first moment of its payment', () => {
  assert.equal(beganAtMs(VIEW), 5)
  assert.equal(beganAtMs({ ...VIEW, atMs: {} }), null)
})
