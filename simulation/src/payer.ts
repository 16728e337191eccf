import { parsePaymentUrl } from '#protocol/payment-url.ts'
import type { PaymentId } from '#protocol/identifier.ts'
import type { ClaimSource } from '#system/payment/claim.ts'
import type { PaymentService } from '#system/payment/service.ts'
import { FINAL_STATES, type Payment } from '#system/payment/state.ts'
import type { Random } from './random.ts'
import type { Site } from './site.ts'
import type { SystemNode } from './system-node.ts'
import type { World } from './world.ts'

const THINK_MEAN_MS = 3000
const LOOK_EVERY_MS = 1500
const REQUEST_PATIENCE_MS = 10_000
const REQUEST_WAY_MEAN_MS = 30
const NO_CODE_PATIENCE_MS = 60_000
/** Nobody watches their phone for longer; the payment goes on without them. */
const WATCH_MAX_MS = 40 * 60_000
const APPROVAL_MEAN_MS = 40_000
/** Now and then somebody is called away and confirms too late. */
const CALLED_AWAY_MEAN_MS = 240_000
const VISIT_PAUSE_MEAN_MS = 40_000
const TRIES_MAX = 8

/** One person with a phone: looks at machines, pays, makes mistakes, walks away. */
export class Payer {
  readonly deviceId: string
  readonly #world: World
  readonly #random: Random
  #mandateId: string | undefined
  #lastCode: Uint8Array | undefined

  constructor(world: World, deviceId: string, random: Random) {
    this.#world = world
    this.deviceId = deviceId
    this.#random = random
  }

  /** Goes from machine to machine while there is something left to buy. */
  async live(): Promise<void> {
    const { time, sites } = this.#world
    while (!this.#world.isClosing()) {
      await time.sleep(this.#random.waitMs(VISIT_PAUSE_MEAN_MS))
      if (this.#world.takeTicket()) await this.#visit(this.#random.pick(sites))
    }
  }

  /** A request over the air: it, or its answer, may be lost, and the node may die over it. */
  async #ask<Value>(call: (node: SystemNode) => Promise<Value>): Promise<Value | undefined> {
    const { time, weather } = this.#world
    const lost = (): boolean => this.#random.chance(weather.profile.payer.lost)
    await time.sleep(this.#random.waitMs(REQUEST_WAY_MEAN_MS))
    const node = this.#world.anyNode(this.#random)
    if (!node || lost()) {
      weather.tell('payer request lost')
      await time.sleep(REQUEST_PATIENCE_MS)
      return undefined
    }
    const value = await new Promise<Value | undefined>((resolve) => {
      time.after(REQUEST_PATIENCE_MS, () => resolve(undefined))
      call(node).then(resolve, () => resolve(undefined))
    })
    if (!lost()) return value
    weather.tell('payer answer lost')
    await time.sleep(REQUEST_PATIENCE_MS)
    return undefined
  }

  #askService<Value>(call: (service: PaymentService) => Promise<Value>): Promise<Value | undefined> {
    return this.#ask((node) => call(node.service))
  }

  async #visit(site: Site): Promise<void> {
    const source = await this.#readCode(site)
    const others = this.#random.chance(this.#world.weather.profile.payer.odd)
    if (source && others) void this.#world.anotherPhone(source)
    const paymentId = source && (await this.claim(source))
    this.#world.returnTicket()
    if (!paymentId) return
    this.#world.mayHappenAt(site, this.#random)
    await this.#follow(paymentId, site)
  }

  async #readCode(site: Site): Promise<ClaimSource | undefined> {
    const { settings, chipId, thing } = site
    const odd = this.#random.chance(this.#world.weather.profile.payer.odd)
    if (odd && this.#lastCode) return { kind: 'code', bytes: this.#lastCode }
    if (settings.kind.codes === 'printed') {
      const productId = this.#random.pick(settings.kind.products).id
      return { kind: 'printed', chipId, productId: odd ? productId + 40 : productId }
    }
    for (let waitedMs = 0; waitedMs < NO_CODE_PATIENCE_MS; waitedMs += THINK_MEAN_MS) {
      const { screen } = thing.panel.view()
      const link = screen.url === undefined ? undefined : parsePaymentUrl(screen.url, settings.origin)
      if (link?.ok && link.value.kind === 'code') {
        await this.#world.time.sleep(this.#random.waitMs(THINK_MEAN_MS))
        const { code } = link.value
        this.#lastCode = code
        return { kind: 'code', bytes: odd ? altered(code, this.#random) : code }
      }
      await this.#world.time.sleep(THINK_MEAN_MS)
    }
    return undefined
  }

  /** S2. Whoever gets no answer asks again for the same code, which gives the same payment. */
  async claim(source: ClaimSource): Promise<PaymentId | undefined> {
    const input = {
      source,
      deviceId: this.deviceId,
      network: `network ${String(this.#random.below(8))}`,
    }
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const claimed = await this.#askService((service) => service.claim(input))
      if (claimed?.ok) return claimed.value.paymentId
      this.#world.refused(claimed?.error.reason ?? 'no answer')
      if (claimed && !claimed.ok) return undefined
      if (source.kind === 'printed') return undefined
    }
    return undefined
  }

  async #follow(paymentId: PaymentId, site: Site): Promise<void> {
    const { time } = this.#world
    const untilMs = time.nowMs() + WATCH_MAX_MS
    let acted = ''
    while (time.nowMs() < untilMs) {
      const payment = await this.#askService((service) => service.read(paymentId))
      if (payment && (FINAL_STATES.includes(payment.state) || payment.case)) {
        return this.#leave(payment)
      }
      const situation = payment ? `${payment.state} ${String(payment.presence.wrongTries)}` : ''
      if (payment && situation !== acted) {
        const done = await this.#act(payment, site)
        if (done) acted = situation
      }
      await time.sleep(LOOK_EVERY_MS)
    }
  }

