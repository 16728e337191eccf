import assert from 'node:assert/strict'
import type { Browser, BrowserContext, CDPSession, ConsoleMessage, Page } from 'playwright-core'
import type { PaymentView } from '#system/payment/view.ts'
import { giveAuthenticator } from './authenticator.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

const LOOK_LIMIT_MS = 30_000
const PHONE_SIZE = { width: 390, height: 844 }

export type Locale = 'en' | 'zh-CN'
export type BankChoice = 'approve-once' | 'approve-mandate' | 'refuse'

export interface PhoneOptions {
  /** One with a camera that sees something; the world's own by default. */
  readonly browser?: Browser
  readonly locale?: Locale
  /** False: a phone without passkeys. */
  readonly passkeys?: boolean
  /** What the browser may say in its console on this way, beside nothing. */
  readonly allowed?: readonly RegExp[]
}

/** A person with a phone: looks at the page, touches it, and hears when the browser complains. */
export class Phone {
  readonly context: BrowserContext
  /** Each screen on which something had to be touched, once for as long as it stood. */
  readonly screens: string[] = []
  /** Requests that change something, as `POST /v1/payments`. */
  readonly posts: string[] = []
  readonly #world: World
  readonly #allowed: readonly RegExp[]
  readonly #faults: string[] = []
  #page: Page
  #cdp: CDPSession

  private constructor(world: World, { context, page, cdp }: Opened, allowed: readonly RegExp[]) {
    this.#world = world
    this.context = context
    this.#page = page
    this.#cdp = cdp
    this.#allowed = allowed
    this.#listen(page)
  }

  static async unpack(world: World, options: PhoneOptions): Promise<Phone> {
    const context = await (options.browser ?? world.browser).newContext({
      viewport: PHONE_SIZE,
      locale: options.locale ?? 'en',
      hasTouch: true,
      isMobile: true,
    })
    context.setDefaultTimeout(LOOK_LIMIT_MS)
    if (options.passkeys === false) {
      await context.addInitScript(() => {
        Reflect.deleteProperty(globalThis, 'PublicKeyCredential')
      })
    }
    const page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    if (options.passkeys !== false) authenticators.set(cdp, await giveAuthenticator(cdp))
    return new Phone(world, { context, page, cdp }, options.allowed ?? [])
  }

  get page(): Page {
    return this.#page
  }

  #listen(page: Page): void {
    page.on('console', (message) => this.#hear(message))
    page.on('pageerror', (error) => this.#faults.push(`thrown: ${error.message}`))
    page.on('request', (request) => {
      if (request.method() === 'POST') this.posts.push(`POST ${new URL(request.url()).pathname}`)
    })
  }

  #hear(message: ConsoleMessage): void {
    const text = message.text()
    const isFault = message.type() === 'error' || /content security policy|permissions policy/i.test(text)
    if (isFault && !this.#allowed.some((allowed) => allowed.test(text))) this.#faults.push(text)
  }

  /** Ends with the browser having had nothing to complain about. */
  async putAway(): Promise<void> {
    await this.context.close()
    assert.deepEqual(this.#faults, [], 'the browser complained')
  }

  async open(url: string): Promise<void> {
    await this.#page.goto(url)
  }

  /** The tab is gone, as when a phone needs its memory; `reopen` is the next one. The passkeys stay. */
  async closeTab(): Promise<Credential[]> {
    const credentials = await credentialsOf(this.#cdp)
    await this.#page.close()
    return credentials
  }

  async reopen(url: string, credentials: readonly Credential[] = []): Promise<void> {
    this.#page = await this.context.newPage()
    this.#cdp = await this.context.newCDPSession(this.#page)
    this.#listen(this.#page)
    const authenticatorId = await giveAuthenticator(this.#cdp)
    authenticators.set(this.#cdp, authenticatorId)
    for (const credential of credentials)
      await this.#cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
    await this.open(url)
  }

  /** Nothing of the page runs any more, as when a phone lies in a pocket: neither timers nor what comes in. */
  async sleep(): Promise<void> {
    const asleep = new Promise((resolve) => this.#cdp.once('Debugger.paused', resolve))
    await this.#cdp.send('Debugger.enable')
    await this.#cdp.send('Debugger.pause')
    await asleep
  }

  async wake(): Promise<void> {
    await this.#cdp.send('Debugger.resume')
    await this.#cdp.send('Debugger.disable')
  }

  /** Waits until it is on the page, and says what it says. */
  async read(testid: string): Promise<string> {
    const found = this.#page.getByTestId(testid).first()
    await found.waitFor()
    return (await found.innerText()).trim()
  }

  /** Waits until what is there says so. */
  async says(testid: string, words: RegExp): Promise<void> {
    await this.#page.getByTestId(testid).filter({ hasText: words }).first().waitFor()
  }

  async sees(testid: string): Promise<void> {
    await this.#page.getByTestId(testid).first().waitFor()
  }

  async touch(testid: string): Promise<void> {
    await this.#noteScreen(testid)
    await this.#page.getByTestId(testid).first().tap()
  }

  async type(testid: string, text: string): Promise<void> {
    await this.#noteScreen(testid)
    await this.#page.getByTestId(testid).fill(text)
  }

  async #noteScreen(testid: string): Promise<void> {
    await this.sees(testid)
    const screen = this.#page.locator('[data-testid^=screen-]').first()
    this.#note((await screen.getAttribute('data-testid')) ?? 'none')
  }

  #note(screen: string): void {
    if (this.screens.at(-1) !== screen) this.screens.push(screen)
  }

  /** From "Go to your bank" to being back: signs in where the bank asks, and decides, in one go. */
  async decideAtBank(choice: BankChoice, username: 'ada' | 'ben' = 'ada'): Promise<void> {
    const { house } = this.#world
    await this.touch('go-to-bank')
    await this.#page.waitForURL(`${house.bankUrl}/**`)
    this.#note('bank')
    const password = this.#page.locator('#password')
    await password
      .or(this.#page.locator(`#${choice}`))
      .first()
      .waitFor()
    if (await password.isVisible()) {
      await this.#page.locator('#username').fill(username)
      await password.fill(house.provisioned.customerPasswords.get(username) ?? '')
    }
    await this.#page.locator(`#${choice}`).tap()
    await this.#page.waitForURL(`${house.systemUrl}/**`)
  }

  /** What the system says of this phone's latest payment, asked beside the page. */
  async latest(): Promise<PaymentView> {
    const answer = await this.context.request.get(`${this.#world.house.systemUrl}/v1/payer/payments`)
    const { payments }: { payments: PaymentView[] } = await answer.json()
    const [latest] = payments
    assert.ok(latest, 'this phone has a payment')
    return latest
  }

  async latestIs(...states: PaymentView['state'][]): Promise<PaymentView> {
    return until(`a payment that is ${states.join(' or ')}`, async () => {
      const latest = await this.latest()
      return states.includes(latest.state) && latest
    })
  }
}

interface Opened {
  readonly context: BrowserContext
  readonly page: Page
  readonly cdp: CDPSession
}

export type Credential = Awaited<ReturnType<typeof credentialsOf>>[number]

const authenticators = new WeakMap<CDPSession, string>()

async function credentialsOf(cdp: CDPSession) {
  const authenticatorId = authenticators.get(cdp)
  if (authenticatorId === undefined) return []
  return (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials
}
