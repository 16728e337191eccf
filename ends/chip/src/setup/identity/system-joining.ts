import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { ChipId } from '#protocol'
import { fail, ok, type Result } from '#protocol/result.ts'
import type { ChipClock } from '../../core/ports.ts'
import { JournalFile } from '../../journal-file.ts'
import { type LinkTimes, MqttLink } from '../../link.ts'
import type { Joining, SetUpOrder, SystemAddress, Way } from '../joining.ts'
import type { SetupFailure } from '../setup-view.ts'
import { brokerDial } from './broker-dial.ts'
import { checkClock } from './clock-check.ts'
import type { Configuration, Pending } from './configuration.ts'
import type { TlsIdentity } from './dial.ts'
import { EstClient, type EstFailure } from './est-client.ts'
import { awaitHeartbeat } from './heartbeat.ts'
import { identityOf } from './identity.ts'
import { makeFileKey, readFileKey } from './key.ts'
import type { Store } from './store.ts'
import { Trust } from './trust.ts'
import type { WallClock } from './wall-clock.ts'

/** A broker that has not taken the chip in this time will not. */
const CONNECT_PATIENCE_MS = 30_000
/** A system that is there answers a greeting at once. */
const HEARTBEAT_PATIENCE_MS = 30_000
const CONNECT_LOOK_MS = 20

export interface JoiningParts {
  readonly chipId: ChipId
  readonly store: Store
  readonly rootPem: string
  readonly idevid: TlsIdentity
  readonly wall: WallClock
  readonly clock: ChipClock
  readonly linkTimes: LinkTimes
  readonly journalFolder: string
  readonly random: (lengthBytes: number) => Uint8Array
  readonly log: (entry: { msg: string; what?: Record<string, string | number | boolean> }) => void
}

type Joined = Promise<Result<void, SetupFailure>>

/** The chip's way into the system: from the first question for the time to the first answer to its greeting. */
export class SystemJoining implements Joining {
  private readonly parts: JoiningParts
  private link: MqttLink | undefined
  private journal: JournalFile | undefined

  constructor(parts: JoiningParts) {
    this.parts = parts
  }

  owner(): SystemAddress | undefined {
    return this.parts.store.configuration()?.system.address
  }

  async checkClock(order: SetUpOrder, way: Way): Joined {
    const { log, rootPem, store, wall } = this.parts
    const certificatePem = store.configuration()?.identity.certificatePem ?? ''
    const good = await checkClock({ est: this.est(order, way), wall, rootPem, certificatePem, log })
    return good ? ok(undefined) : fail('wrong-clock')
  }

  async resolveName({ address }: SetUpOrder): Joined {
    if (isIP(address.host) !== 0) return ok(undefined)
    return lookup(address.host).then(
      () => ok(undefined),
      () => fail('name-unknown'),
    )
  }

  async reachTls(order: SetUpOrder, way: Way): Joined {
    const reached = await this.est(order, way).reach()
    return reached.ok ? reached : this.told('tls', reached.error)
  }

  async enrol(order: SetUpOrder, way: Way): Joined {
    const configured = this.parts.store.configuration()
    return configured === undefined ? this.enrolFirst(order, way) : this.change(configured, order, way)
  }

  async connect(_order: SetUpOrder, way: Way): Joined {
    const { chipId, linkTimes, log, rootPem, store, wall } = this.parts
    const configuration = store.configuration()
    const identity = configuration === undefined ? undefined : identityOf(store, configuration)
    if (configuration === undefined || identity === undefined) return fail('broker-unreachable')
    const { brokerUrl } = configuration.connection
    const dial = brokerDial({
      rootPem,
      clock: wall,
      timeoutMs: linkTimes.connectTimeoutMs,
      now: () => ({ brokerUrl, identity, via: way.via }),
    })
    this.link?.close()
    const link = new MqttLink({ chipId, dial, times: linkTimes, log })
    this.link = link
    link.open()
    const signal = AbortSignal.any([way.signal, AbortSignal.timeout(CONNECT_PATIENCE_MS)])
    while (!signal.aborted && !link.isConnected()) {
      await new Promise((resolve) => setTimeout(resolve, CONNECT_LOOK_MS))
    }
    return link.isConnected() ? ok(undefined) : fail('broker-unreachable')
  }

