import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BootId } from '#protocol/identifier.ts'
import {
  BOOTS_MAX,
  type CloneSign,
  NOTHING_SEEN,
  type Sightings,
  TAKEOVERS_MIN,
  sight,
  takeoverSign,
} from './clone.ts'

const EPOCH_S = 1_795_000_000

/** A hello as it was signed, and how it travelled. Seconds since the story began. */
interface Word {
  readonly boot: string
  /** When it was signed. */
  readonly atS: number
  readonly counter?: number
  /** How long it was on its way. */
  readonly lateS?: number
  /** The wall clock is unset, unless told; or years behind. */
  readonly wall?: 'set' | 'old'
}

/** When each boot began: its own clock counts from there. */
type Boots = Readonly<Record<string, number>>

interface Story {
  readonly boots: Boots
  /** In the order in which they arrive. */
  readonly words: readonly Word[]
}

function tell({ boots, words }: Story): { readonly sign: CloneSign | null; readonly after: Sightings } {
  let sightings = NOTHING_SEEN
  for (const { boot, atS, counter = 0, lateS = 0.2, wall } of words) {
    const hello = {
      boot: BootId.of(boot.repeat(16).slice(0, 16)),
      counter,
      monotonicMs: (atS - (boots[boot] ?? 0)) * 1000,
      wallS: wall === undefined ? 0 : (wall === 'set' ? EPOCH_S : EPOCH_S / 2) + Math.floor(atS),
    }
    const { after, sign } = sight(sightings, hello, (EPOCH_S + atS + lateS) * 1000)
    if (sign) return { sign, after }
    sightings = after
  }
  return { sign: null, after: sightings }
}

/** Every 30 s from one moment to another. */
function hellos(boot: string, [fromS, toS]: readonly [number, number], more: Partial<Word> = {}): Word[] {
  const words: Word[] = []
  for (let atS = fromS; atS <= toS; atS += 30) words.push({ boot, atS, ...more })
  return words
}

const HOUR_S = 3600
const DAY_S = 86_400

