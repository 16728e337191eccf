import type { PaymentId } from '#protocol/identifier.ts'
import type { Entry, Journal } from '#system/payment/journal.ts'
import type { MemoryJournal } from '#system/payment/journal-memory.ts'
import type { Payment } from '#system/payment/state.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './time.ts'
import type { Trace } from './trace.ts'
import type { Weather } from './weather.ts'

const COMMIT_MAX_MS = 8
const READ_MAX_MS = 3
/** A node killed while its commit is under way: the storage may have it or not. */
const COMMITTED_ANYWAY = 0.5

/** A write that the journal acknowledged to a node: from then on it must be there for ever (I9). */
export interface Acknowledged {
  readonly paymentId: PaymentId
  readonly version: number
  readonly hash: string
}

export interface JournalWorld {
  readonly time: VirtualTime
  readonly random: Random
  readonly weather: Weather
  readonly trace: Trace
  readonly acknowledged: Acknowledged[]
}

/**
 * One node's connection to the journal: takes time, may break with the outcome of a write unknown, and never answers a
 * node that was killed meanwhile.
 */
export function connectJournal(inner: MemoryJournal, isAlive: () => boolean, world: JournalWorld): Journal {
  const { time, random, weather, trace } = world

  function after<Value>(maxMs: number, act: () => Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      time.after(random.between(1, maxMs), () => {
        if (isAlive()) act().then(resolve, reject)
      })
    })
  }

  function write<Value>(payment: Payment, act: () => Promise<Value>, done: Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      time.after(random.between(1, COMMIT_MAX_MS), () => {
        const { paymentId, version, chainHash: hash } = payment
        if (!isAlive()) {
          if (random.chance(COMMITTED_ANYWAY)) void act()
          return
        }
        const broken = random.chance(weather.profile.system.journalError)
        if (broken) weather.tell('journal connection lost', paymentId)
        if (broken && random.chance(0.5)) return reject(new Error('connection lost before the commit'))
        const settle = (value: Value): void => {
          if (broken) return reject(new Error('connection lost after the commit'))
          if (value === done) {
            world.acknowledged.push({ paymentId, version, hash })
            trace.add('journal', paymentId, hash)
          }
          resolve(value)
        }
        act().then(settle, reject)
      })
    })
  }

  return {
    create: (payment) => write(payment, () => inner.create(payment), 'created'),
    append: (entry: Entry) => write(entry.payment, () => inner.append(entry), true),
    read: (paymentId) => after(READ_MAX_MS, () => inner.read(paymentId)),
    due: (nowMs, limit) => inner.due(nowMs, limit),
    byOrder: (orderId) => after(READ_MAX_MS, () => inner.byOrder(orderId)),
    byCode: (codeHash) => after(READ_MAX_MS, () => inner.byCode(codeHash)),
    history: (of) => after(READ_MAX_MS, () => inner.history(of)),
    complaintsSince: (about) => after(READ_MAX_MS, () => inner.complaintsSince(about)),
    openCases: (limit) => after(READ_MAX_MS, () => inner.openCases(limit)),
  }
}
