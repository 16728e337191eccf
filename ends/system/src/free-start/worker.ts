import type { ChipConversation } from '../chip/conversation.ts'
import { freeCommand } from '../chip/outgoing.ts'
import type { Clock } from '../clock.ts'
import type { Sql } from '../database.ts'
import type { PaymentPorts } from '../payment/ports.ts'
import type { Times } from '../payment/times.ts'
import { type FreeStart, commandFreeStart, openFreeStarts, refuseFreeStart } from './free-start.ts'

const LOOK_EVERY_MS = 500
const OPEN_MAX = 50
/** A chip that was silent for longer has no clock of which we know enough to give it a deadline. */
const HELLO_AGE_MAX_MS = 90_000
const ASK_EVERY_MS = 5000
/** What could not be commanded by then is refused rather than started when nobody expects it. */
const AUTHORISED_MAX_MS = 60_000

interface FreeStartPorts {
  readonly sql: Sql
  readonly chips: ChipConversation
  readonly machines: PaymentPorts['machines']
  readonly clock: Clock
  readonly times: Times
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/**
 * Carries authorised free starts out: to a machine that no payment holds, with a deadline on the chip's own clock
 * as its last hello told it. What is already commanded is asked about until the chip has said what became of it.
 */
export class FreeStartWorker {
  readonly #ports: FreeStartPorts
  /** When each commanded start is to be asked about next: not before it has had its time to begin. */
  readonly #askAtMs = new Map<string, number>()
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(ports: FreeStartPorts) {
    this.#ports = ports
  }

  start(): void {
    if (this.#stopped) return
    this.#cancel = this.#ports.clock.after(LOOK_EVERY_MS, () => {
      void this.#look().finally(() => this.start())
    })
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  async #look(): Promise<void> {
    try {
      const open = await openFreeStarts(this.#ports.sql, OPEN_MAX)
      for (const start of open) await this.#further(start)
      for (const startId of this.#askAtMs.keys()) {
        if (!open.some((start) => start.startId === startId)) this.#askAtMs.delete(startId)
      }
    } catch (error) {
      this.#ports.warn('free starts have to wait', {
        why: error instanceof Error ? error.message : String(error),
      })
    }
  }

  async #further(start: FreeStart): Promise<void> {
    const { chips, clock, machines, sql, times } = this.#ports
    const { chipId, commandId, startId } = start
    const atMs = clock.nowMs()
    if (start.state !== 'authorised') {
      if (atMs < (this.#askAtMs.get(startId) ?? 0)) return
      this.#askAtMs.set(startId, atMs + ASK_EVERY_MS)
      return await chips.send({ name: 'query', chipId, commandId, paymentId: startId })
    }
    const last = chips.lastHello(chipId)
    if (!(await machines.isEnabledNow(chipId)))
      return await refuseFreeStart(sql, startId, { because: 'disabled', atMs })
    if (atMs > start.authorisedAtMs + AUTHORISED_MAX_MS)
      return await refuseFreeStart(sql, startId, { because: 'machine-unavailable', atMs })
    if (!last || atMs > last.receivedAtMs + HELLO_AGE_MAX_MS) return
    // The chip's clock is by now at least as far on as ours since its hello: the deadline is never later than meant.
    const deadlineMs = last.hello.monotonicMs + (atMs - last.receivedAtMs) + times.commandDeadlineMs
    const { boot } = last.hello
    if (!(await commandFreeStart(sql, startId, { boot, deadlineMs, atMs }))) return
    this.#askAtMs.set(startId, atMs + times.commandDeadlineMs + times.clockMarginMs)
    await chips.send(freeCommand(chipId, { ...start, boot, deadlineMs }))
  }
}
