import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { type Browser, chromium, type FrameLocator, type Page } from 'playwright-core'
import { browserLaunch } from '#hosting/browser.ts'
import { freePort } from '#hosting/port.ts'

/** The stage as `npm start` serves it: what a newcomer does first. */

const ROOT = path.resolve(import.meta.dirname, '../..')
const PORTS = ['STAGE', 'SYSTEM', 'BANK', 'BROKER', 'POSTGRES'] as const
const LOOK_LIMIT_MS = 40_000
const PAID = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9'] as const

let folder: string
let stage: ChildProcess
let url: string
let browser: Browser
let page: Page
const faults: string[] = []

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-stage-'))
  const ports = await Promise.all(PORTS.map(async (name) => [`FARTHING_${name}_PORT`, await freePort()]))
  stage = spawn(process.execPath, ['stage/src/main.ts', '--folder', path.join(folder, 'house')], {
    cwd: ROOT,
    env: { ...process.env, ...Object.fromEntries(ports) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  url = await addressIn(stage)
  browser = await chromium.launch(await browserLaunch())
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'en' })
  context.setDefaultTimeout(LOOK_LIMIT_MS)
  page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
})

after(async () => {
  await browser?.close()
  const exited = once(stage, 'exit')
  stage.kill('SIGINT')
  const [code] = await exited
  await rm(folder, { recursive: true, force: true })
  assert.equal(code, 0, 'Ctrl-C stops it cleanly')
})

/** The line that says where to look, once everything runs. */
async function addressIn(child: ChildProcess): Promise<string> {
  const said: string[] = []
  if (child.stdout === null || child.stderr === null) throw new Error('the stage has no output')
  child.stderr.on('data', (text: Buffer) => said.push(text.toString()))
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    const found = /The stage\s+(http:\S+)/.exec(line)?.[1]
    if (found !== undefined) {
      child.stdout.resume()
      return found
    }
  }
  throw new Error(`the stage did not start: ${said.join('\n')}`)
}

const washer = () => page.locator('article.machine[data-key=washer]')
const inPhone = (): FrameLocator => page.frameLocator('#screen iframe')
const step = (name: string) => page.locator('button.step', { has: page.locator(`b:text-is("${name}")`) })

async function isLit(name: string): Promise<void> {
  await step(name).and(page.locator('[data-lit=yes]')).waitFor()
}

async function approve(): Promise<void> {
  const [username = '', password = ''] = await page.locator('#customers code').allInnerTexts()
  await inPhone().getByTestId('go-to-bank').click()
  await inPhone().locator('#username').fill(username)
  await inPhone().locator('#password').fill(password)
  await inPhone().locator('#sign-in').click()
  await inPhone().locator('#approve-mandate').click()
}

test('the machines are there, and nothing has been said that did not happen', async () => {
  await page.goto(url)
  await washer().waitFor()
  const keys = await page
    .locator('article.machine')
    .evaluateAll((all) => all.map((one) => one.dataset['key']))
  assert.deepEqual(keys, ['washer', 'snacks', 'chair', 'charger'])
  assert.equal(await page.locator('button.step').count(), 12)
  assert.equal(await page.locator('button.step[data-lit=yes]').count(), 0)
})

test("a click on the washing machine's code, a payment on the phone, and S1 to S10 light up", async () => {
  await washer().getByRole('button', { name: 'Quick 30°' }).click()
  await washer().locator('button.code .caption', { hasText: '1.80' }).waitFor()
  await washer().locator('button.code').click()
  await approve()
  await inPhone().getByTestId('pay').click()
  await inPhone().getByTestId('screen-delivered').waitFor()
  for (const name of [...PAID, 'S10']) await isLit(name)
  for (const name of ['S11', 'S12']) assert.equal(await step(name).getAttribute('data-lit'), 'no')
  await step('S10').click()
  const said = page.locator('details.saying', { has: page.locator('.signed[data-ok=true]') }).first()
  await said.locator('summary').click()
  assert.match(await said.locator('.signed').innerText(), /Signed by the chip .*the signature checks out/)
  await page.locator('#show-all').click()
})

test('jammed: S11 and S12 light up, and the phone shows the refund', async () => {
  await washer().locator('button[data-act=jam]').click()
  await washer().locator('button.code .caption').waitFor()
  await washer().locator('button.code').click()
  await inPhone().getByTestId('pay').click()
  await inPhone().locator('[data-testid=screen-refunded],[data-testid=screen-partly-refunded]').waitFor()
  for (const name of [...PAID, 'S11', 'S12']) await isLit(name)
  assert.match(await inPhone().getByTestId('refund-reference').innerText(), /\w/)
  assert.deepEqual(faults, [], 'the browser complained')
})
