import { createHash } from 'node:crypto'
import { createServer } from 'node:https'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import postgres from 'postgres'
import type { Browser } from 'playwright-core'
import { checkFactorySettings } from '#chip/factory-settings.ts'
import { type FactoryChip, startFactoryChip } from '#chip/factory.ts'
import { type Air, startAir } from '#chip/setup/radio/air.ts'
import type { Phone } from '#chip/setup/radio/air-phone.ts'
import { HOME_NETWORK } from '#hosting/boxed-chip.ts'
import { type CertificateFiles, openAuthority } from '#hosting/certificate.ts'
import { type RunningHouse, startHouse } from '#hosting/house.ts'
import type { RunningMachine } from '#hosting/house-machine.ts'
import { freePort } from '#hosting/port.ts'
import { makeTemporaryFolder } from '#hosting/temporary-folder.ts'
import { buildPage } from '#hosting/page-build.ts'
import { browserFleet } from '../browser/fleet.ts'
import { until } from '../browser/until.ts'
import { launchBrowser } from './installer-phone.suite.ts'

/** A laundry with two machines whose chips are still in their boxes, the whole house behind it, and a browser. */
export class Laundry {
  readonly folder: string
  readonly house: RunningHouse
  readonly browser: Browser
  readonly #undo: (() => Promise<void>)[]

  private constructor(parts: {
    folder: string
    house: RunningHouse
    browser: Browser
    undo: (() => Promise<void>)[]
  }) {
    this.folder = parts.folder
    this.house = parts.house
    this.browser = parts.browser
    this.#undo = parts.undo
  }

  static async open(): Promise<Laundry> {
    const undo: (() => Promise<void>)[] = []
    try {
      const temporary = await makeTemporaryFolder('installer')
      const { folder } = temporary
      undo.push(() => temporary.remove())
      const fleet = browserFleet(['washer', 'dryer'])
      const house = await startHouse({
        folder: path.join(folder, 'house'),
        fleet: { ...fleet, machines: fleet.machines.map((machine) => ({ ...machine, boxed: true })) },
        chipLinkTimes: { longestPauseMs: 1_000 },
        durable: false,
      })
      undo.push(() => house.stop())
      const browser = await launchBrowser()
      undo.push(() => browser.close())
      return new Laundry({ folder, house, browser, undo })
    } catch (error) {
      for (const each of undo.toReversed()) await each()
      throw error
    }
  }

  async close(): Promise<void> {
    for (const each of this.#undo.toReversed()) await each()
  }

  /** What is undone at the end, before the house. */
  onClose(undo: () => Promise<void>): void {
    this.#undo.push(undo)
  }

  /** What the installer types for the system. */
  get address(): string {
    return `localhost:${String(this.house.wiring.estPort)}`
  }

  async claim(key: string, ...more: string[]): Promise<string> {
    return (await this.#makeClaim(key, more)).code
  }

  /** One that nobody has used for too long. */
  async expiredClaim(key: string): Promise<string> {
    const { claimId, code } = await this.#makeClaim(key, [])
    const { host, port, user, password, database } = this.house.wiring.systemDatabase
    const sql = postgres({ host, port, user, password, database, max: 1 })
    await sql`UPDATE claim SET expires_at = made_at WHERE claim_id = ${claimId}`
    await sql.end()
    return code
  }

  async #makeClaim(key: string, more: readonly string[]): Promise<{ claimId: string; code: string }> {
    const { code, output } = await this.house.staff('--json', 'claim', key, ...more)
    if (code !== 0) throw new Error(output)
    return JSON.parse(output)
  }

  /** Switches a boxed chip on and puts a phone into its hotspot. */
  async unpack(key: string): Promise<RunningMachine & { box: NonNullable<RunningMachine['box']> }> {
    const machine = this.house.machine(key)
    const { box } = machine
    if (box === null) throw new Error(`the chip of ${key} came in no box`)
    await machine.putBackPlug()
    await until('the hotspot', () => box.phone.join(box.label.ssid, box.label.passphrase) === 'joined')
    return { ...machine, box }
  }

  /** The certificate of a server that the chip trusts. */
  get trusted(): CertificateFiles {
    return this.house.provisioned.estServer
  }

  /** One that calls itself the same, of an authority that the chip has never heard of. */
  async untrusted(): Promise<CertificateFiles> {
    const foreign = await openAuthority(path.join(this.folder, 'foreign'))
    return foreign.server('localhost')
  }

  /** Something that tells the time, and nothing else. Gives its address. */
  async clockOf({ certificateFile, keyFile }: CertificateFiles, timeS: number): Promise<string> {
    const server = createServer(
      { cert: readFileSync(certificateFile), key: readFileSync(keyFile) },
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ timeS }))
      },
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    this.onClose(async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })
    return `localhost:${String((server.address() as AddressInfo).port)}`
  }

  /**
   * The chip of a machine, in an air of its own where its radio cannot hold two networks, and with nothing in its
   * memory: the box it came in stays closed.
   */
  async lonelyChip(key: string, dataFolder: string): Promise<LonelyChip> {
    const packed = this.house.provisioned.packed.get(key)
    if (packed === undefined) throw new Error(`the chip of ${key} came in no box`)
    const air = await startAir({ holdsBoth: false, networks: [{ ...HOME_NETWORK, slowMs: 4_000 }] })
    const phone = await air.phone()
    const url = `http://localhost:${String(phone.port)}`
    const settings = checkFactorySettings({
      chipId: packed.chipId,
      name: packed.label.ssid,
      dataFolder: path.join(this.folder, dataFolder),
      idevid: packed.idevid,
      rootFile: this.house.provisioned.rootFile,
      label: {
        hotspotPassphrase: packed.label.passphrase,
        proofHash: createHash('sha256').update(packed.label.proof).digest('hex'),
      },
      radio: { kind: 'simulated', host: air.host, port: air.port },
      setup: {
        host: '127.0.0.1',
        port: await freePort(),
        publicUrl: url,
        dnsPort: 0,
        pageFolder: await buildPage('installer'),
      },
      wire: { host: '127.0.0.1', port: await freePort() },
    })
    if (!settings.ok) throw new Error(settings.error.setting)
    const started = await startFactoryChip(settings.value, () => {})
    if (!started.ok) throw new Error(started.error.what)
    const { ssid, passphrase, proof } = packed.label
    await until('the hotspot', () => phone.join(ssid, passphrase) === 'joined')
    const chip: LonelyChip = { air, phone, chip: started.value, chipId: packed.chipId, proof, url }
    this.onClose(async () => {
      await chip.chip.stop()
      await air.close()
    })
    return chip
  }
}

export interface LonelyChip {
  readonly air: Air
  readonly phone: Phone
  readonly chip: FactoryChip
  readonly chipId: string
  readonly proof: string
  readonly url: string
}
