import type { Observed } from './observed.ts'
import { replays } from './replay.ts'
import { EPOCH_MS } from './registry.ts'
import { recordsByPayment } from './invariant/bank-view.ts'

/** Everything that concerns one payment, in the order of its happening: what a person needs to understand a violation. */
export function story(observed: Observed, paymentId: string): readonly string[] {
  const lines: { readonly atMs: number; readonly words: string }[] = []
  const tell = (atMs: number, words: string): void => void lines.push({ atMs, words })
  const payment = replays(observed).get(paymentId)
  for (const { event, before, after } of payment?.steps ?? []) {
    const what = event ? facts(event) : `claimed ${after.purchase.goods} at ${after.machineId}`
    const changed = before?.state === after.state ? '' : ` -> ${after.state}`
    tell(event?.atMs ?? after.claimedAtMs, `v${String(after.version)} ${what}${changed}`)
  }
  for (const record of recordsByPayment(observed).get(paymentId) ?? []) {
    tell(record.receivedAtMs, `bank received ${record.orderId} ${record.kind} ${String(record.amountMinor)}`)
    tell(record.finalAtMs, `bank ${record.status} ${record.orderId} ${record.because}`)
    if (record.reversedMinor > 0n)
      tell(record.finalAtMs, `bank reversed ${String(record.reversedMinor)} of it`)
  }
  for (const run of observed.runs.filter(({ runId }) => runId === paymentId)) {
    tell(run.startedAtMs, `machine ${run.chipId} starts`)
    const units = `${String(run.deliveredUnits)} of ${String(run.orderedUnits)}`
    tell(run.endedAtMs ?? run.startedAtMs, `machine ${run.end} ${units} ${run.reason}`)
  }
  for (const [side, said] of [
    ['chip', observed.ups],
    ['system', observed.downs],
  ] as const)
    for (const { atMs, message } of said)
      if ('paymentId' in message && message.paymentId === paymentId)
        tell(atMs, `${side} says ${facts(message)}`)
  return lines
    .toSorted((left, right) => left.atMs - right.atMs)
    .map(({ atMs, words }) => `${((atMs - EPOCH_MS) / 1000).toFixed(3).padStart(12)} ${words}`)
}

function facts(of: object): string {
  const text = JSON.stringify(of, (key, value: unknown) => {
    if (key === 'fresh' || key === 'chipId' || key === 'code') return undefined
    return typeof value === 'bigint' ? value.toString() : value
  })
  return text.slice(0, 400)
}
