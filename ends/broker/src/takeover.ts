import type { Duplex } from 'node:stream'
import type { ChipId } from '#protocol/identifier.ts'

/** So many within the window are a sign that two go by one name. */
export const TAKEOVERS_THAT_TELL = 4
/**
 * An honest chip comes again before its old connection is known to be dead only after a silence of 10 s (its
 * `acceptTimeoutMs`), so that four of them do not fit in here; two that fight come back within a second.
 */
const WINDOW_MS = 30_000
/** Somebody who is there answers the end of a connection with its own. */
const ANSWER_LIMIT_MS = 1_000
const CHIPS_MAX = 10_000

/** Counts how often a chip's connection is taken over while the one before it was alive. */
export class TakeoverCount {
  private readonly nowMs: () => number
  private readonly times = new Map<ChipId, readonly number[]>()

  constructor(nowMs: () => number) {
    this.nowMs = nowMs
  }

  /** Adds one, and returns how many there were within the window. */
  add(chipId: ChipId): number {
    const now = this.nowMs()
    const recent = [...(this.times.get(chipId) ?? []).filter((at) => at > now - WINDOW_MS), now]
    this.times.delete(chipId)
    this.times.set(chipId, recent)
    for (const [oldest] of this.times) {
      if (this.times.size <= CHIPS_MAX) break
      this.times.delete(oldest)
    }
    return recent.length
  }
}

/** Ends a connection, and returns whether somebody there answered. Of a chip that lost power or its network nobody does. */
export function answersItsEnd(connection: Duplex): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (answered: boolean) => {
      clearTimeout(limit)
      connection.off('end', onEnd)
      connection.off('close', onClose)
      resolve(answered)
    }
    const onEnd = () => settle(true)
    const onClose = () => settle(false)
    const limit = setTimeout(onClose, ANSWER_LIMIT_MS)
    connection.once('end', onEnd)
    connection.once('close', onClose)
    connection.end()
  })
}
