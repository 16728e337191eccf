import type { Sql } from '../database/connect.ts'
import { bookBatch } from './batch.ts'
import type { Instruction, Outcome } from './order.ts'

/** One transaction takes at most so many instructions, and at most so many wait; more are told to come again. */
const BATCH_MAX = 256
const QUEUE_MAX = 4096
/** Above the time a statement of a batch may take in the database. */
const BATCH_TIMEOUT_MS = 8000

export type Submission =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  /** Not taken; nothing happened. */
  | { readonly kind: 'busy' }
  /** The fate of the commit is not known; ask by id. */
  | { readonly kind: 'unavailable' }

interface Waiting {
  readonly instruction: Instruction
  readonly finish: (submission: Submission) => void
}

export interface OrderWriter {
  /** Resolves after the commit that holds the outcome; never rejects. */
  readonly submit: (instruction: Instruction) => Promise<Submission>
  /** Takes nothing more, and resolves when what was taken is booked. */
  readonly close: () => Promise<void>
}

/**
 * Group commit: while one batch is being committed the next gathers, so a hundred orders cost one sync of the disk.
 * `onBooked` is called after each commit; `onFault` hears of what no caller can act on.
 */
export function createOrderWriter(parts: {
  connectSql: () => Sql
  timeZone: string
  onBooked: () => void
  onFault: (error: unknown) => void
}): OrderWriter {
  const queue: Waiting[] = []
  let sql = parts.connectSql()
  let running: Promise<void> | null = null
  let closed = false

  async function attempt(batch: Waiting[]): Promise<void> {
    try {
      const instructions = batch.map((waiting) => waiting.instruction)
      const outcomes = await withinTime(bookBatch(sql, instructions, parts.timeZone))
      if (outcomes === 'too-late') return abandon(batch)
      batch.forEach((waiting, index) => {
        const outcome = outcomes[index]
        waiting.finish(outcome === undefined ? { kind: 'unavailable' } : { kind: 'done', outcome })
      })
      parts.onBooked()
    } catch (error) {
      parts.onFault(error)
      await separate(batch, error)
    }
  }

  /**
   * A connection that never answers is given up with its transaction, which the server rolls back, or has committed:
   * unknown. The next batch waits for the ledger's lock on a new one.
   */
  function abandon(batch: Waiting[]): void {
    parts.onFault(new Error('a batch was not answered in time; its connection is given up'))
    sql.end({ timeout: 0 }).catch(parts.onFault)
    sql = parts.connectSql()
    for (const waiting of batch) waiting.finish({ kind: 'unavailable' })
  }

  /** The database refused a batch as a whole: one by one, so that a single bad instruction harms only itself. */
  async function separate(batch: Waiting[], error: unknown): Promise<void> {
    if (batch.length > 1 && isRefusalOfContent(error)) {
      for (const waiting of batch) await attempt([waiting])
    } else {
      for (const waiting of batch) waiting.finish({ kind: 'unavailable' })
    }
  }

  async function run(): Promise<void> {
    while (queue.length > 0) await attempt(queue.splice(0, BATCH_MAX))
    running = null
  }

  return {
    submit(instruction) {
      if (closed || queue.length >= QUEUE_MAX) return Promise.resolve({ kind: 'busy' })
      return new Promise((finish) => {
        queue.push({ instruction, finish })
        // One turn of the loop later, so that what arrived together goes together.
        running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(run)
      })
    },
    async close() {
      closed = true
      await running
      await sql.end({ timeout: 5 })
    },
  }
}

async function withinTime<Value>(work: Promise<Value>): Promise<Value | 'too-late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'too-late'>((resolve) => {
    timer = setTimeout(() => resolve('too-late'), BATCH_TIMEOUT_MS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** SQLSTATE classes 22, 23 and P0: the content was refused, the connection is well and nothing was committed. */
function isRefusalOfContent(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return /^(22|23|P0)/.test(code)
}
