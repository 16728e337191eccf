import {
  type Check,
  type CheckAnswer,
  type IssueRequest,
  type MachineState,
  type Refusal,
  type RequestId,
} from '#protocol'
import type { Issuing, IssuedCode } from './issuing.ts'
import { REFUSAL_OF_STATE } from './machine-state.ts'
import type { Memory } from './memory.ts'
import type { Outcomes } from './outcome.ts'
import type { ChipPorts } from './ports.ts'
import type { Presence } from './presence.ts'
import type { Reservation } from './reservation.ts'
import type { Running } from './running.ts'
import type { ChipSettings } from './settings.ts'
import type { Speaking } from './speaking.ts'
import type { Tariffs } from './tariff.ts'

/** Answers that are given again, byte for byte, when the same question comes again. */
const MAX_ANSWERS_REMEMBERED = 64

export interface CheckingParts {
  readonly settings: ChipSettings
  readonly memory: Memory
  readonly tariffs: Tariffs
  readonly issuing: Issuing
  readonly reservation: Reservation
  readonly presence: Presence
  readonly running: Running
  readonly outcomes: Outcomes
  readonly speaking: Speaking
}

/** S3: says, signed, whether this chip issued exactly this payment and has its ready machine reserved for it. */
export class Checking {
  private readonly ports: ChipPorts
  private readonly parts: CheckingParts
  private readonly answers = new Map<string, Uint8Array>()
  private readonly issueAnswers = new Map<RequestId, Uint8Array>()

  constructor(ports: ChipPorts, parts: CheckingParts) {
    this.ports = ports
    this.parts = parts
  }

  answer(check: Check): void {
    const question = `${check.paymentId} ${check.nonce} ${String(check.round)}`
    const before = this.answers.get(question)
    if (before !== undefined) return this.parts.speaking.sayAgain('check-answer', before)
    const judged = this.judge(check)
    if (judged.ok) {
      judged.code.usedBy = check.paymentId
      if (check.round === 1) this.parts.presence.begin(check)
      this.parts.reservation.hold({ paymentId: check.paymentId, code: judged.code }, check.reserveMs)
    }
    const verdict = judged.ok ? 'ready' : judged.refusal
    remember(this.answers, question, this.parts.speaking.say(this.toAnswer(check, verdict)))
    this.ports.log({
      msg: 'step',
      step: 'S3',
      paymentId: check.paymentId,
      from: 'chip',
      to: 'system',
      what: { round: check.round, verdict, codeHash: check.codeHash },
    })
  }

  /** A code on demand, for machines whose printed code names the chip only. */
  issue(request: IssueRequest): void {
    const { requestId, productId } = request
    const before = this.issueAnswers.get(requestId)
    if (before !== undefined) return this.parts.speaking.sayAgain('issue-answer', before)
    const refusal = this.objectionToIssue()
    const issued = refusal === undefined ? this.parts.issuing.issue(productId) : undefined
    const { chipId } = this.parts.settings
    const answer = this.parts.speaking.say(
      issued?.ok === true
        ? { name: 'issue-answer', chipId, requestId, refusal: 'none', code: issued.value.code }
        : {
            name: 'issue-answer',
            chipId,
            requestId,
            refusal: issued?.error ?? refusal ?? 'not-issued',
            code: new Uint8Array(0),
          },
    )
    remember(this.issueAnswers, requestId, answer)
  }

  /** What the system is told of the machine. */
  machineState(): MachineState {
    if (this.parts.running.isActive()) return 'busy'
    const state = this.ports.machine.state()
    return state === 'ready' && this.parts.reservation.current() !== undefined ? 'reserved' : state
  }

  private objectionToIssue(): Refusal | undefined {
    // Whoever stands before a display reads the code there; nobody else is to get one.
    if (this.parts.settings.codes === 'displayed') return 'not-issued'
    if (this.parts.reservation.current() !== undefined) return 'reserved-for-another'
    return this.objectionOfRetirement() ?? this.objectionOfMachine()
  }

  private objectionOfMachine(): Refusal | undefined {
    if (this.parts.running.isActive() || this.parts.outcomes.isFull()) return 'busy'
    return REFUSAL_OF_STATE[this.ports.machine.state()]
  }

  /** Fails closed: everything must hold, and the first thing that does not is the answer. */
  private judge(
    check: Check,
  ): { readonly ok: true; readonly code: IssuedCode } | { readonly ok: false; readonly refusal: Refusal } {
    const code = this.parts.issuing.find(check.counter, check.codeHash)
    if (code === undefined) return { ok: false, refusal: 'not-issued' }
    const refusal =
      differs(check, code) ??
      this.objectionToTariff(check, code) ??
      this.objectionToClaim(check, code) ??
      this.objectionOfMachine()
    return refusal === undefined ? { ok: true, code } : { ok: false, refusal }
  }

  private objectionToTariff(check: Check, code: IssuedCode): Refusal | undefined {
    const inForce = this.parts.tariffs.inForce()
    if (inForce === undefined)
      return this.ports.clock.wallS() === undefined ? 'clock-unset' : 'tariff-differs'
    const same = check.tariffVersion === code.tariffVersion && code.tariffVersion === inForce.tariffVersion
    return same ? undefined : 'tariff-differs'
  }

  private objectionToClaim(check: Check, code: IssuedCode): Refusal | undefined {
    const { paymentId } = check
    const { memory, reservation } = this.parts
    if (memory.openRun(paymentId) ?? memory.outcomeOf(paymentId)) return 'already-used'
    if (code.usedBy !== undefined && code.usedBy !== paymentId) return 'already-used'
    const held = reservation.current()
    if (held?.paymentId === paymentId) return held.code === code ? undefined : 'not-issued'
    if (check.round === 2 || reservation.hasEnded(paymentId)) return 'reservation-lost'
    if (this.ports.clock.monotonicMs() > code.expiresAtMs) return 'expired'
    return held === undefined ? this.objectionOfRetirement() : 'reserved-for-another'
  }

  /** What was reserved before goes on to its end; nothing new begins. */
  private objectionOfRetirement(): Refusal | undefined {
    return this.parts.memory.retirement() === undefined ? undefined : 'busy'
  }

  private toAnswer(check: Check, verdict: CheckAnswer['verdict']): CheckAnswer {
    return {
      name: 'check-answer',
      chipId: this.parts.settings.chipId,
      paymentId: check.paymentId,
      nonce: check.nonce,
      round: check.round,
      codeHash: check.codeHash,
      amountMinor: check.amountMinor,
      currency: check.currency,
      verdict,
      boot: this.parts.memory.boot(),
      monotonicMs: Math.floor(this.ports.clock.monotonicMs()),
      wallS: Math.floor(this.ports.clock.wallS() ?? 0),
      tariffVersion: this.parts.tariffs.inForce()?.tariffVersion ?? 0,
      machineState: this.machineState(),
    }
  }
}

function differs(check: Check, code: IssuedCode): Refusal | undefined {
  const same =
    check.amountMinor === code.amountMinor &&
    check.currency === code.currency &&
    check.units === code.product.units
  return same ? undefined : 'amount-differs'
}

function remember<Key>(answers: Map<Key, Uint8Array>, question: Key, answer: Uint8Array): void {
  answers.set(question, answer)
  if (answers.size <= MAX_ANSWERS_REMEMBERED) return
  const [oldest] = answers.keys()
  if (oldest !== undefined) answers.delete(oldest)
}
