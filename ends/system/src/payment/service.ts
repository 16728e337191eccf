import type { PaymentId } from '#protocol/identifier.ts'
import { hashCode } from '#protocol/envelope.ts'
import { sha256 } from '#protocol/node-keys.ts'
import { type Result, fail, ok } from '#protocol/result.ts'
import type { MachineRecord } from '../machine/record.ts'
import { bankOrder } from './effects.ts'
import { type ClaimInput, type ClaimLimits, type Refused, newPayment, readClaim } from './claim.ts'
import { ClaimLimit } from './claim-limit.ts'
import type { PaymentEngine } from './engine.ts'
import type { HistoryQuery } from './journal.ts'
import type { PaymentPorts } from './ports.ts'
import type { Confirmation, Payment } from './state.ts'
import type { Times } from './times.ts'

const DAY_MS = 24 * 3_600_000

export interface ServiceSettings {
  readonly times: Times
  readonly limits: ClaimLimits & {
    readonly complaintsPerDayPerPayer: number
    readonly complaintsPerDayPerMachine: number
  }
  /** Sends the chip behind this record its tariff again. */
  readonly sendTariff: (record: MachineRecord) => void
}

/** What people and the bank can do to payments; the routes call this and nothing below it. */
export class PaymentService {
  readonly #engine: PaymentEngine
  readonly #ports: PaymentPorts
  readonly #settings: ServiceSettings
  readonly #limit: ClaimLimit

  constructor(engine: PaymentEngine, ports: PaymentPorts, settings: ServiceSettings) {
    this.#engine = engine
    this.#ports = ports
    this.#settings = settings
    this.#limit = new ClaimLimit(settings.limits)
  }

  /** S2. The same device claiming the same code again gets the payment that it already has. */
  async claim(input: ClaimInput): Promise<Result<Payment, Refused>> {
    const own = await this.#ownClaim(input)
    if (own) return ok(own)
    const { clock, journal } = this.#ports
    const { times } = this.#settings
    const claimable = await readClaim(this.#ports, input.source, times)
    if (!claimable.ok) {
      if (claimable.error.staleTariffOf) this.#settings.sendTariff(claimable.error.staleTariffOf)
      return claimable
    }
    const { chipId } = claimable.value.record
    const retryAtMs = this.#limit.take(
      { network: input.network, deviceId: input.deviceId, chipId },
      clock.nowMs(),
    )
    if (retryAtMs !== undefined) return fail({ reason: 'too-many-claims', retryAtMs })
    const fresh = this.#engine.freshIds()
    const { payment, effects } = newPayment(claimable.value, input, { ports: this.#ports, times, fresh })
    const created = await journal.create(payment)
    if (created === 'created') {
      this.#engine.begin(payment, effects)
      return ok(payment)
    }
    const again = await this.#ownClaim(input)
    if (again) return ok(again)
    if (created === 'code-used') return fail({ reason: 'code-used' })
    return fail({ reason: 'machine-claimed', retryAtMs: clock.nowMs() + times.unprovenReservationMs })
  }

  async #ownClaim({ source, deviceId }: ClaimInput): Promise<Payment | undefined> {
    if (source.kind !== 'code') return undefined
    const paymentId = await this.#ports.journal.byCode(hashCode(source.bytes, sha256))
    const payment = paymentId && (await this.#ports.journal.read(paymentId))
    return payment?.deviceId === deviceId ? payment : undefined
  }

  read(paymentId: PaymentId): Promise<Payment | undefined> {
    return this.#ports.journal.read(paymentId)
  }

  history(of: HistoryQuery): Promise<readonly Payment[]> {
    return this.#ports.journal.history(of)
  }

  openCases(limit: number): Promise<readonly Payment[]> {
    return this.#ports.journal.openCases(limit)
  }

  /** The engraved or blinked number, as the payer typed it. */
  async showPresence(paymentId: PaymentId, text: string): Promise<Payment | undefined> {
    const payment = await this.read(paymentId)
    const method = payment?.presence.method
    if (method !== 'blink' && method !== 'plate') return payment
    return this.#engine.apply(paymentId, { kind: 'presence-shown', method, text: text.trim() })
  }

  cancel(paymentId: PaymentId): Promise<Payment | undefined> {
    return this.#engine.apply(paymentId, { kind: 'cancel-asked' })
  }

  /** Stored before the payer is sent to the bank. */
  approvalAsked(paymentId: PaymentId, mandateId: string): Promise<Payment | undefined> {
    return this.#engine.apply(paymentId, { kind: 'approval-asked', mandateId })
  }

  approvalAnswered(paymentId: PaymentId, mandateId: string, granted: boolean): Promise<Payment | undefined> {
    return this.#engine.apply(paymentId, { kind: 'approval-answered', mandateId, granted })
  }

  /** S5 held: `confirmation` says how, and binds exactly what is charged. */
  confirm(
    paymentId: PaymentId,
    confirmed: { payerId: string; mandateId: string; confirmation: Confirmation },
  ): Promise<Payment | undefined> {
    return this.#engine.apply(paymentId, { kind: 'confirmed', ...confirmed })
  }

  verificationExhausted(paymentId: PaymentId): Promise<Payment | undefined> {
    return this.#engine.apply(paymentId, { kind: 'verification-exhausted' })
  }

  stop(paymentId: PaymentId): Promise<Payment | undefined> {
    return this.#engine.apply(paymentId, { kind: 'stop-asked' })
  }

  /** "It did not run." */
  async complain(paymentId: PaymentId): Promise<Payment | undefined> {
    const payment = await this.read(paymentId)
    if (!payment) return undefined
    const { limits } = this.#settings
    const sinceMs = this.#ports.clock.nowMs() - DAY_MS
    const { byPayer, atMachine } = await this.#ports.journal.complaintsSince({
      deviceId: payment.deviceId,
      ...(payment.payerId === undefined ? {} : { payerId: payment.payerId }),
      machineId: payment.machineId,
      sinceMs,
    })
    const withinLimit =
      byPayer < limits.complaintsPerDayPerPayer && atMachine < limits.complaintsPerDayPerMachine
    return this.#engine.apply(paymentId, { kind: 'complained', withinLimit })
  }

  /**
   * The bank says that there is news of an order: it is asked, rather than believed. False when the bank could not be
   * asked: then the bank has to say it again, since nobody asks about a settled order by themselves.
   */
  async bankNotified(orderId: string): Promise<boolean> {
    const paymentId = await this.#ports.journal.byOrder(orderId)
    const payment = paymentId && (await this.read(paymentId))
    const order = payment?.orders.find((candidate) => candidate.orderId === orderId)
    if (!payment || !order) return true
    const answer = await this.#ports.bank.ask(bankOrder(payment, order))
    if (answer.kind === 'unknown') return false
    await this.#engine.apply(payment.paymentId, { kind: 'bank-answered', orderId, answer })
    return true
  }
}
