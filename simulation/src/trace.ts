import { createHash } from 'node:crypto'
import { toHex } from '#protocol/bytes.ts'
import type { VirtualTime } from './time.ts'

/** Everything that passed between the ends, folded into one hash: two runs are the same to the letter, or they differ. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #time: VirtualTime

  constructor(time: VirtualTime) {
    this.#time = time
  }

  add(kind: string, about: string, what: string | Uint8Array): void {
    const text = typeof what === 'string' ? what : toHex(what)
    this.#hash.update(`${String(this.#time.nowMs())} ${kind} ${about} ${text}\n`)
  }

  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}