  async heartbeat(_order: SetUpOrder, way: Way): Joined {
    const { chipId, clock, journalFolder, random, rootPem, store, wall } = this.parts
    const { link } = this
    const configuration = store.configuration()
    const key = readFileKey(store.key(configuration?.identity.keyFile ?? '') ?? '')
    if (link === undefined || configuration === undefined || !key.ok) return fail('broker-unreachable')
    const trust = new Trust({ rootPem, wallS: () => wall.nowS() })
    trust.replace(configuration.connection.commandKeys)
    this.journal ??= new JournalFile(journalFolder)
    const signal = AbortSignal.any([way.signal, AbortSignal.timeout(HEARTBEAT_PATIENCE_MS)])
    const heard = await awaitHeartbeat(
      {
        chipId,
        link,
        clock,
        random,
        journal: this.journal,
        signer: key.value.signer,
        verifiers: () => trust.verifiers(),
      },
      signal,
    )
    return heard ? ok(undefined) : fail('system-unreachable')
  }

  async release(): Promise<void> {
    this.link?.close()
    this.link = undefined
    this.journal?.close()
    this.journal = undefined
  }

  /** Out of the box: the key is kept, and the claim with it, before anybody hears of them. */
  private async enrolFirst(order: SetUpOrder, way: Way): Joined {
    const { chipId, idevid, store } = this.parts
    const { claimCode } = order
    if (claimCode === undefined) return fail('claim-unknown')
    const pending = this.begin(order, claimCode)
    const key = readFileKey(store.key(pending.keyFile) ?? '')
    if (!key.ok) throw new Error('a key that was just kept can be read')
    const est = this.est(order, way)
    const enrolled = await est.enrol({ key: key.value, identity: idevid, claimCode })
    if (!enrolled.ok) return this.told('enrol', enrolled.error)
    const identity = { certificatePem: enrolled.value, privateKeyPem: key.value.privateKeyPem }
    return this.take({ est, identity, way }, (connection) => ({
      chipId,
      network: order.network,
      system: { address: order.address },
      machine: order.machine,
      identity: { keyFile: pending.keyFile, certificatePem: enrolled.value },
      connection,
    }))
  }

  /** Another network or machine for a chip that has an owner, and keeps it. */
  private async change(configured: Configuration, order: SetUpOrder, way: Way): Joined {
    const { host, port } = configured.system.address
    if (order.address.host !== host || order.address.port !== port) return fail('chip-owned')
    const identity = identityOf(this.parts.store, configured)
    if (identity === undefined) return fail('chip-refused')
    const { network, machine } = order
    return this.take({ est: this.est(order, way), identity, way }, (connection) => ({
      ...configured,
      network,
      machine,
      connection,
    }))
  }

  /** Asks where to connect and whom to obey, and from there on is what it was told. */
  private async take(
    { est, identity, way }: { readonly est: EstClient; readonly identity: TlsIdentity; readonly way: Way },
    toConfiguration: (connection: Configuration['connection']) => Configuration,
  ): Joined {
    const { rootPem, store, wall } = this.parts
    const told = await est.connection(identity)
    if (!told.ok) return this.told('connection', told.error)
    if (wall.differsFrom(told.value.timeS)) wall.mend(told.value.timeS)
    const { connection } = told.value
    const trust = new Trust({ rootPem, wallS: () => wall.nowS() })
    const problems = trust.replace(connection.commandKeys)
    if (trust.verifiers().length === 0) {
      this.parts.log({ msg: 'nobody may command this chip', what: { problems: problems.join(' ') } })
      return fail('system-untrusted')
    }
    if (way.signal.aborted) return fail('system-unreachable')
    store.configure(toConfiguration(connection))
    return ok(undefined)
  }

  /** The same claim at the same system goes on with the same key: its answer may have been lost. */
  private begin(order: SetUpOrder, claimCode: string): Pending {
    const { store } = this.parts
    const { address, machine, network } = order
    const before = store.pending()
    const isSame =
      before !== undefined &&
      before.system.claimCode === claimCode &&
      before.system.address.host === address.host &&
      before.system.address.port === address.port
    const keyFile = isSame ? before.keyFile : store.freshKeyFile()
    const pending: Pending = { network, system: { address, claimCode }, machine, keyFile }
    if (isSame) store.begin(pending)
    else store.begin(pending, { keyFile, privateKeyPem: makeFileKey('ES256').privateKeyPem })
    return pending
  }

  private est({ address }: SetUpOrder, way: Way): EstClient {
    const { chipId, rootPem, wall } = this.parts
    return new EstClient({ chipId, rootPem, clock: wall, address, way })
  }

  private told(
    what: string,
    { failure, code }: EstFailure,
  ): { readonly ok: false; readonly error: SetupFailure } {
    this.parts.log({ msg: 'the system was asked in vain', what: { what, failure, code } })
    return fail(failure)
  }
}
