import { readFile } from 'node:fs/promises'
import path from 'node:path'
import {
  openAuthority,
  openFactory,
  type Authority,
  type CertificateFiles,
  type Factory,
} from '#hosting/certificate.ts'
import { revocationList } from '#hosting/revocation-list.ts'
import { makeTemporaryFolder } from '#hosting/temporary-folder.ts'
import { ChipId } from '#protocol/identifier.ts'
import { topicOf } from '#protocol/topic.ts'
import { BrokerProcess } from './broker-process.ts'
import { type Line, dialTls } from './line.ts'
import { type ConnectOptions, PUBLISH, connect, publish, subscribe, topicIn } from './packet.ts'
import { startSystem, type SystemAtLink } from './system-at-link.ts'

/** Who tries. */
export const A = ChipId.of('00000000000000a1')
/** As whom. */
export const B = ChipId.of('00000000000000b2')

/** A broker in service, the system, chip B that minds its own business, and what chip A needs for its attempts. */
export class World {
  readonly folder: string
  readonly authority: Authority
  readonly factory: Factory
  readonly strangers: Authority
  readonly broker: BrokerProcess
  readonly system: SystemAtLink
  /** The connections of B, the present one last. */
  private readonly ofB: Line[] = []
  private readonly removeFolder: () => Promise<void>
  private readonly revoked: string[] = []
  private listNumber = 0
  private fences = 0
  private readonly lines: Line[] = []

  private constructor(
    parts: Pick<World, 'folder' | 'authority' | 'factory' | 'strangers' | 'broker' | 'system'>,
    remove: () => Promise<void>,
  ) {
    this.folder = parts.folder
    this.authority = parts.authority
    this.factory = parts.factory
    this.strangers = parts.strangers
    this.broker = parts.broker
    this.system = parts.system
    this.removeFolder = remove
  }

  static async start(): Promise<World> {
    const temporary = await makeTemporaryFolder('link-matrix')
    const { folder } = temporary
    const authority = await openAuthority(path.join(folder, 'ours'))
    const broker = await BrokerProcess.start(path.join(folder, 'broker.json'), {
      listen: { host: '127.0.0.1', port: 0 },
      caFile: authority.caFile,
      issuerFiles: authority.issuing().map(({ certificateFile }) => certificateFile),
      ...(await authority.server('broker')),
    })
    const system = await startSystem({ authority, port: broker.port, chips: [A, B] })
    const [issuing] = authority.issuing()
    if (!issuing) throw new Error('nobody issues')
    await system.link.publishRevocations(await revocationList(issuing, { number: 0 }))
    const factory = await openFactory(path.join(folder, 'factory'))
    const strangers = await openAuthority(path.join(folder, 'strangers'))
    const parts = { folder, authority, factory, strangers, broker, system }
    const world = new World(parts, () => temporary.remove())
    await world.joinAsB()
    return world
  }

  /** TLS with these files; by default those of A. */
  async dial(files?: CertificateFiles): Promise<Line> {
    const own = files ?? (await this.authority.client(A))
    return this.note(dialTls({ port: this.broker.port, ...(await tlsOf(this.authority, own)) }))
  }

  /** So that what A hears on it is seen. */
  note(line: Line): Line {
    this.lines.push(line)
    return line
  }

  /** Ends what A has opened. Returns what it heard that was not for it. */
  async hangUp(): Promise<string[]> {
    const lines = this.lines.splice(0)
    for (const line of lines) if (!line.closed) await line.refusalOnLine()
    const heard = lines.flatMap(({ packets }) => packets.filter(({ type }) => type === PUBLISH).map(topicIn))
    for (const line of lines) line.destroy()
    return heard.filter((topic) => topic !== topicOf(A, 'down')).map((topic) => `A heard ${topic}`)
  }

  /** A, connected as itself. */
  async asA(options: Partial<ConnectOptions> = {}): Promise<Line> {
    const line = await this.dial()
    line.send(connect({ clientId: A, ...options }))
    const refusal = await line.refusalAtConnect()
    if (refusal !== null) throw new Error(`chip A is not let in: ${refusal}`)
    return line
  }

  /** As the system does it. In force when this returns. */
  async revoke(certificateFile: string): Promise<void> {
    const [issuing] = this.authority.issuing()
    if (!issuing) throw new Error('nobody issues')
    this.revoked.push(certificateFile)
    this.listNumber += 1
    const plan = { number: this.listNumber, certificateFiles: this.revoked }
    await this.system.link.publishRevocations(await revocationList(issuing, plan))
  }

  /**
   * One message of B to the system and one of the system to B: when they have arrived, so has everything before them.
   * Returns what arrived besides them.
   */
  async fence(since: { readonly atSystem: number; readonly atB: number }): Promise<string[]> {
    const lost = this.ofB.at(-1)?.closed === true
    const b = lost ? await this.joinAsB() : this.ofB.at(-1)
    if (!b) throw new Error('B was never there')
    this.fences += 1
    const mark = `fence ${String(this.fences)}`
    b.send(publish(topicOf(B, 'up'), mark))
    await this.system.until((arrivals) => arrivals.some(({ text }) => text === mark))
    await this.system.link.send(B, Buffer.from(mark))
    await b.until(() => this.heardByB().some((text) => text.endsWith(mark)))
    const atSystem = this.system.arrivals.slice(since.atSystem).filter(({ text }) => text !== mark)
    const atB = this.heardByB()
      .slice(since.atB)
      .filter((text) => !text.endsWith(mark))
    return [
      ...atSystem.map(({ chipId, text }) => `system got from ${chipId}: ${text}`),
      ...atB.map((text) => `B got: ${text}`),
      ...(lost ? ['B lost its connection'] : []),
    ]
  }

  heardByB(): string[] {
    const packets = this.ofB.flatMap((line) => line.packets)
    return packets.filter(({ type }) => type === PUBLISH).map(({ body }) => body.toString())
  }

  private async joinAsB(): Promise<Line> {
    const files = await this.authority.client(B)
    const b = dialTls({ port: this.broker.port, ...(await tlsOf(this.authority, files)) })
    b.send(connect({ clientId: B }))
    if ((await b.refusalAtConnect()) !== null) throw new Error('chip B is not let in')
    b.send(subscribe([topicOf(B, 'down')]))
    await b.refusalOnLine()
    this.ofB.push(b)
    return b
  }

  async stop(): Promise<void> {
    for (const line of this.ofB) line.destroy()
    await this.system.stop()
    await this.broker.stop()
    await this.removeFolder()
  }
}

async function tlsOf(authority: Authority, files: CertificateFiles) {
  return {
    cert: await readFile(files.certificateFile),
    key: await readFile(files.keyFile),
    ca: await readFile(authority.caFile),
  }
}
