import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decideRenewal, pauseAfterFailureS, type RenewalState } from './renewal.ts'

const DAY_S = 86_400
const START_S = 1_800_000_000
const of90Days = { notBeforeS: START_S, notAfterS: START_S + 90 * DAY_S, failures: 0, chance: 0 }
const onDay = (day: number, changes: Partial<RenewalState> = {}): RenewalState => ({
  ...of90Days,
  nowS: START_S + day * DAY_S,
  ...changes,
})

describe('when a certificate is renewed', () => {
  test('at two thirds of its life, some chips a little earlier', () => {
    assert.deepEqual(decideRenewal(onDay(0)), { renew: false, lookAgainInS: 3600 })
    assert.deepEqual(decideRenewal(onDay(59.99)), { renew: false, lookAgainInS: 864 })
    assert.deepEqual(decideRenewal(onDay(60)), { renew: true })
    assert.deepEqual(decideRenewal(onDay(51, { chance: 1 })), { renew: true })
  })

  test('one that is over is still tried', () => {
    assert.deepEqual(decideRenewal(onDay(400)), { renew: true })
  })

  test('never while the chip does not know the time', () => {
    assert.equal(decideRenewal(onDay(80, { nowS: undefined })).renew, false)
  })

  test('pauses grow, and stay short against a short life', () => {
    const pauses = [1, 2, 3, 4, 20].map((failures) => pauseAfterFailureS(onDay(61, { failures })))
    assert.deepEqual(pauses, [5, 10, 20, 40, 21_600])
    const ofAnHour = { ...of90Days, notAfterS: START_S + 3600, nowS: START_S + 3000 }
    assert.equal(pauseAfterFailureS({ ...ofAnHour, failures: 20 }), 300)
  })

  test('with any certificate and clock: there is always a next look, and time for many tries before the end', () => {
    fc.assert(
      fc.property(
        fc.record({
          lifeS: fc.integer({ min: 60, max: 3650 * DAY_S }),
          offsetS: fc.integer({ min: -DAY_S, max: 4000 * DAY_S }),
          chance: fc.double({ min: 0, max: 1, noNaN: true }),
          failures: fc.integer({ min: 1, max: 100 }),
        }),
        ({ lifeS, offsetS, chance, failures }) => {
          const state = {
            nowS: START_S + offsetS,
            notBeforeS: START_S,
            notAfterS: START_S + lifeS,
            failures,
            chance,
          }
          const decision = decideRenewal(state)
          if (!decision.renew) assert.ok(decision.lookAgainInS >= 1 && decision.lookAgainInS <= 3600)
          assert.ok(pauseAfterFailureS(state) >= 1)
          assert.ok(pauseAfterFailureS(state) <= Math.max(1, lifeS / 12))
          const atHalf = decideRenewal({ ...state, nowS: START_S + lifeS / 2 })
          assert.equal(atHalf.renew, false)
        },
      ),
    )
  })
})
