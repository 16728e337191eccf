import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from 'playwright-core'
import { browserLaunch } from '#hosting/browser.ts'
import { freePort } from '#hosting/port.ts'
import { giveAuthenticator } from './authenticator.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const PORTS = ['STAGE', 'SYSTEM', 'BANK', 'BROKER', 'EST', 'POSTGRES'] as const
const LOOK_LIMIT_MS = 40_000
/** Until a chip that is set up lives, or one that was let go is as out of its box. */
export const LIFE_LIMIT_MS = 90_000

/** The stage as `npm start` serves it, on free ports and in a folder that goes again; and somebody who looks at it. */
export class StageVisit {
  readonly browser: Browser
  readonly page: Page
  readonly url: string
  /** What the browser complained about. */
  readonly faults: string[] = []
  readonly #folder: string
  readonly #stage: ChildProcess

  private constructor(parts: { started: Started; browser: Browser; page: Page }) {
    this.browser = parts.browser
    this.page = parts.page
    this.url = parts.started.url
    this.#folder = parts.started.folder
    this.#stage = parts.started.stage
    this.page.on('pageerror', (error) => this.faults.push(error.message))
    this.page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(`${message.text()} ${message.location().url}`)
    })
  }

  static async begin(): Promise<StageVisit> {
    const started = await start()
    const browser = await chromium.launch(await browserLaunch())
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'en' })
    context.setDefaultTimeout(LOOK_LIMIT_MS)
    const page = await context.newPage()
    await giveAuthenticator(await context.newCDPSession(page))
    return new StageVisit({ started, browser, page })
  }

  /** As by Ctrl-C; resolves with the exit code. */
  async end(): Promise<number | null> {
    await this.browser.close()
    const exited = once(this.#stage, 'exit')
    this.#stage.kill('SIGINT')
    await exited
    await rm(this.#folder, { recursive: true, force: true })
    return this.#stage.exitCode
  }

  machine(key: string): Locator {
    return this.page.locator(`article.machine[data-key=${key}]`)
  }

  /** The payer's page, or the bank's, in the phone on the stage. */
  get phone(): FrameLocator {
    return this.page.frameLocator('#screen iframe')
  }

  step(name: string): Locator {
    return this.page.locator('button.step', { has: this.page.locator(`b:text-is("${name}")`) })
  }

  async isLit(name: string): Promise<void> {
    await this.step(name).and(this.page.locator('[data-lit=yes]')).waitFor()
  }

  /** Chooses the short programme, and lets the phone read the code that the display then shows. */
  async scanQuickWash(): Promise<void> {
    const washer = this.machine('washer')
    await washer.getByRole('button', { name: 'Quick 30°' }).click()
    await washer.locator('button.code .caption', { hasText: '1.80' }).waitFor()
    await washer.locator('button.code').click()
  }

  /** Signs in at the bank with what the stage says, and approves payments within limits. */
  async approve(): Promise<void> {
    const [username = '', password = ''] = await this.page.locator('#customers code').allInnerTexts()
    await this.phone.getByTestId('go-to-bank').click()
    await this.phone.locator('#username').fill(username)
    await this.phone.locator('#password').fill(password)
    await this.phone.locator('#approve-mandate').click()
    await this.phone.getByTestId('pay').waitFor()
  }

  /** The machine whose chip came in a box. */
  get box(): Locator {
    return this.page.locator('.box[data-key=dryer]')
  }

  /** Opens the box, brings the phone into the chip's hotspot, and gives the label's number on its page. */
  async openBox(): Promise<void> {
    const { box, phone } = this
    await box.locator('[data-act=openBox]').click()
    await box.getByText('hotspot is up').waitFor()
    await box.locator('[data-scan=wifi]').click()
    await box.getByText('your phone is in it').waitFor()
    await phone.getByTestId('proof').fill(await box.getByTestId('label-proof').innerText())
    await phone.getByTestId('proof-send').click()
    await phone.getByTestId('screen-form').waitFor()
  }

  /** Scans the claim of the office, and fills in the network on the laundry's wall. */
  async fillInSetUp(): Promise<void> {
    const { box, phone } = this
    await box.locator('[data-act=claim]').click()
    await box.locator('[data-scan=claim]').click()
    await phone
      .getByTestId('scanned')
      .filter({ hasText: await box.getByTestId('claim-code').innerText() })
      .waitFor()
    const ssid = await box.getByTestId('home-ssid').innerText()
    await phone.getByTestId('network-choice').filter({ hasText: ssid }).first().click()
    await phone.getByTestId('passphrase').fill(await box.getByTestId('home-passphrase').innerText())
    await phone.getByTestId('try-it').click()
  }

  /** Resolves once the chip has its prices, and the machine shows its first code. */
  async setUp(): Promise<void> {
    await this.phone.getByTestId('connect').click()
    await this.phone.getByTestId('screen-done').waitFor()
    const code = this.machine('dryer').locator('button.code .caption', { hasText: '1.50' })
    await code.waitFor({ timeout: LIFE_LIMIT_MS })
  }
}

interface Started {
  readonly url: string
  readonly folder: string
  readonly stage: ChildProcess
}

async function start(): Promise<Started> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-stage-'))
  const ports: Record<string, string> = {}
  for (const name of PORTS) ports[`FARTHING_${name}_PORT`] = String(await freePort())
  const stage = spawn(process.execPath, ['stage/src/main.ts', '--folder', path.join(folder, 'house')], {
    cwd: ROOT,
    env: { ...process.env, ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { url: await addressIn(stage), folder, stage }
}

/** The line that says where to look, once everything runs. */
function addressIn({ stdout, stderr }: ChildProcess): Promise<string> {
  const said: string[] = []
  return new Promise((resolve, reject) => {
    if (stdout === null || stderr === null) {
      reject(new Error('the stage has no output'))
      return
    }
    stderr.on('data', (text: Buffer) => said.push(text.toString()))
    const lines = createInterface({ input: stdout })
    lines.on('line', (line) => {
      said.push(line)
      const found = /The stage\s+(http:\S+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    lines.on('close', () => {
      reject(new Error(`the stage did not start: ${said.join('\n')}`))
    })
  })
}
