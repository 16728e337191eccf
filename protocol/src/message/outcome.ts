import { CommandId, PaymentId } from '../identifier.ts'
import type { ProtocolError } from '../protocol-error.ts'
import { choice, field, id, text, uint, uint32 } from './field.ts'
import { type ValueOf, message } from './message.ts'
import { UNITS_MAX } from './tariff.ts'

export const RESULT_CODES = {
  delivered: 0,
  failed: 1,
  /** Power was lost, or the machine was stopped, in mid-action. */
  interrupted: 2,
  /** Never started, and never will. */
  void: 3,
} as const
export type OutcomeResult = keyof typeof RESULT_CODES

/** How the chip knows what was delivered. */
export const EVIDENCE_CODES = { sensor: 0, acknowledged: 1, 'command-only': 2 } as const
export type Evidence = keyof typeof EVIDENCE_CODES

/**
 * S10, S11: what became of a command. Sent again until `outcome-ack`. Between `deliveredMin` and `deliveredMax` units
 * of `ordered` were delivered; they differ where power failed between motion and record.
 */
export const outcome = message({
  kind: 14,
  name: 'outcome',
  direction: 'up',
  fields: {
    commandId: field(3, id(CommandId)),
    paymentId: field(4, id(PaymentId)),
    result: field(5, choice(RESULT_CODES)),
    deliveredMin: field(6, uint(UNITS_MAX)),
    deliveredMax: field(7, uint(UNITS_MAX)),
    /** As the command had it; 0 in a void outcome of a command that never came. */
    ordered: field(8, uint(UNITS_MAX)),
    evidence: field(9, choice(EVIDENCE_CODES)),
    reason: field(10, text(40)),
    /** Counts the chip's outcomes. */
    sequence: field(11, uint32),
  },
  rule: ({ result, deliveredMin, deliveredMax, ordered }): ProtocolError | null => {
    if (deliveredMin > deliveredMax) return { code: 'out-of-range', field: 'deliveredMin' }
    const most = result === 'void' ? 0 : ordered
    return deliveredMax > most ? { code: 'out-of-range', field: 'deliveredMax' } : null
  },
})
export type Outcome = ValueOf<typeof outcome>
