import { randomBytes } from 'node:crypto'

/** Where time and chance come in; the simulation has its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number
  /** Runs once after `delayMs`; what it returns takes the timer back. */
  after(delayMs: number, run: () => void): () => void
}

export type RandomHex = (bytes: number) => string

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

export const randomHex: RandomHex = (bytes) => randomBytes(bytes).toString('hex')