const HONEST: Readonly<Record<string, Story>> = {
  'one boot that speaks for a day': { boots: { a: 0 }, words: hellos('a', [1, DAY_S]) },
  'many boots, one after the other': {
    boots: { a: 0, b: 500, c: 900, d: 950 },
    words: [
      ...hellos('a', [1, 480]),
      ...hellos('b', [505, 890]),
      ...hellos('c', [902, 930]),
      ...hellos('d', [955, 2000]),
    ],
  },
  'a connection lost and made again, within one boot': {
    boots: { a: 0 },
    words: [
      ...hellos('a', [1, 300]),
      { boot: 'a', atS: 301 },
      { boot: 'a', atS: 302 },
      ...hellos('a', [4000, 4300]),
    ],
  },
  'every message twice, the second a minute late': {
    boots: { a: 0, b: 400 },
    words: [...hellos('a', [1, 390]), ...hellos('b', [405, 900])].flatMap((word) => [
      word,
      { ...word, lateS: 59 },
    ]),
  },
  'the last words of a boot come after the first of the next': {
    boots: { a: 0, b: 320 },
    words: [
      ...hellos('a', [1, 271]),
      { boot: 'b', atS: 323 },
      { boot: 'a', atS: 301, lateS: 40 },
      { boot: 'a', atS: 315, lateS: 50 },
      ...hellos('b', [353, 1000]),
    ],
  },
  'an old word again and again, for hours after the reboot': {
    boots: { a: 0, b: 320 },
    words: hellos('b', [323, 3 * HOUR_S])
      .flatMap((word) => [word, { boot: 'a', atS: 301, lateS: word.atS - 301 + 1 }])
      .toSpliced(0, 0, ...hellos('a', [1, 301])),
  },
  'a boot of which nobody had heard, by one late word': {
    boots: { a: 0, e: 400, b: 430 },
    words: [
      ...hellos('a', [1, 390], { counter: 10 }),
      { boot: 'b', atS: 433, counter: 138 },
      { boot: 'e', atS: 405, counter: 74, lateS: 55 },
      ...hellos('b', [463, HOUR_S], { counter: 138 }),
      { boot: 'e', atS: 405, counter: 74, lateS: HOUR_S },
      ...hellos('b', [HOUR_S + 30, 2 * HOUR_S], { counter: 140 }),
    ],
  },
  'two such accidents, a day apart': {
    boots: { a: 0, e: 400, b: 430, f: DAY_S, c: DAY_S + 20 },
    words: [
      ...hellos('a', [1, 390]),
      { boot: 'b', atS: 433 },
      { boot: 'e', atS: 405, lateS: 55 },
      ...hellos('b', [463, 2 * HOUR_S]),
      { boot: 'c', atS: DAY_S + 23 },
      { boot: 'f', atS: DAY_S + 5, lateS: 30 },
      ...hellos('c', [DAY_S + 53, DAY_S + HOUR_S]),
    ],
  },
  'the last words of a boot are five minutes late': {
    boots: { a: 0, b: 320 },
    words: [
      ...hellos('a', [1, 271]),
      ...hellos('b', [323, 593]),
      { boot: 'a', atS: 301, lateS: 300 },
      { boot: 'a', atS: 315, lateS: 300 },
      ...hellos('b', [623, 1500]),
    ],
  },
  'the first word of a boot was five minutes late, and its last ones a little': {
    boots: { a: 0, b: 620 },
    words: [
      { boot: 'a', atS: 1, lateS: 300 },
      ...hellos('a', [331, 600]),
      { boot: 'b', atS: 623 },
      { boot: 'a', atS: 610, lateS: 20 },
      { boot: 'a', atS: 615, lateS: 30 },
      ...hellos('b', [653, 2000]),
    ],
  },
  'a month without a link on a crystal that runs fast, and its last word comes after the reboot': {
    // What the chip takes for 260 s more than a month is a month.
    boots: { a: 0, b: 30 * DAY_S + 10 },
    words: [
      ...hellos('a', [1, 300]),
      { boot: 'b', atS: 30 * DAY_S + 15 },
      { boot: 'a', atS: 30 * DAY_S + 260, lateS: -240 },
      ...hellos('b', [30 * DAY_S + 45, 30 * DAY_S + HOUR_S]),
    ],
  },
  'our own clock steps back ten minutes while a chip reboots, and its last word comes again': {
    boots: { a: 0, b: 610 },
    words: [
      ...hellos('a', [1, 601]),
      { boot: 'b', atS: 613, lateS: -600 },
      { boot: 'a', atS: 601, lateS: -570 },
      ...hellos('b', [643, 2000], { lateS: -600 }),
    ],
  },
  'a boot with a wrong clock, and a late word of one before it that knew the time': {
    boots: { a: 0, e: 400, b: 430 },
    words: [
      ...hellos('a', [1, 390], { counter: 10, wall: 'set' }),
      ...hellos('b', [433, 700], { counter: 138, wall: 'old' }),
      { boot: 'e', atS: 405, counter: 74, lateS: 300, wall: 'set' },
      ...hellos('b', [730, 2000], { counter: 138, wall: 'set' }),
    ],
  },
  'counters that skip a block at each boot': {
    boots: { a: 0, b: 500, c: 900 },
    words: [
      ...hellos('a', [1, 480], { counter: 3, wall: 'set' }),
      ...hellos('b', [505, 890], { counter: 64, wall: 'set' }),
      ...hellos('c', [905, 1500], { counter: 128, wall: 'set' }),
    ],
  },
  'words of one boot in the wrong order, with their counters': {
    boots: { a: 0 },
    words: [
      { boot: 'a', atS: 100, counter: 9 },
      { boot: 'a', atS: 70, counter: 7, lateS: 31 },
      { boot: 'a', atS: 40, counter: 7, lateS: 62 },
      { boot: 'a', atS: 130, counter: 9 },
    ],
  },
  'a clock that is found late: a boot without it, then one that has it': {
    boots: { a: 0, b: 600 },
    words: [
      ...hellos('a', [1, 590], { counter: 5, wall: 'set' }),
      ...hellos('b', [605, 700], { counter: 64 }),
      ...hellos('b', [735, 1500], { counter: 64, wall: 'set' }),
    ],
  },
  'a chip that hangs on a slow link, each word later than the one before': {
    boots: { a: 0, b: 700 },
    words: [
      ...hellos('a', [1, 690]).map((word) => ({ ...word, lateS: word.atS / 20 })),
      ...hellos('b', [740, 1500]),
    ],
  },
  'a month of one boot whose crystal runs fast by 100 ppm, then a reboot and a late word': {
    boots: { a: 0, b: 30 * DAY_S + 10 },
    words: [
      ...Array.from({ length: 720 }, (_, hour) => ({
        boot: 'a',
        atS: hour * HOUR_S * 1.0001,
        lateS: -hour * 0.36,
      })),
      { boot: 'b', atS: 30 * DAY_S + 15 },
      { boot: 'a', atS: 719.5 * HOUR_S * 1.0001, lateS: HOUR_S / 2 + 20 - 719.5 * 0.36 },
      ...hellos('b', [30 * DAY_S + 45, 31 * DAY_S]),
    ],
  },
}

