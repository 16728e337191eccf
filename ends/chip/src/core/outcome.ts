import type { CancelTimer } from '#machine/machine.ts'
import type { CommandId, OutcomeAck, PaymentId } from '#protocol'
import type { OutcomeRecord } from './journal-record.ts'
import type { Memory } from './memory.ts'
import type { ChipPorts } from './ports.ts'
import type { ChipSettings } from './settings.ts'
import type { Speaking } from './speaking.ts'

/** With so many outcomes unacknowledged the chip sells nothing more. */
const MAX_UNACKNOWLEDGED = 256
/** At most so many at a time, oldest first. */
const MAX_OUTCOMES_PER_VOLLEY = 16
/** Pauses vary by this share, so that many chips do not speak at once. */
const PAUSE_JITTER = 0.25
const BYTE_VALUES = 256

export type Ending = Omit<OutcomeRecord, 'kind' | 'sequence'>

/** S10, S11: what became of each command; journaled first, then told again and again until acknowledged. */
export class Outcomes {
  private readonly ports: ChipPorts
  private readonly settings: ChipSettings
  private readonly memory: Memory
  private readonly speaking: Speaking
  private volleys = 0
  private cancelVolley: CancelTimer = () => {}

  constructor(ports: ChipPorts, parts: { settings: ChipSettings; memory: Memory; speaking: Speaking }) {
    this.ports = ports
    this.settings = parts.settings
    this.memory = parts.memory
    this.speaking = parts.speaking
  }

  isFull(): boolean {
    return this.memory.unacknowledgedOutcomes().length >= MAX_UNACKNOWLEDGED
  }

  record(ending: Ending): void {
    const outcome: OutcomeRecord = { kind: 'outcome', ...ending, sequence: this.memory.nextSequence() }
    this.memory.keep(outcome)
    const { paymentId, result, deliveredMin, deliveredMax, ordered, evidence, reason } = outcome
    this.ports.log({
      msg: 'step',
      step: result === 'delivered' ? 'S10' : 'S11',
      paymentId,
      from: 'machine',
      to: 'system',
      what: { result, deliveredMin, deliveredMax, ordered, evidence, reason },
    })
    this.say(outcome)
    this.volleys = 0
    this.scheduleVolley()
  }

  /** Never started, and never will: from here on a command for this payment is answered with this. */
  recordVoid(command: { commandId: CommandId; paymentId: PaymentId; units?: number }, reason: string): void {
    if (this.isFull()) return // The system asks again; nothing starts without room for its outcome either.
    this.record({
      commandId: command.commandId,
      paymentId: command.paymentId,
      result: 'void',
      deliveredMin: 0,
      deliveredMax: 0,
      ordered: command.units ?? 0,
      // Nothing was commanded, so nothing was seen either.
      evidence: 'command-only',
      reason,
    })
  }

  sayAgain(outcome: OutcomeRecord): void {
    this.say(outcome)
  }

  acknowledge(ack: OutcomeAck): void {
    const outcome = this.memory
      .unacknowledgedOutcomes()
      .find(({ sequence, commandId }) => sequence === ack.sequence && commandId === ack.commandId)
    if (outcome === undefined) return
    // Losing this line only means that the outcome is told once more.
    this.memory.note({ kind: 'acknowledged', sequence: ack.sequence })
    this.ports.log({ msg: 'outcome acknowledged', paymentId: outcome.paymentId })
    if (this.memory.unacknowledgedOutcomes().length === 0) this.cancelVolley()
  }

  connected(): void {
    this.volleys = 0
    this.volley()
  }

  stop(): void {
    this.cancelVolley()
  }

  private volley(): void {
    for (const outcome of this.memory.unacknowledgedOutcomes().slice(0, MAX_OUTCOMES_PER_VOLLEY)) {
      this.say(outcome)
    }
    this.scheduleVolley()
  }

  private scheduleVolley(): void {
    this.cancelVolley()
    this.cancelVolley = () => {}
    if (!this.ports.link.isConnected() || this.memory.unacknowledgedOutcomes().length === 0) return
    const { outcomeFirstPauseMs, outcomeLongestPauseMs } = this.settings.times
    const pauseMs = Math.min(outcomeFirstPauseMs * 2 ** this.volleys, outcomeLongestPauseMs)
    const [chance = 0] = this.ports.keys.random(1)
    const jitteredMs = pauseMs * (1 + (PAUSE_JITTER * chance) / BYTE_VALUES)
    this.cancelVolley = this.ports.clock.setTimer(jitteredMs, () => {
      this.volleys += 1
      this.volley()
    })
  }

  private say(outcome: OutcomeRecord): void {
    const { kind: _, ...fields } = outcome
    this.speaking.say({ name: 'outcome', chipId: this.settings.chipId, ...fields })
  }
}
