import type { Bus } from './bus.ts'

export interface Wait<Value> {
  /** Undefined: not yet. */
  readonly look: () => Promise<Value | undefined>
  readonly limitMs: number
  readonly rereadMs: number
}

/**
 * Looks after every signal of NetworkManager, and from time to time without one, since signals can be missed. Undefined
 * where `limitMs` ran out.
 */
export async function waitFor<Value>(bus: Bus, wait: Wait<Value>): Promise<Value | undefined> {
  const endMs = performance.now() + wait.limitMs
  let heard = false
  let wake = (): void => {}
  const stop = bus.listen((what) => {
    // Looking is what finds out that the bus has gone; that alone is no reason to look again at once.
    if (what !== 'gone') heard = true
    wake()
  })
  try {
    for (;;) {
      heard = false
      const value = await wait.look()
      if (value !== undefined) return value
      const leftMs = endMs - performance.now()
      if (leftMs <= 0) return undefined
      // What was heard while looking may have changed what was looked at.
      if (heard) continue
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(leftMs, wait.rereadMs))
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    stop()
  }
}
