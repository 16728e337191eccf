import type { RandomHex } from '../clock.ts'
import type { MachineRecord } from '../machine/record.ts'
import type { Presence } from './state.ts'

/** Short, common, and unlike each other when read across a room. */
const WORDS = (
  'amber apple arrow bell berry boat bread bridge brook candle cedar chair cherry cloud clover coral cotton ' +
  'daisy desert dove dragon eagle ember falcon feather fern field flame forest fox garden ginger grape harbor ' +
  'hazel hill honey island ivory jade kettle lake lemon lily lion maple marble meadow melon mirror moon ' +
  'mountain olive orange owl paper pearl pepper piano pine planet plum pony puzzle quartz rabbit rain ribbon ' +
  'river robin rocket rose saddle salmon sand silver snow spoon star stone storm sugar summer sun swan table ' +
  'thunder tiger tulip velvet violin walnut water whale willow window winter wolf wood zebra'
).split(' ')

/** Numbers that a lamp blinks: enough that a guess is wrong most times, few enough to count. */
const BLINKS_MIN = 2
const BLINKS_MAX = 9

/**
 * How this payment's payer shows that they stand at this machine (method.md, "Presence"). A fresh code on a
 * display shows it already; the two words tell a mirrored display from the real one.
 */
export function presenceFor(record: MachineRecord, random: RandomHex): Presence {
  const { presence: method, number } = record
  const satisfied = method === 'words' || method === 'none'
  return { method, text: textFor(method, number, random), satisfied, wrongTries: 0 }
}

function textFor(method: Presence['method'], number: string, random: RandomHex): string {
  switch (method) {
    case 'words':
      return `${wordFrom(random(2))} ${wordFrom(random(2))}`
    case 'blink':
      return String(BLINKS_MIN + (Number.parseInt(random(2), 16) % (BLINKS_MAX - BLINKS_MIN + 1)))
    case 'plate':
      return number
    case 'button':
    case 'none':
      return ''
  }
}

function wordFrom(hex: string): string {
  return WORDS[Number.parseInt(hex, 16) % WORDS.length] ?? 'amber'
}