  /** What a person does in this state; true when there is nothing more to do in it. */
  async #act(payment: Payment, site: Site): Promise<boolean> {
    const { weather } = this.#world
    const { paymentId, state } = payment
    if (this.#random.chance(weather.profile.payer.cancel / 4)) {
      weather.tell('payer cancels')
      await this.#askService((service) => service.cancel(paymentId))
    }
    if (state === 'presence') return this.#showPresence(payment, site)
    if (state === 'confirming') return this.#confirm(payment)
    return state === 'running' ? this.#perhapsStop(payment) : true
  }

  async #showPresence({ paymentId, presence }: Payment, site: Site): Promise<boolean> {
    const { time, weather } = this.#world
    await time.sleep(this.#random.waitMs(THINK_MEAN_MS))
    const wrong = this.#random.chance(weather.profile.payer.wrong)
    if (presence.method === 'button') {
      if (wrong) return true
      site.touch((thing) => thing.pressButton())
      return false
    }
    const { blinking, engravedNumber } = site.thing.panel.view()
    const text = presence.method === 'blink' ? blinking : engravedNumber
    if (wrong) weather.tell('payer gives a wrong number')
    await this.#askService((service) => service.showPresence(paymentId, wrong ? '0' : text))
    return false
  }

  async #confirm(payment: Payment): Promise<boolean> {
    const { time, weather } = this.#world
    if (this.#random.chance(weather.profile.payer.cancel)) {
      weather.tell('payer walks away')
      return true
    }
    const away = this.#random.chance(weather.profile.payer.wrong / 4)
    await time.sleep(this.#random.waitMs(away ? CALLED_AWAY_MEAN_MS : THINK_MEAN_MS))
    const mandateId = this.#mandateId ?? (await this.#approve(payment))
    if (mandateId === undefined) return true
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const wrong = this.#random.chance(weather.profile.payer.wrong)
      if (wrong) weather.tell('payer verifies wrongly')
      const seen = wrong ? { ...payment, purchase: { ...payment.purchase, amountMinor: 1n } } : payment
      const verdict = await this.#verify(payment, seen, mandateId)
      if (verdict !== 'wrong' && verdict !== undefined) return verdict === 'right'
    }
    return true
  }

  /** S4, S5: as a route would: reads the payment, verifies the binding, and only then tells the service. */
  #verify(payment: Payment, seen: Payment, mandateId: string): Promise<string | undefined> {
    const { paymentId } = payment
    const { verifications } = this.#world
    const signed = verifications.sign(seen, verifications.options(paymentId))
    return this.#askService(async (service) => {
      const now = await service.read(paymentId)
      if (now?.state !== 'confirming') return 'passed'
      const verdict = verifications.verify(now, seen, signed)
      if (verdict.kind === 'exhausted') await service.verificationExhausted(paymentId)
      if (verdict.kind !== 'right') return verdict.kind
      const payerId = `payer-${this.deviceId}`
      await service.confirm(paymentId, { payerId, mandateId, confirmation: verdict.confirmation })
      return 'right'
    })
  }

  /** The first payment of a phone: its owner approves at the bank. */
  async #approve(payment: Payment): Promise<string | undefined> {
    const { time, weather, bank } = this.#world
    const { paymentId, purchase, payee } = payment
    const mandateId = this.#random.hex(16)
    const asked = await this.#ask(async (node) => {
      await node.service.approvalAsked(paymentId, mandateId)
      return node.bank.requestMandate({
        mandateId,
        orderId: paymentId,
        creditorName: payee.name,
        money: { amountMinor: purchase.amountMinor, currency: purchase.currency },
        recurring: null,
        redirectUri: 'https://pay.example.org/return',
        language: 'en',
      })
    })
    if (!asked) return undefined
    await time.sleep(this.#random.waitMs(APPROVAL_MEAN_MS))
    const granted = !this.#random.chance(weather.profile.payer.wrong / 4)
    if (!granted) weather.tell('payer refuses at the bank')
    bank.decideMandate(mandateId, granted ? 'valid' : 'rejected')
    await this.#askService((service) => service.approvalAnswered(paymentId, mandateId, granted))
    if (granted) this.#mandateId = mandateId
    return granted ? mandateId : undefined
  }

  async #perhapsStop({ paymentId, purchase }: Payment): Promise<boolean> {
    if (purchase.mode !== 'hold') return true
    if (!this.#random.chance(0.6)) return true
    await this.#world.time.sleep(this.#random.waitMs(purchase.maxDurationMs / 6))
    await this.#askService((service) => service.stop(paymentId))
    return true
  }

  async #leave({ paymentId, state }: Payment): Promise<void> {
    const { time, weather } = this.#world
    if (this.#mandateId !== undefined && this.#random.chance(weather.profile.payer.wrong / 8)) {
      weather.tell('payer revokes a mandate')
      this.#world.bank.decideMandate(this.#mandateId, 'revokedByPsu')
      this.#mandateId = undefined
    }
    if (state !== 'delivered' && state !== 'partlyRefunded') return
    if (!this.#random.chance(weather.profile.payer.complain)) return
    await time.sleep(this.#random.waitMs(10 * THINK_MEAN_MS))
    weather.tell('payer complains')
    await this.#askService((service) => service.complain(paymentId))
  }
}

function altered(code: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(code)
  const index = random.below(copy.length)
  copy[index] = (copy[index] ?? 0) ^ (1 + random.below(255))
  return copy
}