const CLONES: Readonly<Record<string, Story & { readonly sign: CloneSign }>> = {
  'two boots that both go on speaking': {
    sign: 'boots-alternate',
    boots: { a: 0, b: 600 },
    words: [...hellos('a', [1, 2000]), ...hellos('b', [605, 2000])].toSorted(
      (one, other) => one.atS - other.atS,
    ),
  },
  'two boots by turns, an hour or so each': {
    sign: 'boots-alternate',
    boots: { a: 0, b: 600 },
    words: [
      ...hellos('a', [1, 590]),
      ...hellos('b', [605, 1500]),
      ...hellos('a', [1520, 2400]),
      ...hellos('b', [2420, 3000]),
    ],
  },
  'three boots': {
    sign: 'boots-alternate',
    boots: { a: 0, b: 600, c: 900 },
    words: [
      { boot: 'a', atS: 1 },
      { boot: 'b', atS: 605 },
      { boot: 'c', atS: 905 },
      { boot: 'b', atS: 1000 },
      { boot: 'a', atS: 1100 },
    ],
  },
  'a copied memory: one boot, two counters': {
    sign: 'counter-back',
    boots: { a: 0 },
    words: [
      { boot: 'a', atS: 100, counter: 9 },
      { boot: 'a', atS: 130, counter: 12 },
      { boot: 'a', atS: 131, counter: 10 },
    ],
  },
  'the same, the lower one on its way for longer': {
    sign: 'counter-back',
    boots: { a: 0 },
    words: [
      { boot: 'a', atS: 131, counter: 10 },
      { boot: 'a', atS: 130, counter: 12, lateS: 5 },
    ],
  },
  'a copied disk: a later boot counts from an older state, and knows the time': {
    sign: 'counter-back',
    boots: { a: 0, b: 5000 },
    words: [
      ...hellos('a', [1, 4000], { counter: 500, wall: 'set' }),
      { boot: 'b', atS: 5005, counter: 64, wall: 'set' },
    ],
  },
  'the same without a wall clock: it speaks for two minutes': {
    sign: 'counter-back',
    boots: { a: 0, b: 5000 },
    words: [...hellos('a', [1, 4000], { counter: 500 }), ...hellos('b', [5005, 5200], { counter: 64 })],
  },
}

describe('an honest chip is never held back', () => {
  for (const [name, story] of Object.entries(HONEST)) {
    test(name, () => assert.equal(tell(story).sign, null))
  }
})

describe('a clone shows', () => {
  for (const [name, { sign, ...story }] of Object.entries(CLONES)) {
    test(name, () => assert.equal(tell(story).sign, sign))
  }

  test('by connections that take each other’s place, more than once or twice', () => {
    assert.equal(takeoverSign(TAKEOVERS_MIN - 1), null)
    assert.equal(takeoverSign(TAKEOVERS_MIN), 'mutual-takeover')
  })
})

test('the newest boots are remembered, and no more', () => {
  const letters = 'abcdef0123456789'.split('')
  const words = letters.map((boot, index) => ({ boot, atS: index * 100 + 1 }))
  const boots = Object.fromEntries(letters.map((boot, index) => [boot, index * 100]))
  const { after } = tell({ boots, words })
  assert.deepEqual(
    after.boots.map(({ boot }) => boot[0]),
    letters.slice(-BOOTS_MAX),
  )
})
