import type { FactKind } from '#system/payment/event.ts'
import { type MachineRecord, refusalOf } from '#system/machine/record.ts'
import type { Observed } from '../observed.ts'
import { replays } from '../replay.ts'
import { REGISTRY_LAG_MS } from '../system-node.ts'
import { Findings, type Violation } from './violation.ts'

/** Between the look at the switches and the moment written into the event, at most. */
const LOOK_UP_MS = 10
const FROM_CHIP: ReadonlySet<FactKind> = new Set([
  'check-answered',
  'started',
  'progressed',
  'code-issued',
  'issue-refused',
])

/** I13: a disabled merchant or machine and a revoked chip cause no effect; a revoked chip's outcome makes a case. */
export function disabledIsStill(observed: Observed): readonly Violation[] {
  const findings = new Findings('I13')
  for (const [paymentId, { steps }] of replays(observed)) {
    for (const { before, after, event } of steps) {
      if (!before || !event) continue
      const was = recordsBetween(observed, after.chipId, {
        fromMs: event.atMs - LOOK_UP_MS,
        toMs: event.atMs,
      })
      const spends = after.state === 'paying' && before.state !== 'paying'
      const moves = after.command !== undefined && before.command === undefined
      if (spends || moves)
        findings.expect(
          was.some((record) => refusalOf(record) === null),
          paymentId,
          spends ? 'ordered while switched off' : 'commanded while switched off',
        )
      const recently = recordsBetween(observed, after.chipId, {
        fromMs: event.atMs - REGISTRY_LAG_MS - LOOK_UP_MS,
        toMs: event.atMs,
      })
      const revoked = recently.every((record) => record.chipRevoked)
      findings.expect(
        !(revoked && FROM_CHIP.has(event.kind)),
        paymentId,
        `a revoked chip's ${event.kind} was taken`,
      )
      if (revoked && event.kind === 'outcome-reported')
        findings.expect(after.case !== undefined, paymentId, "a revoked chip's outcome made no case")
    }
  }
  return findings.found
}

/** All records that were in force at some moment of the span. */
function recordsBetween(
  observed: Observed,
  chipId: Parameters<Observed['registry']['get']>[0],
  span: { readonly fromMs: number; readonly toMs: number },
): readonly MachineRecord[] {
  const changes = observed.registry.get(chipId) ?? []
  return changes
    .filter(({ atMs }, index) => {
      const endsMs = changes[index + 1]?.atMs ?? Number.POSITIVE_INFINITY
      return atMs <= span.toMs && endsMs > span.fromMs
    })
    .map(({ record }) => record)
}
