import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { StageVisit } from './browser/stage-visit.ts'
import { answerFor } from './page-budget-answers.ts'
import { SCREENS, type Screen } from './page-budget-screens.ts'
import { shrinkPicture } from './picture.ts'

/**
 * `npm run screenshots`: pictures of the stage during real payments, and of the payer's page as the real system
 * serves it, into `docs/pictures/`.
 */
const FOLDER = path.resolve(import.meta.dirname, '../docs/pictures')
const PHONE = { width: 390, height: 844 }
const LOOK_LIMIT_MS = 20_000

/** By their names among all screens, in the order of a payment. */
const SHOWN = [
  'home',
  'machine',
  'presence-plate',
  'confirm-approval',
  'confirm-new-passkey',
  'confirm-passkey',
  'running',
  'running-hold',
  'delivered',
  'refunded',
  'partly-refunded',
  'ended-silent',
  'refused-foreign',
  'receipt',
]
const SHOWN_DARK = ['confirm-passkey', 'refunded']

interface Mode {
  readonly suffix: string
  readonly screens: readonly string[]
  readonly options: BrowserContextOptions
}

const MODES: readonly Mode[] = [
  { suffix: 'en', screens: SHOWN, options: { locale: 'en' } },
  { suffix: 'zh', screens: SHOWN, options: { locale: 'zh-CN' } },
  { suffix: 'en-dark', screens: SHOWN_DARK, options: { locale: 'en', colorScheme: 'dark' } },
]

async function picture(page: Page, name: string): Promise<void> {
  const file = path.join(FOLDER, `${name}.png`)
  await page.screenshot({ path: file })
  await shrinkPicture(file)
}

/** Pictures that nobody makes any more do not stay behind; those of the set-up page are made elsewhere. */
async function clearFolder(): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  for (const file of await readdir(FOLDER))
    if (/^(payer|stage)\b.*\.png$/.test(file)) await rm(path.join(FOLDER, file))
}

async function main(): Promise<void> {
  await clearFolder()
  const visit = await StageVisit.begin()
  try {
    await visit.page.goto(visit.url)
    const systemUrl = await visit.page.evaluate(async () => {
      const about: { systemUrl: string } = await (await fetch('/stage.json')).json()
      return about.systemUrl
    })
    await setUpOnStage(visit)
    await payOnStage(visit)
    await stageInChinese(visit)
    for (const mode of MODES) await payerPages(visit.browser, systemUrl, mode)
  } finally {
    await visit.end()
  }
}

async function setUpOnStage(visit: StageVisit): Promise<void> {
  await visit.box.scrollIntoViewIfNeeded()
  await picture(visit.page, 'stage-box-closed')
  await visit.openBox()
  await visit.fillInSetUp()
  await picture(visit.page, 'stage-box-open')
  await visit.setUp()
  await visit.phone.getByTestId('screen-done').waitFor()
  await picture(visit.page, 'stage-box-settled')
  await visit.page.evaluate(() => {
    scrollTo(0, 0)
  })
}

async function payOnStage(visit: StageVisit): Promise<void> {
  const { page, phone } = visit
  await visit.machine('washer').locator('button.code .caption').waitFor()
  await picture(page, 'stage-first')
  await visit.scanQuickWash()
  await visit.approve()
  await picture(page, 'stage-confirm')
  await phone.getByTestId('pay').click()
  await phone
    .getByTestId('progress')
    .filter({ hasText: /^[2-5] of 6/ })
    .waitFor()
  await picture(page, 'stage')
  await visit.machine('washer').locator('button[data-act=jam]').click()
  await phone.locator('[data-testid=screen-refunded],[data-testid=screen-partly-refunded]').waitFor()
  await visit.isLit('S12')
  await picture(page, 'stage-refund')
  await page.setViewportSize(PHONE)
  await page.evaluate(() => {
    scrollTo(0, 0)
  })
  await picture(page, 'stage-narrow')
}

async function stageInChinese({ browser, url }: StageVisit): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, locale: 'zh-CN' })
  await page.goto(url)
  await page.locator('article.machine[data-key=chair] button.code').click()
  await page.frameLocator('#screen iframe').getByTestId('presence-text').waitFor({ timeout: LOOK_LIMIT_MS })
  await picture(page, 'stage-zh')
  await page.close()
}

async function payerPages(browser: Browser, systemUrl: string, mode: Mode): Promise<void> {
  for (const name of mode.screens) {
    const screen = SCREENS.find((one) => one.name === name)
    if (screen === undefined) throw new Error(`there is no screen "${name}"`)
    const context = await browser.newContext({ viewport: PHONE, reducedMotion: 'reduce', ...mode.options })
    const page = await context.newPage()
    await show(page, systemUrl, screen)
    await picture(page, `payer-${name}-${mode.suffix}`)
    await context.close()
  }
}

async function show(page: Page, systemUrl: string, screen: Screen): Promise<void> {
  await answerFor(page, screen)
  await page.goto(new URL(screen.path, systemUrl).href)
  for (const testid of screen.touch ?? [])
    await page.getByTestId(testid).first().click({ timeout: LOOK_LIMIT_MS })
  await page.getByTestId(screen.shows).first().waitFor({ timeout: LOOK_LIMIT_MS })
}

await main()
