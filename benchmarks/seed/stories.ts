import type { EndReason } from '#system/payment/reason.ts'
import { type Chance, weighted } from './chance.ts'
import type { Life } from './life.ts'

/** One way a payment can go, and how many of ten thousand go so. */
export interface Story {
  readonly name: string
  readonly weight: number
  /** Only where such things are sold. */
  readonly needs?: 'sale' | 'hold' | 'parts' | 'presence'
  readonly live: (life: Life, chance: Chance) => void
}

/** The chip says no, or says something else, to the first question. */
const refusedByChip: readonly (readonly [EndReason, number])[] = [
  ['machine-busy', 60],
  ['machine-in-use', 70],
  ['machine-empty', 90],
  ['machine-fault', 60],
  ['code-expired-at-chip', 30],
  ['code-used-at-chip', 15],
  ['chip-not-issued', 4],
  ['chip-clock-unset', 3],
]

const refusedByBank: readonly (readonly [EndReason, string, number])[] = [
  ['bank-no-money', 'AM04', 90],
  ['bank-limit', 'AM02', 30],
  ['bank-mandate-invalid', 'MD01', 15],
  ['bank-refused', 'MS03', 20],
]

const before: readonly Story[] = [
  ...refusedByChip.map(([verdict, weight]) => ({
    name: verdict,
    weight,
    live: (life: Life) => life.answer({ verdict }),
  })),
  { name: 'chip-silent', weight: 90, live: (life) => life.waitUntil(({ state }) => state === 'ended') },
  { name: 'chip-answer-differs', weight: 3, live: (life) => life.answer({ codeHash: '00'.repeat(32) }) },
  { name: 'tariff-differs', weight: 8, live: (life) => life.answer({ tariffVersion: 2 }) },
  {
    name: 'presence-timeout',
    weight: 60,
    needs: 'presence',
    live: (life) => {
      life.answer()
      life.waitUntil(({ state }) => state === 'ended')
    },
  },
  {
    name: 'presence-wrong',
    weight: 20,
    needs: 'presence',
    live: (life) => {
      life.answer()
      // A button's press has no text to be wrong: whoever stands elsewhere never presses it.
      if (life.payment.presence.method === 'plate') {
        for (let tries = 0; tries < 3; tries += 1) {
          life.tell({ kind: 'presence-shown', method: 'plate', text: 'wrong' }, 4000)
        }
      }
      life.waitUntil(({ state }) => state === 'ended')
    },
  },
]

const confirming: readonly Story[] = [
  {
    name: 'confirmation-timeout',
    weight: 190,
    live: (life) => {
      life.untilConfirming()
      life.waitUntil(({ state }) => state === 'ended')
    },
  },
  {
    name: 'cancelled',
    weight: 240,
    live: (life) => {
      life.untilConfirming()
      life.tell({ kind: 'cancel-asked' }, 9000)
    },
  },
  {
    name: 'verification-failed',
    weight: 15,
    live: (life) => {
      life.untilConfirming()
      life.tell({ kind: 'verification-exhausted' }, 30_000)
    },
  },
  {
    name: 'approval-refused',
    weight: 30,
    live: (life) => {
      life.untilConfirming()
      life.approve(false)
    },
  },
  {
    name: 'disabled',
    weight: 5,
    live: (life) => {
      life.enabled = false
      life.untilConfirming()
    },
  },
  {
    name: 'reservation-lost',
    weight: 10,
    live: (life) => {
      life.untilRechecking()
      life.answer({ verdict: 'reservation-lost' })
    },
  },
  {
    name: 'chip-rebooted',
    weight: 6,
    live: (life) => {
      life.untilRechecking()
      life.answer({ boot: 'ff'.repeat(8) })
    },
  },
]

const paying: readonly Story[] = [
  ...refusedByBank.map(([reason, because, weight]) => ({
    name: reason,
    weight,
    live: (life: Life) => {
      life.untilPaying()
      life.reject(reason, because)
    },
  })),
  {
    name: 'bank-never-received',
    weight: 4,
    live: (life) => {
      life.untilPaying()
      const goneMs = life.payment.times.orderValidMs + life.payment.times.bankRequestMs * 3
      life.waitUntil(({ state }) => state === 'abandoned')
      life.bank({ kind: 'not-found' }, goneMs)
    },
  },
  {
    name: 'bank-reversed',
    weight: 3,
    needs: 'sale',
    live: (life) => {
      life.untilPaying()
      life.settle({ reversedMinor: life.payment.purchase.amountMinor })
    },
  },
  {
    name: 'settled-too-late',
    weight: 15,
    live: (life) => {
      life.untilPaying()
      life.waitUntil(({ state }) => state === 'abandoned')
      life.settle({ laterMs: 40_000 })
    },
  },
  {
    name: 'bank-unknown, until it answers',
    weight: 5,
    live: (life) => {
      life.untilPaying()
      life.waitUntil((payment) => payment.case !== undefined)
      life.settle({ laterMs: 3_600_000 })
    },
  },
  {
    name: 'bank-amount-differs',
    weight: 2,
    needs: 'sale',
    live: (life) => {
      life.untilPaying()
      life.settle({ amountMinor: life.payment.purchase.amountMinor - 1n })
    },
  },
]

