import { Random } from '../../simulation/src/random.ts'

const WORD_VALUES = 2 ** 32
const WORD_BYTES = 4

/** Chance that repeats by its seed, with ids as quick as a million payments need them. */
export class Chance extends Random {
  readonly #seed: string

  constructor(seed: string) {
    super(seed)
    this.#seed = seed
  }

  /** Another stream of the same seed, so that one more draw in one place changes nothing in another. */
  forked(name: string): Chance {
    return new Chance(`${this.#seed}/${name}`)
  }

  /** Lowercase hexadecimal digits of so many bytes, four at a time. */
  id(lengthBytes: number): string {
    let text = ''
    for (let made = 0; made < lengthBytes; made += WORD_BYTES) {
      text += this.below(WORD_VALUES)
        .toString(16)
        .padStart(WORD_BYTES * 2, '0')
    }
    return text.slice(0, lengthBytes * 2)
  }
}

/** Draws items by their weights. */
export function weighted<Item>(items: readonly Item[], weightOf: (item: Item) => number) {
  let total = 0
  const sums = Float64Array.from(items, (item) => (total += weightOf(item)))
  return (chance: Chance): Item => {
    const point = chance.unit() * total
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) <= point) low = middle + 1
      else high = middle
    }
    const item = items[low]
    if (item === undefined) throw new Error('nothing to draw from')
    return item
  }
}
