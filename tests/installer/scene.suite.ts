import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import type { SetupView } from '#chip/setup/setup-view.ts'
import { buildPage } from '#hosting/page-build.ts'
import { InstallerPhone, type PhoneOptions, launchBrowser } from './installer-phone.suite.ts'
import { StubChip, viewOf } from './stub-chip.suite.ts'

/** The page alone, with a chip that says what a test wants. */
interface Scene {
  readonly stub: StubChip
  readonly phone: InstallerPhone
}

type Play = (
  view: Partial<SetupView>,
  options: PhoneOptions,
  play: (scene: Scene) => Promise<void>,
) => Promise<void>

/** One browser for all tests of a file; the phone and the chip are new each time. */
export function theatre(): Play {
  let browser: Browser
  let folder: string
  before(async () => {
    folder = await buildPage('installer')
    browser = await launchBrowser()
  })
  after(() => browser?.close())
  return async (view, options, play) => {
    const stub = await StubChip.start(folder, view)
    const phone = await InstallerPhone.unpack(browser, options)
    try {
      await play({ stub, phone })
      assert.deepEqual([...phone.hosts], [new URL(stub.url).host], 'nobody but the chip was asked')
      await phone.putAway()
    } finally {
      await phone.context.close()
      await stub.stop()
    }
  }
}

export const OPEN = viewOf('open')
/** The console's code, as the chip's own address carries it. */
export const LINK = '/#s=pay.example.org&c=4K7QM-2X9DT'
export const FILLED = { network: 'Laundry', passphrase: 'warm water', machine: ['relay', 'b'] } as const
/** A browser logs each answer that is a refusal, or that never comes. */
export const LOST = { allowed: [/Failed to load resource/] }
