import type { PaymentId } from '#protocol/identifier.ts'
import { CommandId, Nonce } from '#protocol/identifier.ts'
import type { SignedWord } from '../evidence/signed.ts'
import { chainHash } from './chain.ts'
import { encodeEvent } from './codec.ts'
import type { Effect } from './effect.ts'
import { performEffect } from './effects.ts'
import type { Event, Fact, FreshIds } from './event.ts'
import type { PaymentPorts } from './ports.ts'
import { FINAL_STATES, type Payment } from './state.ts'
import { tellSteps } from './steps.ts'
import { transition } from './transition.ts'

/** Another node may move the same payment at the same moment: read again and decide again, this often. */
const CONFLICTS_MAX = 8
/** Payments kept in memory, so that the next event needs no reading. */
const KEPT_MAX = 20_000
const ID_BYTES = 16

/** Facts before whose consequences the kill switches are read, past every memory (I13). */
const SPENDING: ReadonlySet<Fact['kind']> = new Set(['check-answered', 'confirmed', 'bank-answered'])

/**
 * Takes facts to `transition`, its answer to the journal, and only then its effects to the world. Facts about one
 * payment are taken one after the other; different payments go side by side and share commits.
 */
export class PaymentEngine {
  readonly #ports: PaymentPorts
  readonly #kept = new Map<PaymentId, Payment>()
  readonly #turns = new Map<PaymentId, Promise<unknown>>()
  readonly #effects = new Set<Promise<void>>()
  #stopped = false

  constructor(ports: PaymentPorts) {
    this.#ports = ports
  }

  /**
   * The payment after the fact; undefined when there is no such payment. Rejects when the journal cannot write.
   * `signed` is what the fact was read from: it is kept in the same commit, where the fact means anything.
   */
  apply(paymentId: PaymentId, fact: Fact, signed?: SignedWord): Promise<Payment | undefined> {
    const before = this.#turns.get(paymentId) ?? Promise.resolve()
    const turn = before.then(() => this.#applyNow(paymentId, fact, signed))
    const settled = turn.catch(() => undefined)
    this.#turns.set(paymentId, settled)
    void settled.finally(() => {
      if (this.#turns.get(paymentId) === settled) this.#turns.delete(paymentId)
    })
    return turn
  }

  async read(paymentId: PaymentId): Promise<Payment | undefined> {
    return this.#ports.journal.read(paymentId)
  }

  /** A claim that the journal has accepted, with what it sets going. */
  begin(payment: Payment, effects: readonly Effect[]): void {
    this.#keep(payment)
    tellSteps(this.#ports.log, undefined, payment)
    this.#perform(payment, effects)
  }

  freshIds(): FreshIds {
    const { random } = this.#ports
    return {
      nonce: Nonce.of(random(ID_BYTES)),
      orderId: random(ID_BYTES),
      commandId: CommandId.of(random(ID_BYTES)),
    }
  }

  /** No new effects; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.allSettled(this.#effects)
  }

  async #applyNow(
    paymentId: PaymentId,
    fact: Fact,
    signed: SignedWord | undefined,
  ): Promise<Payment | undefined> {
    const { clock, journal, log, machines } = this.#ports
    for (let attempt = 0; attempt < CONFLICTS_MAX; attempt += 1) {
      const kept = this.#kept.get(paymentId)
      const payment = kept ?? (await journal.read(paymentId))
      if (!payment) return undefined
      const moves = SPENDING.has(fact.kind) || payment.state === 'commanding'
      const enabled = moves ? await machines.isEnabledNow(payment.chipId) : true
      const event: Event = { ...fact, atMs: clock.nowMs(), fresh: this.freshIds(), enabled }
      const step = transition(payment, event)
      if (step.payment === payment && kept) {
        // Another node may have moved it on: a fact that means nothing to what is remembered here may mean much to
        // the payment as it is. (A change to what is outdated is refused by the journal; nothing refuses a no-op.)
        this.#kept.delete(paymentId)
        continue
      }
      if (step.payment === payment) {
        this.#keep(payment)
        this.#perform(payment, step.effects)
        return payment
      }
      const eventText = encodeEvent(event)
      const version = payment.version + 1
      const next = { ...step.payment, version, chainHash: chainHash(payment.chainHash, version, eventText) }
      const newOrders = next.orders.slice(payment.orders.length)
      const entry = {
        payment: next,
        expectedVersion: payment.version,
        eventText,
        event,
        previousHash: payment.chainHash,
        newOrders,
        postings: step.postings,
        ...(signed ? { signed } : {}),
      }
      if (await this.#append(entry)) {
        this.#keep(next)
        tellSteps(log, payment, next)
        this.#perform(next, step.effects)
        return next
      }
    }
    throw new Error(`payment ${paymentId} is moved by others all the time`)
  }

  async #append(entry: Parameters<PaymentPorts['journal']['append']>[0]): Promise<boolean> {
    const { paymentId } = entry.payment
    try {
      const written = await this.#ports.journal.append(entry)
      if (!written) this.#kept.delete(paymentId)
      return written
    } catch (error) {
      // Whether it was written is unknown: what we remember may be wrong, so it is forgotten.
      this.#kept.delete(paymentId)
      throw error
    }
  }

  #keep(payment: Payment): void {
    this.#kept.delete(payment.paymentId)
    if (FINAL_STATES.includes(payment.state)) return
    this.#kept.set(payment.paymentId, payment)
    if (this.#kept.size <= KEPT_MAX) return
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined) this.#kept.delete(oldest)
  }

  #perform(payment: Payment, effects: readonly Effect[]): void {
    if (this.#stopped) return
    for (const effect of effects) {
      const performed = this.#carryOut(payment, effect)
      this.#effects.add(performed)
      void performed.finally(() => this.#effects.delete(performed))
    }
  }

  async #carryOut(payment: Payment, effect: Effect): Promise<void> {
    try {
      const fact = await performEffect(this.#ports, payment, effect)
      if (fact && !this.#stopped) await this.apply(payment.paymentId, fact)
    } catch (error) {
      // Nothing is lost: the payment's next due time does it again.
      const why = error instanceof Error ? error.message : String(error)
      const { paymentId } = payment
      this.#ports.log.warn('an effect will be tried again', { paymentId, effect: effect.kind, why })
    }
  }
}
