import { toHex } from '#protocol/bytes.ts'
import { bindingOf } from '#system/payer/binding.ts'
import { CHAIN_START, chainHash } from '#system/payment/chain.ts'
import { decodeEvent, decodePayment, encodePayment } from '#system/payment/codec.ts'
import { SLOT_STATES, type Payment } from '#system/payment/state.ts'
import { transition } from '#system/payment/transition.ts'
import { FORWARD } from '../../simulation/src/invariant/i10-forward.ts'
import type { Evidence, EventRow } from './evidence.ts'
import type { Findings } from './violation.ts'

/** I5, I6, I7, I10, I11: what the journal says happened, in which order, and that nobody changed it. */

/** I10, I11: every chain is whole, and replaying it through `transition` gives the present state to the letter. */
export function journalReplays({ payments, events }: Evidence, findings: Findings): void {
  for (const payment of payments) {
    const rows = events.get(payment.paymentId) ?? []
    const states = replay(rows, payment.paymentId, findings)
    const last = states.at(-1)
    const same =
      last !== undefined &&
      encodePayment(decodePayment(encodePayment(last))) === encodePayment(sorted(payment, last))
    findings.expect(same, {
      invariant: 'I11',
      about: payment.paymentId,
      what: 'the journal does not replay to the present state',
    })
    confirmedOnlyAfterTheChip(rows, states, findings)
  }
}

/** The database keeps an object's names in an order of its own; compared is what they hold. */
function sorted(payment: Payment, like: Payment): Payment {
  return arrange(payment, like) as Payment
}

function arrange(value: unknown, like: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(like))
    return value.map((item, index) => arrange(item, like[index]))
  if (!isObject(value) || !isObject(like)) return value
  const names = [...new Set([...Object.keys(like), ...Object.keys(value)])].filter((name) => name in value)
  return Object.fromEntries(names.map((name) => [name, arrange(value[name], like[name])]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function replay(rows: readonly EventRow[], about: string, findings: Findings): Payment[] {
  const states: Payment[] = []
  let hash = CHAIN_START
  for (const [index, row] of rows.entries()) {
    const linked =
      row.version === index + 1 &&
      row.prevHash === hash &&
      row.hash === chainHash(hash, row.version, row.eventText)
    findings.expect(linked, {
      invariant: 'I11',
      about,
      what: `the chain is broken at ${String(row.version)}`,
    })
    hash = row.hash
    const before = states.at(-1)
    const after = { ...next(before, row), version: row.version, chainHash: row.hash }
    const forward = !before || before.state === after.state || FORWARD[before.state].includes(after.state)
    findings.expect(forward, {
      invariant: 'I10',
      about,
      what: `went from ${before?.state ?? ''} to ${after.state}`,
    })
    states.push(after)
  }
  return states
}

function next(before: Payment | undefined, row: EventRow): Payment {
  if (!before) return (decodeEvent(row.eventText) as unknown as { payment: Payment }).payment
  return transition(before, decodeEvent(row.eventText)).payment
}

/** I5: before the payer could confirm, the chip had answered yes, to our nonce, about exactly this. */
function confirmedOnlyAfterTheChip(
  rows: readonly EventRow[],
  states: readonly Payment[],
  findings: Findings,
): void {
  const confirmedAt = states.findIndex((payment) => payment.state === 'confirming')
  if (confirmedAt < 0) return
  const nonces = new Set(states.slice(0, confirmedAt + 1).map((payment) => payment.check?.nonce))
  const answered = rows.slice(0, confirmedAt + 1).some((row) => {
    const event = decodeEvent(row.eventText)
    return event.kind === 'check-answered' && event.verdict === 'ready' && nonces.has(event.nonce)
  })
  findings.expect(answered, {
    invariant: 'I5',
    about: states[0]?.paymentId ?? '',
    what: 'the payer was asked before the chip had answered',
  })
}

/** I6: one claim per code, one reservation per machine slot at any moment. */
export function claimsAreSingle({ payments, events }: Evidence, findings: Findings): void {
  const codes = payments.map((payment) => payment.code?.codeHash).filter((hash) => hash !== undefined)
  findings.expect(new Set(codes).size === codes.length, {
    invariant: 'I6',
    about: 'codes',
    what: 'a code was claimed twice',
  })
  const spans = new Map<string, { fromMs: number; toMs: number; paymentId: string }[]>()
  for (const payment of payments) {
    const held = slotSpan(payment, events.get(payment.paymentId) ?? [])
    spans.set(payment.chipId, [...(spans.get(payment.chipId) ?? []), held])
  }
  for (const list of spans.values()) {
    list.sort((a, b) => a.fromMs - b.fromMs)
    for (const [index, span] of list.entries()) {
      const following = list[index + 1]
      findings.expect(!following || following.fromMs >= span.toMs, {
        invariant: 'I6',
        about: span.paymentId,
        what: `held its machine together with ${following?.paymentId ?? ''}`,
      })
    }
  }
}

function slotSpan(payment: Payment, rows: readonly EventRow[]) {
  const states: Payment[] = []
  for (const row of rows) states.push(next(states.at(-1), row))
  const freed = states.findIndex((state) => !SLOT_STATES.includes(state.state))
  const toMs = freed < 0 ? payment.claimedAtMs : (rows[freed]?.atMs ?? payment.claimedAtMs)
  return { fromMs: payment.claimedAtMs, toMs, paymentId: payment.paymentId }
}

/** I7: what was confirmed is what is charged: the hash is made again from the books. */
export function confirmationsBind({ payments, nonces }: Evidence, findings: Findings): void {
  for (const payment of payments) {
    const nonce = nonces.get(payment.paymentId)
    if (!payment.confirmation || nonce === undefined) continue
    const same = toHex(bindingOf(payment, nonce)) === payment.confirmation.boundHash
    findings.expect(same, {
      invariant: 'I7',
      about: payment.paymentId,
      what: 'was confirmed for something else',
    })
  }
}
