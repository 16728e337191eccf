import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { browserLaunch } from '#hosting/browser.ts'
import { type RunningHouse, startHouse } from '#hosting/house.ts'
import { browserFleet, type MachineKey } from './fleet.ts'
import { Phone, type PhoneOptions } from './phone.ts'
import { until } from './until.ts'
import { writeVideoOfCode } from './video.ts'

/** Everybody comes from one address here. */
const LIMITS = {
  requestsPerMinutePerNetwork: 100_000,
  claimsPerMinutePerNetwork: 10_000,
  claimsPerHourPerPayer: 10_000,
  claimsPerMinutePerChip: 10_000,
}
const TIMES = { bankPollMinMs: 300, bankPollMaxMs: 2_000, chipResendMs: 700, chipResendMaxMs: 2_000 }

export interface WorldOptions {
  readonly machines: readonly MachineKey[]
}

/** A whole house, a browser, and as many phones in it as a test wants. */
export class World {
  readonly house: RunningHouse
  readonly folder: string
  readonly browser: Browser

  private constructor(parts: { house: RunningHouse; folder: string; browser: Browser }) {
    this.house = parts.house
    this.folder = parts.folder
    this.browser = parts.browser
  }

  static async open(options: WorldOptions): Promise<World> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'farthing-browser-'))
    const house = await startHouse({
      folder: path.join(folder, 'house'),
      fleet: browserFleet(options.machines),
      systemTimes: TIMES,
      systemLimits: LIMITS,
      chipTimes: { endScreenMs: 300 },
      chipLinkTimes: { longestPauseMs: 1_000 },
      durable: false,
      logLevel: 'info',
    }).catch(async (error: unknown) => {
      await rm(folder, { recursive: true, force: true })
      throw error
    })
    try {
      const browser = await launch()
      return new World({ house, folder, browser })
    } catch (error) {
      await house.stop()
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  async close(): Promise<void> {
    await this.browser.close()
    await this.house.stop()
    await rm(this.folder, { recursive: true, force: true })
  }

  phone(options: PhoneOptions = {}): Promise<Phone> {
    return Phone.unpack(this, options)
  }

  /** A browser whose camera sees the code of this address all the time. */
  async browserSeeing(address: string): Promise<Browser> {
    const file = path.join(this.folder, `camera-${randomUUID()}.y4m`)
    await writeVideoOfCode(file, address)
    return launch(
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${file}`,
    )
  }

  /** The address in the code that is on the machine now; waits while its display shows something else. */
  async codeOf(key: MachineKey): Promise<string> {
    const { plan, thing, chipId } = this.house.machine(key)
    if (plan.codes === 'printed') return `${this.house.systemUrl}/#m.${chipId}`
    return until(`a code on ${key}`, () => {
      const { screen } = thing.panel.view()
      return screen.kind === 'code' && screen.url
    })
  }

  /** The words on the machine's display. */
  async wordsOn(key: MachineKey): Promise<string> {
    const { thing } = this.house.machine(key)
    return until(`words on ${key}`, () => {
      const { screen } = thing.panel.view()
      return screen.kind === 'words' && screen.text
    })
  }

  /** What the machine did so far by order of its chip. */
  runsOf(key: MachineKey): number {
    return this.house.machine(key).thing.history().length
  }
}

async function launch(...more: string[]): Promise<Browser> {
  const { args, ...settings } = await browserLaunch()
  return chromium.launch({ ...settings, args: [...args, ...more] })
}
