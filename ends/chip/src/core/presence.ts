import type { CancelTimer } from '#machine/machine.ts'
import type { Check, PaymentId } from '#protocol'
import type { ChipPorts } from './ports.ts'
import type { Reservation } from './reservation.ts'
import type { ChipSettings } from './settings.ts'
import type { Speaking } from './speaking.ts'

/** Pressing faster than this sends nothing more. */
const PRESS_INTERVAL_MS = 500
/** Nobody acknowledges a press: it is told so many times, while the machine is reserved. */
const PRESS_TELLINGS = 5
const PRESS_REPEAT_MS = 2_000

/** Shows that the payer stands at this very machine, as far as the machine can show it. */
export class Presence {
  private readonly ports: ChipPorts
  private readonly settings: ChipSettings
  private readonly speaking: Speaking
  private readonly reservation: Reservation
  private asked: Pick<Check, 'paymentId' | 'presence' | 'presenceText'> | undefined
  private pressedAtMs: number | undefined
  private cancelRepeat: CancelTimer = () => {}

  constructor(
    ports: ChipPorts,
    parts: { settings: ChipSettings; speaking: Speaking; reservation: Reservation },
  ) {
    this.ports = ports
    this.settings = parts.settings
    this.speaking = parts.speaking
    this.reservation = parts.reservation
  }

  /** Begins with the check that reserved the machine. */
  begin(check: Check): void {
    const { paymentId, presence, presenceText } = check
    if (this.asked?.paymentId !== paymentId) this.pressedAtMs = undefined
    this.asked = { paymentId, presence, presenceText }
    this.ports.display.blink(presence === 'blink' ? presenceText : '')
  }

  /** The lamp was dark meanwhile. */
  showAgain(): void {
    if (this.asked?.presence === 'blink') this.ports.display.blink(this.asked.presenceText)
  }

  /** Once the payment is over, or commanded. */
  end(): void {
    if (this.asked?.presence === 'blink') this.ports.display.blink('')
    this.asked = undefined
    this.pressedAtMs = undefined
    this.cancelRepeat()
  }

  stop(): void {
    this.cancelRepeat()
  }

  /** The words to show for the payment that holds the machine. */
  words(paymentId: PaymentId): string | undefined {
    const asked = this.asked
    return asked?.paymentId === paymentId && asked.presence === 'words' ? asked.presenceText : undefined
  }

  asksForButton(paymentId: PaymentId): boolean {
    return this.asked?.paymentId === paymentId && this.asked.presence === 'button'
  }

  buttonPressed(): void {
    const asked = this.asked
    if (asked?.presence !== 'button' || !this.reservation.isHeldBy(asked.paymentId)) return
    const nowMs = this.ports.clock.monotonicMs()
    if (this.pressedAtMs !== undefined && nowMs - this.pressedAtMs < PRESS_INTERVAL_MS) return
    this.pressedAtMs = nowMs
    this.ports.log({ msg: 'button pressed', paymentId: asked.paymentId })
    this.tellPress(PRESS_TELLINGS)
  }

  private tellPress(tellings: number): void {
    this.cancelRepeat()
    this.sayPressed()
    if (tellings > 1) {
      this.cancelRepeat = this.ports.clock.setTimer(PRESS_REPEAT_MS, () => this.tellPress(tellings - 1))
    }
  }

  /** A press that may have been lost with the link is told again. */
  sayPressed(): void {
    const asked = this.asked
    if (asked === undefined || this.pressedAtMs === undefined) return
    if (!this.reservation.isHeldBy(asked.paymentId)) return
    this.speaking.say({
      name: 'presence',
      chipId: this.settings.chipId,
      paymentId: asked.paymentId,
      method: 'button',
      monotonicMs: Math.floor(this.pressedAtMs),
    })
  }
}