const failed = { result: 'failed', deliveredMin: 0, deliveredMax: 0, reason: 'jam' } as const

const running: readonly Story[] = [
  {
    name: 'delivered',
    weight: 7700,
    live: (life, chance) => {
      life.untilRunning()
      if (life.payment.purchase.mode === 'sale') return life.report()
      // Nobody charges exactly what was held.
      const units = 1 + chance.below(life.payment.purchase.units)
      life.report({ deliveredMin: units, deliveredMax: units })
    },
  },
  {
    name: 'machine-failed',
    weight: 260,
    live: (life) => {
      life.untilRunning()
      life.report(failed)
    },
  },
  {
    name: 'not-started',
    weight: 120,
    live: (life) => {
      life.untilCommanding()
      life.report({ ...failed, result: 'void', reason: 'deadline' }, { laterMs: 15_000 })
    },
  },
  {
    name: 'partly-delivered',
    weight: 180,
    needs: 'parts',
    live: (life, chance) => {
      life.untilRunning()
      const units = 1 + chance.below(life.payment.purchase.units - 1)
      life.report({ ...failed, deliveredMin: units, deliveredMax: units })
    },
  },
  {
    name: 'interrupted',
    weight: 50,
    live: (life) => {
      life.untilRunning()
      life.report({
        result: 'interrupted',
        deliveredMin: 0,
        deliveredMax: 1,
        evidence: 'acknowledged',
        reason: 'power',
      })
    },
  },
  {
    name: 'silence',
    weight: 15,
    live: (life) => {
      life.untilRunning()
      life.waitUntil((payment) => payment.policy !== undefined)
    },
  },
  {
    name: 'silence, and then delivered',
    weight: 5,
    needs: 'sale',
    live: (life) => {
      life.untilRunning()
      life.waitUntil((payment) => payment.policy !== undefined)
      life.settle()
      life.report({}, { laterMs: 7_200_000 })
    },
  },
  {
    name: 'not-ready-after-payment',
    weight: 15,
    live: (life) => {
      life.untilPaying()
      life.settle({ laterMs: 9000 })
      life.answer({ verdict: 'machine-fault' })
    },
  },
  {
    name: 'disabled-after-payment',
    weight: 3,
    live: (life) => {
      life.untilPaying()
      life.enabled = false
      life.settle()
    },
  },
]

const disputed: readonly Story[] = [
  {
    name: 'complaint, believed',
    weight: 30,
    needs: 'sale',
    live: (life) => {
      life.untilRunning()
      life.report({ evidence: 'command-only' })
      life.tell({ kind: 'complained', withinLimit: true }, 600_000)
    },
  },
  {
    name: 'complaint, a case',
    weight: 20,
    live: (life) => {
      life.untilRunning()
      life.report()
      life.settle()
      life.tell({ kind: 'complained', withinLimit: true }, 900_000)
    },
  },
  {
    name: 'reversed-after-delivery',
    weight: 6,
    needs: 'sale',
    live: (life) => {
      life.untilRunning()
      life.report()
      life.settle({ reversedMinor: life.payment.purchase.amountMinor, laterMs: 50_000_000 })
    },
  },
  {
    name: 'refund-refused',
    weight: 3,
    needs: 'sale',
    live: (life) => {
      life.untilRunning()
      life.report(failed)
      life.reject('bank-refused', 'AC04')
    },
  },
  {
    name: 'capture-refused',
    weight: 2,
    needs: 'hold',
    live: (life) => {
      life.untilRunning()
      life.report({ deliveredMin: 3, deliveredMax: 3 })
      life.reject('bank-refused', 'MS03')
    },
  },
  {
    name: 'hold-released',
    weight: 20,
    needs: 'hold',
    live: (life) => {
      life.untilRunning()
      life.report(failed)
    },
  },
  {
    name: 'revoked-chip-outcome',
    weight: 2,
    live: (life) => {
      life.untilRunning()
      life.report({}, { revoked: true })
    },
  },
]

export const STORIES: readonly Story[] = [...before, ...confirming, ...paying, ...running, ...disputed]

export const drawStory = weighted(STORIES, (story) => story.weight)
