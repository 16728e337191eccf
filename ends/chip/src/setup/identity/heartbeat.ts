import { BootId, type ChipId, openVerified, seal, type Signer, type Verifier } from '#protocol'
import { Memory } from '../../core/memory.ts'
import type { ChipClock, Journal, Link } from '../../core/ports.ts'

/** The first greeting may cross the system's own start. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 8_000

export interface HeartbeatParts {
  readonly chipId: ChipId
  readonly signer: Signer
  readonly verifiers: () => readonly Verifier[]
  readonly link: Link
  readonly journal: Journal
  readonly clock: ChipClock
  readonly random: (lengthBytes: number) => Uint8Array
}

/**
 * Says hello, as a boot of its own, until the system has answered; false once aborted. It names no tariff, so that there
 * is something to answer. Whatever it hears is only recognised here and never acted upon: the chip has not begun yet.
 */
export function awaitHeartbeat(parts: HeartbeatParts, signal: AbortSignal): Promise<boolean> {
  const { chipId, clock, journal, link } = parts
  // Counters and boots go on from the journal: a chip that seemed to go back would be taken for a clone.
  const memory = new Memory(journal)
  memory.keep({ kind: 'boot', boot: BootId.fromBytes(parts.random(BootId.lengthBytes)) })
  return new Promise((resolve) => {
    let cancel = (): void => {}
    let pauseMs = FIRST_PAUSE_MS
    const end = (heard: boolean): void => {
      cancel()
      signal.removeEventListener('abort', giveUp)
      link.listen({ connected() {}, disconnected() {}, message() {} })
      resolve(heard)
    }
    const giveUp = (): void => end(false)
    const greet = (): void => {
      cancel = clock.setTimer(pauseMs, greet)
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      if (!link.isConnected()) return
      const hello = seal(
        {
          name: 'hello',
          chipId,
          boot: memory.boot(),
          counter: memory.lastCounter(),
          tariffVersion: 0,
          machineState: 'unpowered',
          monotonicMs: Math.floor(clock.monotonicMs()),
          wallS: Math.floor(clock.wallS() ?? 0),
          unacknowledged: memory.unacknowledgedOutcomes().length,
        },
        parts.signer,
      )
      link.send(hello, () => {})
    }
    signal.addEventListener('abort', giveUp)
    link.listen({
      connected: () => {
        cancel()
        greet()
      },
      disconnected() {},
      message: (bytes) => {
        const answer = openVerified(bytes, ({ chipId: to, direction }) =>
          to === chipId && direction === 'down' ? parts.verifiers() : [],
        )
        if (answer.ok) end(true)
      },
    })
    if (signal.aborted) giveUp()
    else greet()
  })
}
