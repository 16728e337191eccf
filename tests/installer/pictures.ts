import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { buildPage } from '#hosting/page-build.ts'
import { shrinkPicture } from '../picture.ts'
import { InstallerPhone, type Locale, launchBrowser } from './installer-phone.suite.ts'
import { SHOWN_SCREENS, type ShownScreen, bringAbout } from './screens.suite.ts'
import { StubChip } from './stub-chip.suite.ts'

/** `npm run screenshots:installer`: pictures of the set-up page at phone size into `docs/pictures/installer-*.png`. */
const FOLDER = process.argv[2] ?? path.resolve(import.meta.dirname, '../../docs/pictures')
const NAMES = process.argv.slice(3)
const WANTED =
  NAMES.length > 0
    ? NAMES
    : [
        'proof',
        'closed',
        'form-filled',
        'form-one-radio',
        'form-faults',
        'progress',
        'progress-gone',
        'failed-wrong-password',
        'failed-portal',
        'failed-claim-used',
        'done',
      ]
const DARK = ['form-filled', 'done']

interface Studio {
  readonly browser: Browser
  readonly folder: string
}

interface Look {
  readonly suffix: string
  readonly locale: Locale
  readonly colorScheme: 'light' | 'dark'
}

async function main(): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  for (const file of await readdir(FOLDER))
    if (/^installer-.*\.png$/.test(file)) await rm(path.join(FOLDER, file))
  const folder = await buildPage('installer')
  const browser = await launchBrowser()
  const studio = { browser, folder }
  try {
    for (const screen of SHOWN_SCREENS.filter(({ name }) => WANTED.includes(name))) {
      await picture(screen, studio, { suffix: 'en', locale: 'en', colorScheme: 'light' })
      await picture(screen, studio, { suffix: 'zh', locale: 'zh-CN', colorScheme: 'light' })
      if (DARK.includes(screen.name))
        await picture(screen, studio, { suffix: 'en-dark', locale: 'en', colorScheme: 'dark' })
    }
  } finally {
    await browser.close()
  }
}

async function picture(screen: ShownScreen, { browser, folder }: Studio, look: Look): Promise<void> {
  const { suffix, locale, colorScheme } = look
  const stub = await StubChip.start(folder)
  const phone = await InstallerPhone.unpack(browser, { locale, colorScheme })
  await bringAbout(screen, phone, stub)
  const file = path.join(FOLDER, `installer-${screen.name}-${suffix}.png`)
  await phone.page.screenshot({ path: file, fullPage: true })
  await shrinkPicture(file)
  await phone.context.close()
  await stub.stop()
}

await main()
