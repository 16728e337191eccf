import { BootId, CodeHash, Nonce, PaymentId } from '../identifier.ts'
import { amount, currency, field, id, milliseconds, uint, uint32 } from './field.ts'
import { machineState } from './machine-state.ts'
import { type ValueOf, message } from './message.ts'
import { verdict } from './refusal.ts'

/** S3: the chip's signed word on exactly what it was asked. Only `ready`, to the system's own nonce, lets a payment go on. */
export const checkAnswer = message({
  kind: 6,
  name: 'check-answer',
  direction: 'up',
  fields: {
    paymentId: field(3, id(PaymentId)),
    nonce: field(4, id(Nonce)),
    round: field(5, uint(2, 1)),
    codeHash: field(6, id(CodeHash)),
    amountMinor: field(7, amount),
    currency: field(8, currency),
    verdict: field(9, verdict),
    boot: field(10, id(BootId)),
    /** The clock that a command's deadline is told on. */
    monotonicMs: field(11, milliseconds),
    /** Seconds since 1970, as the chip believes; 0 when it does not know. */
    wallS: field(12, uint32),
    /** In force at the chip; 0 when it has none yet. */
    tariffVersion: field(13, uint32),
    machineState: field(14, machineState),
  },
})
export type CheckAnswer = ValueOf<typeof checkAnswer>
