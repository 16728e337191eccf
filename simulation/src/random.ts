const UINT32 = 0x1_0000_0000
const BYTE_VALUES = 256

/** FNV-1a (32 bit): a name becomes a seed. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}

/** Splitmix32, to spread one seed over the state of a generator. */
function spread(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }
}

/**
 * All chance of a simulation: xoshiro128** (Blackman and Vigna). Streams are forked by name, so that one more draw
 * in one place changes nothing in another. Not for secrets.
 */
export class Random {
  readonly #name: string
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(name: string) {
    this.#name = name
    const next = spread(seedOf(name))
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next() | 1
  }

  fork(name: string): Random {
    return new Random(`${this.#name}/${name}`)
  }

  #uint32(): number {
    const product = Math.imul(this.#b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result
  }

  /** In [0, 1). */
  unit(): number {
    return this.#uint32() / UINT32
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.unit() * below)
  }

  /** A whole number in [from, to]. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  /** Waiting times between independent happenings, in whole milliseconds, at least 1. */
  waitMs(meanMs: number): number {
    return Math.max(1, Math.round(-Math.log(1 - this.unit()) * meanMs))
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(BYTE_VALUES))
  }

  hex(lengthBytes: number): string {
    return Buffer.from(this.bytes(lengthBytes)).toString('hex')
  }
}
