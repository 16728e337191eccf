import type { BankRecord } from '../bank-books.ts'
import type { Observed, ObservedRun } from '../observed.ts'
import { lastStates, replays } from '../replay.ts'

/** One true world, altered in one place: what an invariant has to find. */
export interface Planted {
  readonly paymentId: string
  readonly observed: Observed
}

/** A payment that was paid, ran and was delivered whole, seen by a sensor. */
export function deliveredOne(observed: Observed): string {
  const ran = new Set(observed.runs.filter(({ evidence }) => evidence === 'sensor').map(({ runId }) => runId))
  for (const [paymentId, { state, purchase, reversedMinor, complainedAtMs }] of lastStates(observed)) {
    const plain = purchase.mode === 'sale' && reversedMinor === 0n && complainedAtMs === undefined
    if (state === 'delivered' && plain && ran.has(paymentId)) return paymentId
  }
  throw new Error('nothing was delivered')
}

/** A payment whose money went back for this reason. */
export function refundedOne(observed: Observed, reasons: readonly string[]): string {
  for (const [paymentId, { orders, command }] of lastStates(observed))
    if (command && orders.some(({ kind, reason }) => kind === 'refund' && reasons.includes(reason ?? '')))
      return paymentId
  throw new Error(`nothing was refunded for ${reasons.join(' or ')}`)
}

export function recordOf(observed: Observed, orderId: string): Readonly<BankRecord> {
  const record = observed.bankRecords.find((one) => one.orderId === orderId)
  if (!record) throw new Error(`the bank has no ${orderId}`)
  return record
}

export function withRecord(observed: Observed, orderId: string, changes: Partial<BankRecord>): Observed {
  return {
    ...observed,
    bankRecords: observed.bankRecords.map((one) => (one.orderId === orderId ? { ...one, ...changes } : one)),
  }
}

export function withRun(observed: Observed, runId: string, changes: Partial<ObservedRun>): Observed {
  return {
    ...observed,
    runs: observed.runs.map((run) => (run.runId === runId ? { ...run, ...changes } : run)),
  }
}

/** The entry of one version, rewritten. */
export function withEntry(
  observed: Observed,
  of: { readonly paymentId: string; readonly version: number },
  rewrite: (eventText: string) => string,
): Observed {
  return {
    ...observed,
    entries: observed.entries.map((entry) =>
      entry.paymentId === of.paymentId && entry.version === of.version
        ? { ...entry, eventText: rewrite(entry.eventText) }
        : entry,
    ),
  }
}

/** The version at which a payment first was in this state. */
export function versionOf(observed: Observed, paymentId: string, state: string): number {
  const step = replays(observed)
    .get(paymentId)
    ?.steps.find(({ after }) => after.state === state)
  if (!step) throw new Error(`${paymentId} never was ${state}`)
  return step.after.version
}
