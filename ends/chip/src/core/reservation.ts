import type { CancelTimer } from '#machine/machine.ts'
import type { PaymentId } from '#protocol'
import type { IssuedCode } from './issuing.ts'
import type { ChipPorts } from './ports.ts'

/** Ended payments are remembered, so that a check that comes late does not reserve the machine for them again. */
const MAX_ENDED_REMEMBERED = 64

export interface Held {
  readonly paymentId: PaymentId
  readonly code: IssuedCode
}

/**
 * The machine is kept for at most one payment (I6). Coins stay out meanwhile.
 *
 * | from     | on                                       | to       |
 * | -------- | ---------------------------------------- | -------- |
 * | free     | hold                                     | reserved |
 * | reserved | hold by the same payment                 | reserved, for longer |
 * | reserved | time passed, release by the same payment | free, coins allowed again |
 * | reserved | take: its command starts the machine     | free; coins are allowed after the run |
 */
export class Reservation {
  private readonly ports: ChipPorts
  private readonly changed: () => void
  private held: Held | undefined
  private cancelExpiry: CancelTimer = () => {}
  private readonly ended = new Set<PaymentId>()

  constructor(ports: ChipPorts, changed: () => void) {
    this.ports = ports
    this.changed = changed
  }

  current(): Held | undefined {
    return this.held
  }

  isHeldBy(paymentId: PaymentId): boolean {
    return this.held?.paymentId === paymentId
  }

  hasEnded(paymentId: PaymentId): boolean {
    return this.ended.has(paymentId)
  }

  /** The caller has made sure that nobody else holds it. */
  hold(held: Held, forMs: number): void {
    if (this.held !== undefined && this.held.paymentId !== held.paymentId) {
      throw new Error('a machine is reserved for one payment at a time')
    }
    this.cancelExpiry()
    if (this.held === undefined) this.ports.machine.reserve()
    this.held = held
    this.cancelExpiry = this.ports.clock.setTimer(forMs, () => {
      this.ports.log({ msg: 'reservation expired', paymentId: held.paymentId })
      this.end(held.paymentId)
    })
    this.changed()
  }

  release(paymentId: PaymentId): void {
    this.markEnded(paymentId)
    if (this.isHeldBy(paymentId)) this.end(paymentId)
  }

  /** Hands the machine over to the run; whoever takes it lets coins in again afterwards. */
  take(): void {
    this.cancelExpiry()
    this.held = undefined
  }

  stop(): void {
    this.cancelExpiry()
  }

  private end(paymentId: PaymentId): void {
    this.markEnded(paymentId)
    this.take()
    this.ports.machine.unreserve()
    this.changed()
  }

  private markEnded(paymentId: PaymentId): void {
    this.ended.add(paymentId)
    if (this.ended.size <= MAX_ENDED_REMEMBERED) return
    const [oldest] = this.ended
    if (oldest !== undefined) this.ended.delete(oldest)
  }
}
