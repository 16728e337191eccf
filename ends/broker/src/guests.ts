import type { Client, ConnectPacket, PublishPacket, Subscription } from 'aedes'
import type { Logger } from 'pino'
import type { ChipId } from '#protocol/identifier.ts'
import { longestMessageBytes, longestPacketBytes, mayBeCalled, mayPublish, maySubscribe } from './access.ts'
import { PacketGauge } from './packet-gauge.ts'
import type { Peer } from './peer.ts'
import { type Refusal, Refusals } from './refusal.ts'
import type { Revocations } from './revocations.ts'
import { TAKEOVERS_THAT_TELL, TakeoverCount, answersItsEnd } from './takeover.ts'

interface Guest {
  readonly peer: Peer
  /** It has said something on this connection that was passed on. */
  spoke: boolean
}

interface GuestPorts {
  readonly revocations: Revocations
  readonly log: Logger
  readonly tellTakeovers: (chipId: ChipId, count: number) => void
}

/**
 * Everybody who is connected, and what is said to each wish of theirs.
 *
 * | from     | on                                                              | to       |
 * | -------- | --------------------------------------------------------------- | -------- |
 * | arrived  | CONNECT under its own name, without a will, its issuer heard of | admitted |
 * | arrived  | any other CONNECT                                               | refused  |
 * | admitted | whatever the table of access does not permit                    | refused  |
 * | admitted | its serial number on a revocation list, its certificate expired | refused  |
 *
 * Refused means closed.
 */
export class Guests {
  private readonly ports: GuestPorts
  private readonly refusals: Refusals
  private readonly takeovers = new TakeoverCount(() => performance.now())
  private readonly guests = new Map<Client, Guest>()
  private readonly chips = new Map<ChipId, Client>()

  constructor(ports: GuestPorts) {
    this.ports = ports
    this.refusals = new Refusals(ports.log)
  }

  /** Somebody whose certificate is accepted; who it may be called is said with CONNECT. */
  arrive(client: Client, peer: Peer): void {
    this.guests.set(client, { peer, spoke: false })
    client.conn.once('close', () => this.guests.delete(client))
    const gauge = new PacketGauge(longestPacketBytes(peer.party))
    // The broker reads by `readable`; this listener sees the same bytes, before it does.
    client.conn.on('data', (bytes: Buffer) => {
      const wrong = gauge.feed(bytes)
      if (wrong !== null) this.close(client, wrong)
    })
  }

  /** Null when it may come in. */
  async admit(client: Client, packet: ConnectPacket): Promise<Refusal | null> {
    const peer = this.guests.get(client)?.peer
    const refuse = (what: string) => this.refusals.refuse(client, peer, what)
    if (!peer) return refuse('gone before it was let in')
    if (!mayBeCalled(peer.party, packet.clientId)) return refuse(`the client id "${packet.clientId}"`)
    if (packet.will) return refuse(`a will on ${packet.will.topic}`)
    const { revocations } = this.ports
    const standing = revocations.standingOf(peer.issuer, peer.serial)
    if (standing === 'revoked') return refuse('a revoked certificate')
    if (standing === 'unheard' && peer.party.kind === 'chip')
      return this.refusals.putOff(client, peer, 'came before any revocation list of its issuer')
    if (peer.party.kind === 'chip') await this.takeOver(peer.party.chipId, client)
    // In the meantime a list may have come.
    return this.isRevoked(peer) ? refuse('a revoked certificate') : null
  }

  publishes(client: Client | null, packet: PublishPacket): Refusal | null {
    const guest = client ? this.guests.get(client) : undefined
    if (!client || !guest) throw new TypeError('published by nobody: there are no wills')
    const refuse = (what: string) => this.refusals.refuse(client, guest.peer, what)
    if (!mayPublish(guest.peer.party, packet.topic)) return refuse(`publish to ${packet.topic}`)
    if (packet.retain) return refuse(`a retained message to ${packet.topic}`)
    if (packet.qos === 2) return refuse('quality of service 2')
    if (packet.payload.length > longestMessageBytes(packet.topic))
      return refuse(`a message of ${String(packet.payload.length)} bytes to ${packet.topic}`)
    guest.spoke = true
    return null
  }

  subscribes(client: Client, { topic }: Subscription): Refusal | null {
    const peer = this.guests.get(client)?.peer
    if (peer && maySubscribe(peer.party, topic)) return null
    return this.refusals.refuse(client, peer, `subscription to ${topic}`)
  }

  /** Returns once the list is in force: whoever published it may rely on that when it is acknowledged. */
  async hear(payload: string | Buffer): Promise<void> {
    const { revocations, log } = this.ports
    const heard = await revocations.hear(Buffer.from(payload))
    if (!heard.ok) log.error({ what: heard.error }, 'a revocation list was not taken')
    else if (heard.value === 'newer') log.info('a newer revocation list')
    this.closeUnwelcome()
  }

  /** What it sent was no MQTT, or not in its order. */
  failed(client: Client, what: string): void {
    this.refusals.refuse(client, this.guests.get(client)?.peer, what)
  }

  /** Closes what has become unwelcome: revoked, or expired since it connected. */
  closeUnwelcome(): void {
    for (const [client, { peer }] of this.guests) {
      if (this.isRevoked(peer)) this.close(client, 'a certificate revoked while connected')
      else if (Date.now() > peer.notAfterMs) this.close(client, 'a certificate expired while connected')
    }
  }

  /** There is one connection of a chip: the newest (MQTT 3.1.1 section 3.1.4). */
  private async takeOver(chipId: ChipId, client: Client): Promise<void> {
    if (client.conn.destroyed) return
    const before = this.chips.get(chipId)
    this.chips.set(chipId, client)
    client.conn.once('close', () => {
      if (this.chips.get(chipId) === client) this.chips.delete(chipId)
    })
    const guest = before && this.guests.get(before)
    if (!guest) return
    const alive = await answersItsEnd(before.conn)
    this.ports.log.info({ client: chipId, alive }, 'taken over')
    if (!alive || !guest.spoke) return
    const count = this.takeovers.add(chipId)
    if (count < TAKEOVERS_THAT_TELL) return
    this.ports.log.warn({ client: chipId, count }, 'two that go by one name')
    this.ports.tellTakeovers(chipId, count)
  }

  private close(client: Client, what: string): void {
    this.refusals.refuse(client, this.guests.get(client)?.peer, what)
    client.conn.destroy()
  }

  private isRevoked({ issuer, serial }: Peer): boolean {
    return this.ports.revocations.standingOf(issuer, serial) === 'revoked'
  }
}
