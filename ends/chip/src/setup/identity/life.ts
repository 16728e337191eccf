import { join } from 'node:path'
import { SimulatedDriver } from '#machine/simulated/driver.ts'
import { connectWire, type WireClient } from '#machine/simulated/wire-client.ts'
import { machineUrl, parsePaymentOrigin } from '#protocol'
import { sha256 } from '#protocol/node-keys.ts'
import { fail, ok, type Result } from '#protocol/result.ts'
import { Chip } from '../../core/chip.ts'
import type { ChipClock } from '../../core/ports.ts'
import { JournalFile } from '../../journal-file.ts'
import { MqttLink } from '../../link.ts'
import type { FactorySettings } from '../../factory-settings.ts'
import { randomBytesOf, wireDisplay } from '../../node-ports.ts'
import type { Radio } from '../radio/radio.ts'
import { brokerDial } from './broker-dial.ts'
import { checkClock } from './clock-check.ts'
import type { Configuration } from './configuration.ts'
import { ConnectionKeeper } from './connection-keeper.ts'
import type { TlsIdentity } from './dial.ts'
import { EstClient } from './est-client.ts'
import { type FileKey, readFileKey } from './key.ts'
import { NetworkKeeper } from './network-keeper.ts'
import { RenewalKeeper } from './renewal-keeper.ts'
import type { Store } from './store.ts'
import { Trust } from './trust.ts'
import type { WallClock } from './wall-clock.ts'

export const JOURNAL = 'journal'

export interface LifeParts {
  readonly settings: FactorySettings
  readonly store: Store
  readonly rootPem: string
  readonly radio: Radio
  readonly clock: ChipClock
  readonly wall: WallClock
  readonly log: (entry: { msg: string; what?: Record<string, string | number | boolean> }) => void
  /** The chip has left its owner. */
  readonly retired: () => void
}

/**
 * A chip that is configured, from here until it is set up anew, leaves its owner, or power goes: in its network, on its
 * link, its certificate renewed and its command keys known. What it is now is what its store says.
 */
export class ChipLife {
  private readonly parts: LifeParts
  private readonly key: FileKey
  private readonly trust: Trust
  private readonly journal: JournalFile
  private readonly wire: WireClient
  private readonly link: MqttLink
  private readonly chip: Chip
  private readonly network: NetworkKeeper
  private readonly renewal: RenewalKeeper
  private readonly connection: ConnectionKeeper
  private readonly ending = new AbortController()

  /** `key-damaged`: the file of the chip's key is there, and no key is in it. */
  static begin(parts: LifeParts): Result<ChipLife, 'key-damaged'> {
    const key = readFileKey(parts.store.key(configurationOf(parts.store).identity.keyFile) ?? '')
    return key.ok ? ok(new ChipLife(parts, key.value)) : fail('key-damaged')
  }

  private constructor(parts: LifeParts, key: FileKey) {
    const { settings, store, radio, clock, wall, rootPem, log } = parts
    const configuration = configurationOf(store)
    this.parts = parts
    this.key = key
    this.trust = new Trust({ rootPem, wallS: () => wall.nowS() })
    this.trust.replace(configuration.connection.commandKeys)
    this.journal = new JournalFile(join(settings.dataFolder, JOURNAL))
    this.wire = connectWire(settings.wire)
    const dial = brokerDial({
      rootPem,
      clock: wall,
      timeoutMs: settings.linkTimes.connectTimeoutMs,
      now: () => ({
        brokerUrl: configurationOf(store).connection.brokerUrl,
        identity: this.identity(),
        via: radio.via,
      }),
    })
    this.link = new MqttLink({ chipId: settings.chipId, dial, times: settings.linkTimes, log })
    this.chip = this.makeChip(configuration)
    const random = Math.random
    const isLinked = (): boolean => this.link.isConnected()
    this.network = new NetworkKeeper({ network: configuration.network, radio, clock, isLinked, random, log })
    this.renewal = new RenewalKeeper({
      clock,
      random,
      wallS: () => wall.nowS(),
      certificatePem: () => configurationOf(store).identity.certificatePem,
      renew: () => this.renew(),
    })
    this.connection = new ConnectionKeeper({ clock, random, fetch: () => this.fetch() })
    this.chip.start()
    this.link.open()
    this.network.start()
    this.connection.start()
    this.renewal.start()
    log({ msg: 'life begins', what: { url: machineUrl(originOf(configuration), settings.chipId) } })
  }

