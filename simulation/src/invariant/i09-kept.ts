import type { Observed } from '../observed.ts'
import { Findings, type Violation } from './violation.ts'

/** I9: what was acknowledged is still there: every journal write, every STARTED, every outcome and counter of a chip. */
export function acknowledgedIsKept(observed: Observed): readonly Violation[] {
  const findings = new Findings('I9')
  const written = new Set(observed.entries.map((entry) => key(entry.paymentId, entry.version, entry.hash)))
  for (const { paymentId, version, hash } of observed.acknowledged)
    findings.expect(
      written.has(key(paymentId, version, hash)),
      paymentId,
      `version ${String(version)} was acknowledged and is gone`,
    )
  const journals = new Map(observed.chips.map(({ chipId, journal }) => [chipId, keysOf(journal)]))
  const counters = new Set<string>()
  for (const { chipId, message } of observed.ups) {
    const journal = journals.get(chipId) ?? new Set()
    if (message.name === 'started')
      findings.expect(
        journal.has(`started ${message.commandId}`),
        message.paymentId,
        'the chip told STARTED and did not keep it',
      )
    if (message.name === 'outcome')
      findings.expect(
        journal.has(outcomeKey(message)),
        message.paymentId,
        'the chip told an outcome and did not keep it',
      )
    if (message.name === 'issue-answer' && message.refusal === 'none') counters.add(chipId)
  }
  const outcomes = new Set(observed.entries.flatMap(({ eventText }) => acknowledgeable(eventText)))
  for (const { message } of observed.downs) {
    if (message.name !== 'outcome-ack') continue
    findings.expect(
      outcomes.has(`${message.commandId} ${String(message.sequence)}`),
      '',
      `outcome ${message.commandId} was acknowledged to the chip and not journaled`,
    )
  }
  return findings.found
}

function key(paymentId: string, version: number, hash: string): string {
  return `${paymentId} ${String(version)} ${hash}`
}

function keysOf(journal: Observed['chips'][number]['journal']): ReadonlySet<string> {
  return new Set(
    journal.map((record) => {
      if (record.kind === 'started') return `started ${record.commandId}`
      return record.kind === 'outcome' ? outcomeKey(record) : ''
    }),
  )
}

function outcomeKey(of: {
  commandId: string
  sequence: number
  result: string
  deliveredMin: number
  deliveredMax: number
}): string {
  const { commandId, sequence, result, deliveredMin, deliveredMax } = of
  return `outcome ${commandId} ${String(sequence)} ${result} ${String(deliveredMin)}..${String(deliveredMax)}`
}

function acknowledgeable(eventText: string): readonly string[] {
  if (!eventText.startsWith('{"kind":"outcome-reported"')) return []
  const event = JSON.parse(eventText) as { commandId: string; outcome: { sequence: number } }
  return [`${event.commandId} ${String(event.outcome.sequence)}`]
}
