import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import type { AxeResults } from 'axe-core'
import { type Browser, type BrowserContextOptions, type Page, type Request, chromium } from 'playwright-core'
import { browserLaunch } from '#hosting/browser.ts'
import { DEMONSTRATION } from '#hosting/demonstration.ts'
import { startHouse } from '#hosting/house.ts'
import { answerFor } from './page-budget-answers.ts'
import { SCREENS, type Screen } from './page-budget-screens.ts'

/**
 * `npm run page-budget -- --json`: the payer's page as the real system serves it, weighed and looked at.
 *
 * Every screen is brought about in both languages, light and dark, and checked by axe-core against WCAG 2.2 AA and
 * its best practices, contrast against AAA. The last line is JSON; exit 1 over budget, or with any violation.
 */
const FIRST_RESPONSE_KIB_MAX = 14
const SCRIPT_KIB_MAX = 25
const SHOWS_TIMEOUT_MS = 20_000
const KIB = 1_024

const MODES: readonly { readonly name: string; readonly options: BrowserContextOptions }[] = (
  [
    ['en', 'light'],
    ['zh-CN', 'light'],
    ['en', 'dark'],
    ['zh-CN', 'dark'],
  ] as const
).map(([locale, colorScheme]) => ({
  name: `${locale} ${colorScheme}`,
  options: { locale, colorScheme, viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' },
}))

const AXE = {
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  rules: { 'color-contrast-enhanced': { enabled: true }, 'target-size': { enabled: true } },
} as const

interface Weights {
  readonly firstResponseKiB: number
  readonly scriptKiB: number
}

async function main(): Promise<void> {
  const isQuiet = process.argv.includes('--json')
  const say = (line: string) => {
    if (!isQuiet) process.stdout.write(`${line}\n`)
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-page-budget-'))
  const fleet = { ...DEMONSTRATION, machines: DEMONSTRATION.machines.slice(0, 1) }
  const house = await startHouse({ folder, fleet, durable: false })
  try {
    const browser = await chromium.launch(await browserLaunch())
    try {
      const weights = await weighBoth(browser, house.systemUrl)
      say(`first response ${String(weights.firstResponseKiB)} KiB, script ${String(weights.scriptKiB)} KiB`)
      const violations = await lookAtAll(browser, house.systemUrl, say)
      for (const violation of violations) process.stderr.write(`${violation}\n`)
      process.stdout.write(`${JSON.stringify({ ...weights, axeViolations: violations.length })}\n`)
      const isOver = weights.firstResponseKiB > FIRST_RESPONSE_KIB_MAX || weights.scriptKiB > SCRIPT_KIB_MAX
      if (isOver || violations.length > 0) process.exitCode = 1
    } finally {
      await browser.close()
    }
  } finally {
    await house.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The heavier of both languages; each loads only its own words. */
async function weighBoth(browser: Browser, url: string): Promise<Weights> {
  const weights: Weights[] = []
  for (const locale of ['en', 'zh-CN']) weights.push(await weigh(browser, url, locale))
  return {
    firstResponseKiB: Math.max(...weights.map((weight) => weight.firstResponseKiB)),
    scriptKiB: Math.max(...weights.map((weight) => weight.scriptKiB)),
  }
}

/** As it came over the line: the first response with its headers, and all script until the page stands. */
async function weigh(browser: Browser, url: string, locale: string): Promise<Weights> {
  const context = await browser.newContext({ locale })
  const page = await context.newPage()
  let firstBytes = 0
  let scriptBytes = 0
  const finished: Request[] = []
  page.on('requestfinished', (request) => finished.push(request))
  await page.goto(url)
  await page.getByTestId('screen-home').waitFor({ timeout: SHOWS_TIMEOUT_MS })
  await page.waitForLoadState('networkidle')
  for (const request of finished) {
    const sizes = await request.sizes()
    if (request.resourceType() === 'document')
      firstBytes += sizes.responseBodySize + sizes.responseHeadersSize
    if (request.resourceType() === 'script') scriptBytes += sizes.responseBodySize
  }
  await context.close()
  if (firstBytes === 0 || scriptBytes === 0)
    throw new Error('the page came without a response or without script')
  const inKiB = (bytes: number) => Math.ceil((bytes / KIB) * 10) / 10
  return { firstResponseKiB: inKiB(firstBytes), scriptKiB: inKiB(scriptBytes) }
}

async function lookAtAll(browser: Browser, url: string, say: (line: string) => void): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const perMode = await Promise.all(
    MODES.map(async (mode) => {
      const found: string[] = []
      for (const screen of SCREENS) {
        const context = await browser.newContext(mode.options)
        const page = await context.newPage()
        await show(page, url, screen)
        for (const violation of await axe(page, source))
          found.push(`${mode.name}, ${screen.name}: ${violation}`)
        await context.close()
      }
      say(`${mode.name}: ${String(SCREENS.length)} screens`)
      return found
    }),
  )
  if (SCREENS.length === 0) throw new Error('no screen was looked at')
  return perMode.flat()
}

async function show(page: Page, url: string, screen: Screen): Promise<void> {
  await answerFor(page, screen)
  await page.goto(new URL(screen.path, url).href)
  for (const testid of screen.touch ?? [])
    await page.getByTestId(testid).first().click({ timeout: SHOWS_TIMEOUT_MS })
  await page.getByTestId(screen.shows).first().waitFor({ timeout: SHOWS_TIMEOUT_MS })
}

/** Evaluated, not added as a script: the page's own content security policy stays in force. */
async function axe(page: Page, source: string): Promise<string[]> {
  await page.evaluate(source)
  const results: AxeResults = await page.evaluate(`axe.run(document, ${JSON.stringify(AXE)})`)
  if (results.passes.length === 0) throw new Error('axe looked at nothing')
  return results.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id} at ${node.target.join(' ')}: ${violation.help}`),
  )
}

await main()
