import type { Payment, State } from '#system/payment/state.ts'
import type { Observed } from '../observed.ts'
import { lastStates, replays } from '../replay.ts'
import { Findings, type Violation } from './violation.ts'

/** From each state, where a payment may go: the table above `Payment`, and a complaint after the end. */
export const FORWARD: Readonly<Record<State, readonly State[]>> = {
  issuing: ['checking', 'ended'],
  checking: ['presence', 'confirming', 'ended'],
  presence: ['confirming', 'ended'],
  confirming: ['rechecking', 'ended'],
  rechecking: ['paying', 'ended'],
  paying: ['commanding', 'readying', 'abandoned', 'refunding', 'releasing', 'ended'],
  abandoned: ['refunding', 'releasing', 'ended'],
  readying: ['commanding', 'refunding', 'releasing', 'ended'],
  commanding: ['running', 'delivered', 'refunding', 'refunded', 'partlyRefunded', 'capturing', 'releasing'],
  running: ['delivered', 'refunding', 'refunded', 'partlyRefunded', 'capturing', 'releasing'],
  capturing: ['delivered'],
  releasing: ['ended'],
  refunding: ['refunded', 'partlyRefunded'],
  delivered: ['refunding'],
  partlyRefunded: ['refunding'],
  refunded: [],
  ended: [],
}

/** I10: states only move forward, and what is stated as fact rests on evidence that the other side gave. */
export function forwardOnEvidence(observed: Observed): readonly Violation[] {
  const findings = new Findings('I10')
  for (const [paymentId, { steps }] of replays(observed)) {
    let atMs = 0
    for (const { before, after, event } of steps) {
      if (!before || !event) continue
      findings.expect(
        after.state === before.state || FORWARD[before.state].includes(after.state),
        paymentId,
        `went from ${before.state} to ${after.state}`,
      )
      findings.expect(
        before.endReason === undefined || after.endReason === before.endReason,
        paymentId,
        `gave one reason for its end, ${before.endReason ?? ''}, and then another`,
      )
      findings.expect(event.atMs >= atMs, paymentId, 'its events are not in the order of their times')
      atMs = event.atMs
    }
  }
  const bank = new Map(observed.bankRecords.map((record) => [record.orderId, record]))
  const outcomes = new Set(
    observed.ups.flatMap(({ message }) =>
      message.name === 'outcome' ? [factKey(message.commandId, message)] : [],
    ),
  )
  const starts = new Set(
    observed.ups.flatMap(({ message }) => (message.name === 'started' ? [message.commandId] : [])),
  )
  for (const [paymentId, payment] of lastStates(observed)) {
    expectBankEvidence(findings, payment, bank)
    const { command, outcome } = payment
    if (outcome && command)
      findings.expect(
        outcomes.has(factKey(command.commandId, outcome)),
        paymentId,
        'states an outcome that its chip never signed',
      )
    if (command?.startedAtMs !== undefined)
      findings.expect(starts.has(command.commandId), paymentId, 'states a start that its chip never signed')
  }
  return findings.found
}

function factKey(commandId: string, of: { sequence: number; result: string; deliveredMin: number }): string {
  return `${commandId} ${String(of.sequence)} ${of.result} ${String(of.deliveredMin)}`
}

function expectBankEvidence(
  findings: Findings,
  payment: Payment,
  bank: ReadonlyMap<string, Observed['bankRecords'][number]>,
): void {
  for (const order of payment.orders) {
    const record = bank.get(order.orderId)
    if (order.status === 'settled')
      findings.expect(record?.status === 'settled', payment.paymentId, `states ${order.orderId} settled`)
    if (order.status === 'rejected')
      findings.expect(
        record === undefined ? order.rejectedBecause === 'never received' : record.status === 'rejected',
        payment.paymentId,
        `states ${order.orderId} rejected, and the bank has it as ${record?.status ?? 'nothing'}`,
      )
  }
}
