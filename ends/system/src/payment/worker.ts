import type { Clock } from '../clock.ts'
import type { PaymentEngine } from './engine.ts'
import type { PaymentLog } from './ports.ts'
import type { Journal } from './journal.ts'

const LOOK_EVERY_MS = 100
const DUE_MAX = 500

interface WorkerPorts {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: PaymentLog
}

/**
 * Lets time pass: finds payments for which something is due, whoever began them, and gives each the fact. This is
 * also how what was committed and not yet sent is found again after a crash, by any node.
 */
export class DueWorker {
  readonly #ports: WorkerPorts
  readonly #engine: PaymentEngine
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(ports: WorkerPorts, engine: PaymentEngine) {
    this.#ports = ports
    this.#engine = engine
  }

  start(): void {
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #schedule(): void {
    if (this.#stopped) return
    this.#cancel = this.#ports.clock.after(LOOK_EVERY_MS, () => {
      void this.#look().finally(() => this.#schedule())
    })
  }

  async #look(): Promise<void> {
    const { clock, journal, log } = this.#ports
    try {
      const due = await journal.due(clock.nowMs(), DUE_MAX)
      await Promise.allSettled(due.map((paymentId) => this.#engine.apply(paymentId, { kind: 'time-passed' })))
    } catch (error) {
      log.warn('due payments could not be read', {
        why: error instanceof Error ? error.message : String(error),
      })
    }
  }
}
