import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { buildInstallerPage } from '../../ends/installer/src/build.ts'
import { InstallerPhone, type PhoneOptions, launchBrowser } from './installer-phone.suite.ts'
import { SHOWN_SCREENS, type ShownScreen, bringAbout } from './screens.suite.ts'
import { StubChip } from './stub-chip.suite.ts'

/** Every screen: WCAG 2.2 AA by axe-core, contrast AAA; and nothing reaches out of a narrow phone with large text. */

let browser: Browser
let folder: string
before(async () => {
  folder = await buildInstallerPage()
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

for (const mode of MODES)
  test(`no screen has anything that axe finds (${mode.locale}, ${mode.colorScheme})`, async () => {
    const found: string[] = []
    for (const screen of SHOWN_SCREENS)
      await look(screen, mode, async (phone) => {
        const lang = await phone.page.locator('html').getAttribute('lang')
        assert.equal(lang, mode.locale)
        for (const violation of await phone.violations()) found.push(`${screen.name}: ${violation}`)
      })
    assert.ok(SHOWN_SCREENS.length > 15)
    assert.deepEqual(found, [])
  })

for (const locale of ['en', 'zh-CN'] as const)
  test(`whole at 320 px, with normal text and with twice its size (${locale})`, async () => {
    const out: string[] = []
    for (const screen of SHOWN_SCREENS)
      await look(screen, { locale, viewport: { width: 320, height: 568 } }, async (phone) => {
        if (await phone.reachesOut()) out.push(screen.name)
        await phone.page.evaluate(() => {
          document.documentElement.style.fontSize = '200%'
        })
        if (await phone.reachesOut()) out.push(`${screen.name}, large`)
      })
    assert.deepEqual(out, [])
  })
