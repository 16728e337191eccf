import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { buildPage } from '#hosting/page-build.ts'
import { InstallerPhone, type PhoneOptions, launchBrowser } from './installer-phone.suite.ts'
import { SHOWN_SCREENS, type ShownScreen, bringAbout } from './screens.suite.ts'
import { StubChip } from './stub-chip.suite.ts'

/** Every screen: WCAG 2.2 AA by axe-core, contrast AAA; and nothing reaches out of a narrow phone (1.4.10) with large text (1.4.4). */

let browser: Browser
let folder: string
before(async () => {
  folder = await buildPage('installer')
  browser = await launchBrowser()
})
after(() => browser?.close())

async function look(
  screen: ShownScreen,
  options: PhoneOptions,
  at: (phone: InstallerPhone) => Promise<void>,
) {
  const stub = await StubChip.start(folder)
  const allowed = [/Failed to load resource/]
  const phone = await InstallerPhone.unpack(browser, { ...options, allowed })
  try {
    await bringAbout(screen, phone, stub)
    await at(phone)
    await phone.putAway()
  } finally {
    await phone.context.close()
    await stub.stop()
  }
}

const MODES = [
  { locale: 'en', colorScheme: 'light' },
  { locale: 'zh-CN', colorScheme: 'dark' },
] as const

const NARROW = { width: 320, height: 568 }

for (const mode of MODES)
  test(`every screen: nothing that axe finds, and whole when narrow and large (${mode.locale}, ${mode.colorScheme})`, async () => {
    const found: string[] = []
    for (const screen of SHOWN_SCREENS)
      await look(screen, mode, async (phone) => {
        assert.equal(await phone.page.locator('html').getAttribute('lang'), mode.locale)
        for (const violation of await phone.violations()) found.push(`${screen.name}: ${violation}`)
        await phone.page.setViewportSize(NARROW)
        if (await phone.reachesOut()) found.push(`${screen.name} reaches out at 320 px`)
        await phone.page.evaluate(() => {
          document.documentElement.style.fontSize = '200%'
        })
        if (await phone.reachesOut()) found.push(`${screen.name} reaches out at 320 px with large text`)
      })
    assert.ok(SHOWN_SCREENS.length > 15)
    assert.deepEqual(found, [])
  })
