/** Each invariant is shown able to fail: something is planted in what was seen of a true world, and has to be found. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Observed } from '../observed.ts'
import { lastStates } from '../replay.ts'
import { simulate } from '../simulate.ts'
import { INVARIANTS } from './all.ts'
import {
  deliveredOne,
  type Planted,
  recordOf,
  refundedOne,
  versionOf,
  withEntry,
  withRecord,
  withRun,
} from './plant.suite.ts'

const PAYMENTS = 200
const SEED = 5
const NOT_DELIVERED = ['machine-failed', 'partly-delivered', 'interrupted', 'not-started', 'silence']

type Plant = (observed: Observed) => Planted

function delivered(alter: (observed: Observed, paymentId: string) => Observed): Plant {
  return (observed) => {
    const paymentId = deliveredOne(observed)
    return { paymentId, observed: alter(observed, paymentId) }
  }
}

function ofUnknown(alter: (observed: Observed) => Observed): Plant {
  return (observed) => ({ paymentId: '', observed: alter(observed) })
}

const PLANTS: Readonly<Record<string, Readonly<Record<string, Plant>>>> = {
  I1: {
    'a posting grew': delivered((observed, paymentId) => {
      const [first] = observed.postings.filter((posting) => posting.paymentId === paymentId)
      const grown = observed.postings.map((one) =>
        one === first ? { ...one, debitMinor: one.debitMinor + 1n } : one,
      )
      return { ...observed, postings: grown }
    }),
    'a booking of the bank lost one leg': delivered((observed, paymentId) => ({
      ...observed,
      bookings: observed.bookings.map((one) =>
        one.orderId === `t${paymentId}` ? { ...one, legs: one.legs.slice(1) } : one,
      ),
    })),
  },
  I2: {
    'the bank settled after the command': delivered((observed, paymentId) =>
      withRecord(observed, `t${paymentId}`, { finalAtMs: Number.MAX_SAFE_INTEGER }),
    ),
    'the bank settled less': delivered((observed, paymentId) =>
      withRecord(observed, `t${paymentId}`, { settledMinor: 1n }),
    ),
    'the bank paid somebody else': delivered((observed, paymentId) =>
      withRecord(observed, `t${paymentId}`, { creditorIban: 'XX00' }),
    ),
  },
  I3: {
    'a machine ran twice': delivered((observed, paymentId) => ({
      ...observed,
      runs: [...observed.runs, ...observed.runs.filter(({ runId }) => runId === paymentId)],
    })),
    'a machine delivered more': delivered((observed, paymentId) =>
      withRun(observed, paymentId, { deliveredUnits: 1000 }),
    ),
    'a chip journaled STARTED twice': delivered((observed, paymentId) => ({
      ...observed,
      chips: observed.chips.map((chip) => {
        const started = chip.journal.filter((one) => one.kind === 'started' && one.paymentId === paymentId)
        return { ...chip, journal: [...chip.journal, ...started] }
      }),
    })),
  },
  I4: {
    'a refund grew beyond the payment': (observed) => {
      const paymentId = refundedOne(observed, NOT_DELIVERED)
      const order = lastStates(observed)
        .get(paymentId)
        ?.orders.find(({ kind }) => kind === 'refund')
      return { paymentId, observed: withRecord(observed, order?.orderId ?? '', { settledMinor: 1_000_000n }) }
    },
    'a refund was made twice': (observed) => {
      const paymentId = refundedOne(observed, NOT_DELIVERED)
      const refund = lastStates(observed)
        .get(paymentId)
        ?.orders.find(({ kind }) => kind === 'refund')
      const twice = { ...recordOf(observed, refund?.orderId ?? ''), orderId: 'r-again' }
      return { paymentId, observed: { ...observed, bankRecords: [...observed.bankRecords, twice] } }
    },
  },
  I5: {
    'the chip never answered': delivered((observed, paymentId) => ({
      ...observed,
      ups: observed.ups.filter(
        ({ message }) => message.name !== 'check-answer' || message.paymentId !== paymentId,
      ),
    })),
    'the chip answered for another amount': delivered((observed, paymentId) => ({
      ...observed,
      ups: observed.ups.map((said) =>
        said.message.name === 'check-answer' && said.message.paymentId === paymentId
          ? { ...said, message: { ...said.message, amountMinor: 1n } }
          : said,
      ),
    })),
    'the chip answered too late': delivered((observed, paymentId) => ({
      ...observed,
      ups: observed.ups.map((said) =>
        said.message.name === 'check-answer' && said.message.paymentId === paymentId
          ? { ...said, atMs: said.atMs + 60_000 }
          : said,
      ),
    })),
  },
  I6: {
    'a code was claimed twice, and its machine too': (observed) => {
      const paymentId = deliveredOne(observed)
      const copies = observed.entries
        .filter((entry) => entry.paymentId === paymentId)
        .map((entry) => ({ ...entry, paymentId: 'ff'.repeat(16) }))
      return {
        paymentId: 'ff'.repeat(16),
        observed: { ...observed, entries: [...observed.entries, ...copies] },
      }
    },
  },
  I7: {
    'the bank was asked for another amount': delivered((observed, paymentId) =>
      withRecord(observed, `t${paymentId}`, { amountMinor: 12_345n }),
    ),
    'no payer agreed': delivered((observed, paymentId) => ({
      ...observed,
      agreed: observed.agreed.filter((one) => one.paymentId !== paymentId),
    })),
    'the payment changed after it was confirmed': delivered((observed, paymentId) =>
      withEntry(observed, { paymentId, version: 1 }, (text) =>
        text.replace(/"amountMinor":"(\d+)"/, '"amountMinor":"1$1"'),
      ),
    ),
  },
  I8: {
    'nothing came out': delivered((observed, paymentId) =>
      withRun(observed, paymentId, { deliveredUnits: 0, claimedUnits: 0 }),
    ),
    'the machine never ran': delivered((observed, paymentId) => ({
      ...observed,
      runs: observed.runs.filter(({ runId }) => runId !== paymentId),
    })),
    'it was never booked as earned': delivered((observed, paymentId) => ({
      ...observed,
      postings: observed.postings.filter(
        (one) => one.paymentId !== paymentId || one.account.endsWith(':bank') || one.creditMinor > 0n,
      ),
    })),
    'the money of a refunded payment was kept': (observed) => {
      const paymentId = refundedOne(observed, NOT_DELIVERED)
      const refund = lastStates(observed)
        .get(paymentId)
        ?.orders.find(({ kind }) => kind === 'refund')
      return { paymentId, observed: withRecord(observed, refund?.orderId ?? '', { status: 'rejected' }) }
    },
  },
  I9: {
    'a journal entry is gone': delivered((observed, paymentId) => ({
      ...observed,
      entries: observed.entries.filter((entry) => entry.paymentId !== paymentId || entry.version !== 3),
    })),
    'a chip forgot what it told': delivered((observed, paymentId) => ({
      ...observed,
      chips: observed.chips.map((chip) => ({
        ...chip,
        journal: chip.journal.filter((one) => !('paymentId' in one && one.paymentId === paymentId)),
      })),
    })),
    'an outcome was acknowledged and not journaled': ofUnknown((observed) => ({
      ...observed,
      entries: observed.entries.filter(
        ({ eventText }) => !eventText.startsWith('{"kind":"outcome-reported"'),
      ),
    })),
  },
  I10: {
    'an outcome that no chip signed': delivered((observed, paymentId) => ({
      ...observed,
      ups: observed.ups.filter(
        ({ message }) => message.name !== 'outcome' || message.paymentId !== paymentId,
      ),
    })),
    'settled, though the bank refused': delivered((observed, paymentId) =>
      withRecord(observed, `t${paymentId}`, { status: 'rejected' }),
    ),
    'an event from before its time': delivered((observed, paymentId) =>
      withEntry(observed, { paymentId, version: versionOf(observed, paymentId, 'delivered') }, (text) =>
        text.replaceAll(/"atMs":\d+/g, '"atMs":5'),
      ),
    ),
  },
  I11: {
    'an event was rewritten': delivered((observed, paymentId) =>
      withEntry(observed, { paymentId, version: 2 }, (text) =>
        text.replace('"enabled":true', '"enabled":false'),
      ),
    ),
    'an event was dropped': delivered((observed, paymentId) => ({
      ...observed,
      entries: observed.entries.filter((entry) => entry.paymentId !== paymentId || entry.version !== 2),
    })),
    'the present state was altered': delivered((observed, paymentId) => ({
      ...observed,
      rows: observed.rows.map((row) =>
        row.paymentId === paymentId ? { ...row, body: row.body.replace('"delivered"', '"refunded"') } : row,
      ),
    })),
  },
  I12: {
    'the bank has an order twice': delivered((observed, paymentId) => {
      const twice = { ...recordOf(observed, `t${paymentId}`), orderId: `h${paymentId}` }
      return { ...observed, bankRecords: [...observed.bankRecords, twice] }
    }),
    'the bank moved money that nobody ordered': delivered((observed, paymentId) => ({
      ...observed,
      bookings: observed.bookings.filter(({ orderId }) => orderId !== `t${paymentId}`),
    })),
    'an order was sent with other bytes': delivered((observed, paymentId) => ({
      ...observed,
      conflicts: [{ orderId: `t${paymentId}`, bytes: '' }],
    })),
  },
  I13: {
    'everything was switched off': delivered((observed) => ({
      ...observed,
      registry: new Map(
        [...observed.registry].map(([chipId, changes]) => [
          chipId,
          changes.map(({ atMs, record }) => ({
            atMs,
            record: { ...record, enabled: { ...record.enabled, platform: false } },
          })),
        ]),
      ),
    })),
    'its chip was revoked': delivered((observed) => ({
      ...observed,
      registry: new Map(
        [...observed.registry].map(([chipId, changes]) => [
          chipId,
          changes.map(({ atMs, record }) => ({ atMs, record: { ...record, chipRevoked: true } })),
        ]),
      ),
    })),
  },
  I16: {
    'open when its time was over': delivered((observed, paymentId) => ({
      ...observed,
      openWhenDue: [paymentId],
    })),
    'open at the very end': delivered((observed, paymentId) => {
      const version = versionOf(observed, paymentId, 'delivered')
      const entries = observed.entries.filter(
        (entry) => entry.paymentId !== paymentId || entry.version < version,
      )
      return { ...observed, entries }
    }),
  },
  I17: {
    'the machine started after the refund': (observed) => {
      const ran = new Set(observed.runs.map(({ runId }) => runId))
      const refunded = [...lastStates(observed)].find(
        ([paymentId, { orders }]) => ran.has(paymentId) && orders.some(({ kind }) => kind === 'refund'),
      )
      const paymentId = refunded?.[0] ?? ''
      return {
        paymentId,
        observed: withRun(observed, paymentId, { startedAtMs: Number.MAX_SAFE_INTEGER }),
      }
    },
    'refunded while the command could still start': (observed) => {
      const paymentId = refundedOne(observed, NOT_DELIVERED)
      // The command's deadline, moved behind the refund, and no outcome: as if the money had gone back too early.
      const alter = (text: string): string =>
        text.startsWith('{"kind":"outcome-reported"')
          ? text
              .replace('"outcome":', '"was":')
              .replace('{"kind":"outcome-reported"', '{"kind":"time-passed"')
          : text.replace(/"silenceRefundMs":\d+/, '"silenceRefundMs":-100000')
      const entries = observed.entries.map((entry) =>
        entry.paymentId === paymentId ? { ...entry, eventText: alter(entry.eventText) } : entry,
      )
      return { paymentId, observed: { ...observed, entries } }
    },
  },
}

describe('each invariant finds what is planted', () => {
  let world: Observed
  before(async () => {
    const { observed, violations } = await simulate({ payments: PAYMENTS, seed: SEED, faults: 'normal' })
    assert.deepEqual(violations, [])
    world = observed
  })

  test('every invariant has something planted', () => {
    assert.deepEqual(Object.keys(PLANTS), Object.keys(INVARIANTS))
  })

  for (const [name, plants] of Object.entries(PLANTS))
    for (const [what, plant] of Object.entries(plants))
      test(`${name}: ${what}`, () => {
        const { paymentId, observed } = plant(world)
        const found = INVARIANTS[name]?.(observed) ?? []
        const words = found.map((violation) => `${violation.paymentId} ${violation.words}`)
        assert.ok(
          found.some((violation) => violation.paymentId === paymentId || paymentId === ''),
          `not found for ${paymentId}; found: ${words.slice(0, 3).join('; ')}`,
        )
      })
})
