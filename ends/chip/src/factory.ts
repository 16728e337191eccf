import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '#protocol'
import type { FactorySettings } from './factory-settings.ts'
import { hostClock, randomBytesOf } from './node-ports.ts'
import { openFolder } from './setup/identity/folder.ts'
import { ChipLife, JOURNAL } from './setup/identity/life.ts'
import { Store } from './setup/identity/store.ts'
import { SystemJoining } from './setup/identity/system-joining.ts'
import { WallClock } from './setup/identity/wall-clock.ts'
import { machineDrivers } from './setup/drivers.ts'
import type { SetUpOrder } from './setup/joining.ts'
import type { Radio } from './setup/radio/radio.ts'
import { openRadio } from './setup/radio-choice.ts'
import { startSetup } from './setup/set-up.ts'
import type { SetUp, SetUpHost } from './setup/set-up-parts.ts'
import { onSetupButton } from './setup/setup-button.ts'

type Log = (entry: { msg: string; what?: Record<string, string | number | boolean> }) => void

export interface FactoryChip {
  stop(): Promise<void>
}

/** The chip cannot know what it is, or its settings name what is not there. */
export interface FactoryFailure {
  readonly what: string
}

/**
 * A chip as it left the factory, in one process for all its life:
 *
 * | it is       | on                          | then it is  | and                                      |
 * | ----------- | --------------------------- | ----------- | ---------------------------------------- |
 * | out of box  | start                       | in set-up   | hotspot, page                            |
 * | configured  | start                       | alive       | joins its network, for ever              |
 * | in set-up   | done, closed and configured | alive       |                                          |
 * | in set-up   | closed, not configured      | asleep      | until the button, or power off and on    |
 * | alive       | button, no payment on       | in set-up   | keeps its owner                          |
 * | alive       | it has left its owner       | in set-up   | wiped: as out of the box                 |
 */
export async function startFactoryChip(
  settings: FactorySettings,
  log: Log,
): Promise<Result<FactoryChip, FactoryFailure>> {
  const files = readFiles(settings)
  if (!files.ok) return files
  const { chipId, dataFolder } = settings
  const opened = Store.open(openFolder(dataFolder), { chipId, alsoWiped: [JOURNAL] })
  if (!opened.ok) {
    const { file, say } = opened.error
    return { ok: false, error: { what: `${join(dataFolder, file)}: ${say}` } }
  }
  const ending = new AbortController()
  const { host, port } = settings.setup
  const radio = await openRadio(settings.radio, { host, port }, ending.signal)
  if (radio === undefined) return { ok: false, error: { what: 'no radio' } }
  const parts: ChipParts = {
    settings,
    log,
    radio,
    store: opened.value,
    ...files.value,
    wall: new WallClock(),
  }
  return { ok: true, value: await new FactoryProcess(parts).start() }
}

interface FactoryFiles {
  readonly rootPem: string
  readonly idevid: { readonly certificatePem: string; readonly privateKeyPem: string }
}

interface ChipParts extends FactoryFiles {
  readonly settings: FactorySettings
  readonly log: Log
  readonly radio: Radio
  readonly store: Store
  readonly wall: WallClock
}

class FactoryProcess implements SetUpHost, FactoryChip {
  private readonly parts: ChipParts
  private life: ChipLife | undefined
  private setUp: SetUp | undefined
  private stopListening = (): void => {}

  constructor(parts: ChipParts) {
    this.parts = parts
  }

  async start(): Promise<FactoryChip> {
    const { settings, log, radio, store, idevid, rootPem, wall } = this.parts
    const clock = hostClock(wall)
    const { chipId, name, label, setup, linkTimes, setupTimes, dataFolder } = settings
    const openAtStart = store.configuration() === undefined
    const pending = store.pending()
    const joining = new SystemJoining({
      chipId,
      store,
      rootPem,
      idevid,
      wall,
      clock,
      linkTimes,
      journalFolder: join(dataFolder, JOURNAL),
      random: randomBytesOf,
      log,
    })
    this.setUp = await startSetup({
      chip: { chipId, name },
      label,
      listen: setup,
      radio,
      joining,
      drivers: machineDrivers(settings.wire, clock),
      host: this,
      clock,
      log,
      openAtStart,
      times: setupTimes,
      ...(pending === undefined ? {} : { pending: orderOf(pending) }),
    })
    this.stopListening = onSetupButton(() => this.setUp?.buttonHeld())
    if (!openAtStart) this.live()
    log({ msg: 'ready', what: { setupPort: this.setUp.port, configured: !openAtStart } })
    return this
  }

  mayOpen(): boolean {
    return this.life?.hasPayment() !== true
  }

  async opened(): Promise<void> {
    this.life?.stop()
    this.life = undefined
  }

  ended(): void {
    if (this.parts.store.configuration() !== undefined) this.live()
  }

  async stop(): Promise<void> {
    this.stopListening()
    await this.setUp?.close()
    this.life?.stop()
    await this.parts.radio.close()
  }

  private live(): void {
    const { settings, log, radio, store, rootPem, wall } = this.parts
    if (this.life !== undefined) return
    const clock = hostClock(wall)
    const begun = ChipLife.begin({
      settings,
      store,
      rootPem,
      radio,
      clock,
      wall,
      log,
      // Not within the core's own call: the core is over with it. Where set-up mode took its place meanwhile, the next
      // life finds in its journal that it is over.
      retired: () => setImmediate(() => begun.ok && begun.value === this.life && this.leave()),
    })
    if (!begun.ok) throw new Error('the file of the chip key is damaged: restore it from a copy')
    this.life = begun.value
  }

  /** Out of the box again, in the same process. */
  private leave(): void {
    this.life?.stop()
    this.life = undefined
    this.parts.store.wipe()
    this.parts.log({ msg: 'wiped' })
    void this.parts.radio.leave().then(() => this.setUp?.buttonHeld())
  }
}

function orderOf(pending: NonNullable<ReturnType<Store['pending']>>): SetUpOrder {
  const { machine, network, system } = pending
  return { network: withoutUndefined(network), address: system.address, claimCode: system.claimCode, machine }
}

function withoutUndefined(
  network: NonNullable<ReturnType<Store['pending']>>['network'],
): SetUpOrder['network'] {
  if (network.kind === 'ethernet') return network
  const { passphrase, ...open } = network
  return passphrase === undefined ? open : { ...open, passphrase }
}

function readFiles({ rootFile, idevid }: FactorySettings): Result<FactoryFiles, FactoryFailure> {
  try {
    return {
      ok: true,
      value: {
        rootPem: readFileSync(rootFile, 'utf8'),
        idevid: {
          certificatePem: readFileSync(idevid.certificateFile, 'utf8'),
          privateKeyPem: readFileSync(idevid.keyFile, 'utf8'),
        },
      },
    }
  } catch (error) {
    return { ok: false, error: { what: error instanceof Error ? error.message : String(error) } }
  }
}