  /** Then nobody may take the machine or the radio away. */
  hasPayment(): boolean {
    return this.chip.hasPayment()
  }

  stop(): void {
    this.ending.abort()
    this.network.stop()
    this.renewal.stop()
    this.connection.stop()
    this.chip.stop()
    this.link.close()
    this.wire.close()
    this.journal.close()
  }

  private makeChip({ connection }: Configuration): Chip {
    const { settings, clock, log } = this.parts
    const { chipId, codes, times } = settings
    const { trust } = this
    return new Chip(
      {
        keys: {
          signer: this.key.signer,
          get systemVerifiers() {
            return trust.verifiers()
          },
          unknownSystemKey: () => this.connection.unknownKey(),
          sha256,
          random: randomBytesOf,
        },
        clock,
        journal: this.journal,
        link: this.link,
        display: wireDisplay(this.wire),
        machine: new SimulatedDriver({ wire: this.wire, clock }),
        log,
        retired: this.parts.retired,
      },
      { chipId, codes, times, paymentOrigin: originOf({ connection }) },
    )
  }

  private identity(): TlsIdentity {
    const { certificatePem } = configurationOf(this.parts.store).identity
    return { certificatePem, privateKeyPem: this.key.privateKeyPem }
  }

  private est(): EstClient {
    const { settings, rootPem, wall, radio, store } = this.parts
    const { address } = configurationOf(store).system
    const way = { via: radio.via, signal: this.ending.signal }
    return new EstClient({ chipId: settings.chipId, rootPem, clock: wall, address, way })
  }

  private async fetch(): Promise<'changed' | 'same' | 'failed'> {
    const { log, rootPem, store, wall } = this.parts
    const { certificatePem } = configurationOf(store).identity
    // A host without a battery comes back in another year: nothing could be verified there.
    if (!this.link.isConnected()) await checkClock({ est: this.est(), wall, rootPem, certificatePem, log })
    const told = await this.est().connection(this.identity())
    if (this.ending.signal.aborted) return 'failed'
    if (!told.ok) {
      log({ msg: 'no word from the system', what: { code: told.error.code } })
      return 'failed'
    }
    if (wall.differsFrom(told.value.timeS)) wall.mend(told.value.timeS)
    const { connection } = told.value
    const before = configurationOf(store)
    if (JSON.stringify(before.connection) === JSON.stringify(connection)) return 'same'
    const problems = this.trust.replace(connection.commandKeys)
    if (problems.length > 0) log({ msg: 'command keys refused', what: { problems: problems.join(' ') } })
    // Whoever may command nobody must not be what the chip remembers.
    if (this.trust.verifiers().length === 0) {
      this.trust.replace(before.connection.commandKeys)
      return 'failed'
    }
    store.configure({ ...before, connection })
    log({ msg: 'connection changed', what: { commandKeys: connection.commandKeys.length } })
    return 'changed'
  }

  /** With the same key: it also signs what is on the display and what is not acknowledged yet. */
  private async renew(): Promise<boolean> {
    const { log, store } = this.parts
    const renewed = await this.est().enrol({ key: this.key, identity: this.identity() })
    if (this.ending.signal.aborted) return false
    if (!renewed.ok) {
      log({ msg: 'certificate not renewed', what: { code: renewed.error.code } })
      return false
    }
    const before = configurationOf(store)
    store.configure({ ...before, identity: { ...before.identity, certificatePem: renewed.value } })
    log({ msg: 'certificate renewed' })
    return true
  }
}

function configurationOf(store: Store): Configuration {
  const configuration = store.configuration()
  if (configuration === undefined) throw new Error('only a configured chip lives')
  return configuration
}

function originOf({ connection }: Pick<Configuration, 'connection'>) {
  const origin = parsePaymentOrigin(connection.paymentOrigin)
  if (!origin.ok) throw new Error('a payment origin was checked before it was kept')
  return origin.value
}
