import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  chromium,
} from 'playwright-core'
import { browserLaunch } from '#hosting/browser.ts'

const LOOK_LIMIT_MS = 20_000
export const PHONE_SIZE = { width: 390, height: 844 }

export type Locale = 'en' | 'zh-CN'

const AXE = {
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  rules: { 'color-contrast-enhanced': { enabled: true }, 'target-size': { enabled: true } },
} as const

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch(await browserLaunch())
}

export interface PhoneOptions extends BrowserContextOptions {
  readonly locale?: Locale
  /** What the browser may say in its console on this way, beside nothing. */
  readonly allowed?: readonly RegExp[]
}

/** An installer with a phone: touches, types, and hears when the browser complains. */
export class InstallerPhone {
  readonly page: Page
  readonly context: BrowserContext
  readonly #faults: string[] = []
  /** Every host that was asked for anything. */
  readonly hosts = new Set<string>()

  private constructor(context: BrowserContext, page: Page, allowed: readonly RegExp[]) {
    this.context = context
    this.page = page
    page.on('request', (request) => this.hosts.add(new URL(request.url()).host))
    page.on('pageerror', (error) => this.#faults.push(`thrown: ${error.message}`))
    page.on('console', (message) => {
      const text = message.text()
      const isFault = message.type() === 'error' || /content security policy/i.test(text)
      if (isFault && !allowed.some((each) => each.test(text))) this.#faults.push(text)
    })
  }

  static async unpack(browser: Browser, options: PhoneOptions = {}): Promise<InstallerPhone> {
    const { allowed = [], ...rest } = options
    const context = await browser.newContext({
      viewport: PHONE_SIZE,
      locale: 'en',
      hasTouch: true,
      isMobile: true,
      reducedMotion: 'reduce',
      ...rest,
    })
    context.setDefaultTimeout(LOOK_LIMIT_MS)
    return new InstallerPhone(context, await context.newPage(), allowed)
  }

  /** Ends with the browser having had nothing to complain about. */
  async putAway(): Promise<void> {
    await this.context.close()
    assert.deepEqual(this.#faults, [], 'the browser complained')
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url)
  }

  async sees(testid: string): Promise<void> {
    await this.page.getByTestId(testid).first().waitFor()
  }

  async read(testid: string): Promise<string> {
    const found = this.page.getByTestId(testid).first()
    await found.waitFor()
    return (await found.innerText()).trim()
  }

  async says(testid: string, words: RegExp): Promise<void> {
    await this.page.getByTestId(testid).filter({ hasText: words }).first().waitFor({ state: 'attached' })
  }

  async touch(testid: string): Promise<void> {
    await this.page.getByTestId(testid).first().tap()
  }

  async type(testid: string, text: string): Promise<void> {
    await this.page.getByTestId(testid).fill(text)
  }

  async choose(testid: string, words: string): Promise<void> {
    await this.page.getByTestId(testid).filter({ hasText: words }).first().locator('label').first().tap()
  }

  async valueOf(testid: string): Promise<string> {
    return this.page.getByTestId(testid).inputValue()
  }

  async focused(): Promise<string | null> {
    return this.page.evaluate(() => document.activeElement?.id ?? null)
  }

  /** What axe-core finds wrong with what is shown. */
  async violations(): Promise<string[]> {
    await this.page.evaluate(await axeSource())
    const results: AxeResults = await this.page.evaluate(`axe.run(document, ${JSON.stringify(AXE)})`)
    assert.ok(results.passes.length > 0, 'axe looked at nothing')
    return results.violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id} at ${node.target.join(' ')}: ${help}`),
    )
  }

  /** Whether anything reaches out of the screen sideways (WCAG 2.2, 1.4.10). */
  async reachesOut(): Promise<boolean> {
    return this.page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    )
  }
}

let source: Promise<string> | undefined

function axeSource(): Promise<string> {
  source ??= readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  return source
}
