import type { ChipConversation } from '../chip/conversation.ts'
import type { Clock } from '../clock.ts'
import type { Sql } from '../database.ts'
import { openRetirements } from './retirement.ts'

/** A chip that is there answers the first; one that drains, or is away, is told again. */
const TELL_EVERY_MS = 5000
/** In one round; those that were not told have their turn in the next. */
const TOLD_AT_ONCE_MAX = 100
/** Before every id. */
const FROM_THE_FIRST = ''

interface RetirementPorts {
  readonly sql: Sql
  readonly chips: ChipConversation
  readonly clock: Clock
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/** Tells chips that are released so, from the database, until they have answered. */
export class RetirementWorker {
  readonly #ports: RetirementPorts
  #cancel: (() => void) | undefined
  #stopped = false
  /** Where the next round goes on, so that chips that never answer do not keep the others from being told. */
  #after = FROM_THE_FIRST

  constructor(ports: RetirementPorts) {
    this.#ports = ports
  }

  start(): void {
    if (this.#stopped) return
    this.#cancel = this.#ports.clock.after(TELL_EVERY_MS, () => {
      void this.#round().finally(() => this.start())
    })
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  async #round(): Promise<void> {
    const { sql, chips, warn } = this.#ports
    try {
      const open = await openRetirements(sql, { after: this.#after, limit: TOLD_AT_ONCE_MAX })
      for (const { chipId, retirementId } of open) {
        await chips.send({ name: 'retire', chipId, retirementId })
      }
      this.#after = (open.length === TOLD_AT_ONCE_MAX && open.at(-1)?.retirementId) || FROM_THE_FIRST
    } catch (error) {
      warn('releases have to wait', { why: error instanceof Error ? error.message : String(error) })
    }
  }
}
