import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { softwareAuthenticator } from '#system/payer/software-authenticator.suite.ts'
import type { PaymentView, ViewState } from '#system/payment/view.ts'
import { formFields } from './form-fields.ts'
import { WebClient, type WebAnswer } from './web-client.ts'

const POLL_MS = 120
/** How often one request is sent again, with the same key, while nobody answers. */
const SENDINGS_MAX = 150
const UNANSWERED_SENDINGS_MAX = 6
const SENDING_PAUSE_MS = 500
const BANK_VISITS_MAX = 10
const APPROVAL_LOOKS_MAX = 400
export const DONE: readonly ViewState[] = ['delivered', 'refunded', 'partly-refunded', 'ended', 'case']

export interface PayerOptions {
  readonly systemUrl: string
  readonly bankUrl: string
  readonly username: string
  readonly password: string
  readonly confirmsWith: 'passkey' | 'pin'
  /** At the bank: this payment only, a mandate, or no. */
  readonly approves: 'approve-once' | 'approve-mandate' | 'refuse'
}

/** What came back instead of a payment. */
export class NotCharged extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** A person with a phone and a bank account, without a browser: the same requests that the page makes. */
export class Payer {
  readonly #options: PayerOptions
  readonly #system: WebClient
  readonly #bank: WebClient
  readonly #authenticator = softwareAuthenticator()
  readonly #pin = '493027'

  constructor(options: PayerOptions) {
    this.#options = options
    this.#system = new WebClient(options.systemUrl)
    this.#bank = new WebClient(options.bankUrl)
  }

  async close(): Promise<void> {
    await Promise.all([this.#system.close(), this.#bank.close()])
  }

  /** S2. `claimed` is `{code}` or `{chipId, productId}`. Throws NotCharged where it is refused. */
  async claim(claimed: object): Promise<PaymentView> {
    return view(await this.#post('/v1/payments', claimed))
  }

  async read(paymentId: string): Promise<PaymentView> {
    return view(await this.#again(() => this.#system.get(`/v1/payments/${paymentId}`)))
  }

  /** Polls as the page does when its stream is gone, until one of the states is reached. */
  async until(paymentId: string, states: readonly ViewState[], limitMs: number): Promise<PaymentView> {
    const endMs = Date.now() + limitMs
    for (;;) {
      const seen = await this.read(paymentId)
      if (states.includes(seen.state) || DONE.includes(seen.state)) return seen
      if (Date.now() > endMs) throw new Error(`payment ${paymentId} is still ${seen.state}`)
      await pause(POLL_MS)
    }
  }

  async act(
    paymentId: string,
    action: 'presence' | 'cancellation' | 'stop' | 'complaint',
    body: object = {},
  ): Promise<WebAnswer> {
    return this.#post(`/v1/payments/${paymentId}/${action}`, body)
  }

  /** S4: at the bank first where that is needed, then passkey or PIN. */
  async confirm(payment: PaymentView): Promise<WebAnswer> {
    if (payment.needsApproval) await this.approve(payment.paymentId)
    return this.sendProof(payment.paymentId, this.proof(await this.options(payment.paymentId)))
  }

  /** How this device may confirm, with the challenge for exactly this payment. */
  async options(paymentId: string): Promise<Record<string, unknown>> {
    const answer = await this.#again(() => this.#system.get(`/v1/payments/${paymentId}/confirmation-options`))
    return answer.json()
  }

  /** Throws NotCharged where it is refused. */
  sendProof(paymentId: string, proof: object): Promise<WebAnswer> {
    return this.#post(`/v1/payments/${paymentId}/confirmation`, proof)
  }

  /** What this person's authenticator or memory answers to the options. */
  proof(options: Record<string, unknown>): object {
    const { challenge } = (options['publicKey'] ?? {}) as { challenge?: string }
    const ceremony = { challenge: challenge ?? '', origin: this.#options.systemUrl }
    if (options['method'] === 'passkey') return { passkey: this.#authenticator.authenticate(ceremony) }
    if (options['method'] === 'pin') return { pin: this.#pin }
    return this.#options.confirmsWith === 'pin'
      ? { newPin: this.#pin }
      : { newPasskey: this.#authenticator.register(ceremony) }
  }

  /** At the bank, as far as this person goes there; afterwards the system has heard of it. */
  async approve(paymentId: string): Promise<void> {
    const asked = await this.#post(`/v1/payments/${paymentId}/approval`, {})
    const { pathname } = new URL(String(asked.json()['redirectUrl']))
    for (let visit = 1; visit <= BANK_VISITS_MAX; visit += 1) {
      if (await this.#decide(pathname)) return this.#approvalKnown(paymentId)
      await pause(POLL_MS)
    }
    throw new Error(`the bank did not take the decision on ${paymentId}`)
  }

  /** At the bank's page; true once it is decided there, now or by an answer that was lost on its way. */
  async #decide(pathname: string): Promise<boolean> {
    const page = await this.#again(() => this.#bank.get(pathname))
    if (page.status === 410) return true
    if (page.text.includes('name="password"')) {
      const { username, password } = this.#options
      await this.#again(() => this.#bank.postForm(`${pathname}/sign-in`, { username, password }))
    }
    const question = await this.#again(() => this.#bank.get(pathname))
    const fields = formFields(question.text)
    const decided = await this.#again(() =>
      this.#bank.postForm(`${pathname}/decision`, { ...fields, decision: this.#options.approves }),
    )
    return decided.status < 400 && decided.location?.includes('approval=') === true
  }

  /** As the page does on its return from the bank: until the system has heard of it. */
  async #approvalKnown(paymentId: string): Promise<void> {
    for (let look = 0; look < APPROVAL_LOOKS_MAX; look += 1) {
      const seen = await this.read(paymentId)
      if (!seen.needsApproval) return
      await pause(POLL_MS)
    }
    throw new Error(`the approval of ${paymentId} never arrived`)
  }

  async #post(path: string, body: object): Promise<WebAnswer> {
    const sendAs = (key: string) => this.#again(() => this.#system.postJson(path, body, key))
    let answer = await sendAs(randomUUID())
    // The request died with its process: the person taps again, which is another request.
    if (isUnanswered(answer)) answer = await sendAs(randomUUID())
    if (answer.status >= 400) throw new NotCharged(String(answer.json()['code']))
    return answer
  }

  /** No answer, or "try again": the same request under the same key. */
  async #again(send: () => Promise<WebAnswer>): Promise<WebAnswer> {
    for (let sending = 1; ; sending += 1) {
      try {
        const answer = await send()
        if (isUnanswered(answer) && sending >= UNANSWERED_SENDINGS_MAX) return answer
        if (!worthRepeating(answer)) return answer
        if (sending >= SENDINGS_MAX) return answer
      } catch (error) {
        if (sending >= SENDINGS_MAX) throw error
      }
      await pause(SENDING_PAUSE_MS)
    }
  }
}

/** What the page repeats by itself, under the same key. */
function worthRepeating(answer: WebAnswer): boolean {
  return isUnanswered(answer) || answer.status >= 500 || answer.status === 429
}

function isUnanswered(answer: WebAnswer): boolean {
  return answer.status === 409 && answer.text.includes('"idempotency-in-progress"')
}

function view(answer: WebAnswer): PaymentView {
  const body = answer.json()
  if (answer.status >= 400) throw new NotCharged(String(body['code']))
  return body as unknown as PaymentView
}
