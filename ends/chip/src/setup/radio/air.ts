import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { Value } from 'typebox/value'
import { type AirAnswers, airLines, AirQuestion } from './air-message.ts'
import { type AirHotspot, type Phone, startPhone } from './air-phone.ts'
import { type AirProxy, type Passage, startAirProxy } from './air-proxy.ts'
import type { Connectivity, JoinFailure, SeenNetwork, WifiPlan } from './radio.ts'

/** What a network gives to whoever has joined it. */
export type Gives = 'internet' | 'portal' | 'no-route' | 'no-address'

export interface AirNetwork {
  readonly ssid: string
  /** Empty for an open network. */
  readonly passphrase: string
  readonly strengthPercent: number
  readonly hidden: boolean
  readonly security: SeenNetwork['security']
  readonly gives: Gives
  /** How long joining it takes. */
  readonly slowMs: number
}

export interface AirOptions {
  readonly port?: number
  readonly host?: string
  /** Radios here can keep their hotspot while they join a network; true unless said otherwise. */
  readonly holdsBoth?: boolean
  readonly networks?: readonly AirNetwork[]
}

/** The radio world around a chip, in the hands of a test or of the stage. */
export interface Air {
  readonly host: string
  readonly port: number
  networks(): readonly AirNetwork[]
  /** Adds a network, or changes the one of that name. Chips that are in it feel it at once. */
  put(network: AirNetwork): void
  remove(ssid: string): void
  /** Undefined: no cable is plugged. */
  plugCable(gives: Gives | undefined): void
  /** Names of the hotspots that are up. */
  hotspots(): readonly string[]
  /** Names of the networks that chips are in. */
  joined(): readonly string[]
  phone(): Promise<Phone>
  close(): Promise<void>
}

const HOTSPOT_ADDRESS = '10.41.0.1'
/** From the range that stands for examples (RFC 5737). */
const JOINED_ADDRESS = '192.0.2.17'

const CONNECTIVITY: Readonly<Record<Gives | 'nothing', Connectivity>> = {
  internet: 'full',
  portal: 'portal',
  'no-route': 'limited',
  'no-address': 'none',
  nothing: 'none',
}

/** A usual home network, with whatever is given instead. */
export function airNetwork(given: Partial<AirNetwork> & { readonly ssid: string }): AirNetwork {
  return {
    passphrase: '',
    strengthPercent: 70,
    hidden: false,
    security: given.passphrase === undefined ? 'open' : 'wpa-personal',
    gives: 'internet',
    slowMs: 0,
    ...given,
  }
}

/** Starts an air on a TCP port (0: any free one). */
export async function startAir(options: AirOptions = {}): Promise<Air> {
  const host = options.host ?? '127.0.0.1'
  const world: World = {
    host,
    holdsBoth: options.holdsBoth ?? true,
    networks: new Map(options.networks?.map((network) => [network.ssid, network])),
    cable: undefined,
    changed: () => {},
  }
  const stations = new Set<Station>()
  const phones = new Set<{ readonly phone: Phone; changed(): void }>()
  const hotspots = (): AirHotspot[] =>
    [...stations].flatMap(({ hotspot }) => (hotspot === undefined ? [] : [hotspot]))
  world.changed = () => {
    for (const station of stations) station.feel()
    for (const phone of phones) phone.changed()
  }
  const admit = async (socket: Socket): Promise<void> => {
    const station = await Station.meet(world, socket)
    stations.add(station)
    if (!socket.destroyed) await new Promise((closed) => socket.once('close', closed))
    stations.delete(station)
    world.changed()
    await station.close()
  }
  const server = createServer((socket) => void admit(socket))
  server.listen(options.port ?? 0, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a TCP address')
  return {
    host,
    port: address.port,
    networks: () => [...world.networks.values()],
    put: (network) => {
      world.networks.set(network.ssid, network)
      world.changed()
    },
    remove: (ssid) => {
      world.networks.delete(ssid)
      world.changed()
    },
    plugCable: (gives) => {
      world.cable = gives
      world.changed()
    },
    hotspots: () => hotspots().map(({ ssid }) => ssid),
    joined: () => [...stations].flatMap((station) => station.network()?.ssid ?? []),
    phone: async () => {
      const made = await startPhone(host, hotspots)
      phones.add(made)
      return made.phone
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      await Promise.all([...phones].map(({ phone }) => phone.close()))
      await Promise.all([...stations].map((station) => station.close()))
      await closed
    },
  }
}

interface World {
  readonly host: string
  readonly holdsBoth: boolean
  readonly networks: Map<string, AirNetwork>
  cable: Gives | undefined
  changed: () => void
}

/** One chip's radio, as the air has it. */
class Station {
  hotspot: AirHotspot | undefined
  private readonly world: World
  private readonly socket: Socket
  private proxy: AirProxy | undefined
  private plan: WifiPlan | undefined
  private lastWay = ''
  private waiting: AbortController = new AbortController()

  private constructor(world: World, socket: Socket) {
    this.world = world
    this.socket = socket
  }

  static async meet(world: World, socket: Socket): Promise<Station> {
    const station = new Station(world, socket)
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.pause()
    station.proxy = await startAirProxy(world.host, () => station.passage())
    const spoilt = (): void => void socket.destroy()
    socket.on(
      'data',
      airLines((message) => {
        if (Value.Check(AirQuestion, message)) void station.answer(message)
        else spoilt()
      }, spoilt),
    )
    socket.resume()
    return station
  }

  /** The network it is in; one that went and came back has it again. */
  network(): AirNetwork | undefined {
    const { plan } = this
    const network = plan === undefined ? undefined : this.world.networks.get(plan.ssid)
    if (network === undefined || plan === undefined) return undefined
    return objection(network, plan) === undefined ? network : undefined
  }

  /** Something in the world has changed: what went through a network that is not there any more is cut. */
  feel(): void {
    const way = `${this.world.cable ?? ''} ${this.network()?.gives ?? ''} ${this.network()?.ssid ?? ''}`
    if (way !== this.lastWay) this.proxy?.cut()
    this.lastWay = way
  }

  async close(): Promise<void> {
    this.waiting.abort()
    this.socket.destroy()
    await this.proxy?.close()
    this.proxy = undefined
  }

  private gives(): Gives | undefined {
    return this.world.cable ?? this.network()?.gives
  }

  private passage(): Passage {
    const gives = this.gives()
    return gives === 'no-address' ? undefined : gives
  }

  private async answer(question: AirQuestion): Promise<void> {
    const answer = await this.find(question)
    if (!this.socket.destroyed) this.socket.write(`${JSON.stringify({ id: question.id, ...answer })}\n`)
  }

  private find(question: AirQuestion): AirAnswers[AirQuestion['op']] | Promise<AirAnswers['join']> {
    switch (question.op) {
      case 'hello':
        return { holdsBoth: this.world.holdsBoth, proxyPort: this.proxy?.port ?? 0 }
      case 'scan':
        return { networks: this.seen() }
      case 'open-hotspot':
        if (!this.world.holdsBoth) this.plan = undefined
        this.openHotspot({ ...question.plan, page: question.page })
        return { address: HOTSPOT_ADDRESS }
      case 'close-hotspot':
        this.putHotspot(undefined)
        return {}
      case 'join':
        return this.join(question.plan)
      case 'leave':
        this.plan = undefined
        this.waiting.abort()
        this.world.changed()
        return {}
      case 'connectivity':
        return { connectivity: CONNECTIVITY[this.gives() ?? 'nothing'] }
      case 'ethernet':
        return { plugged: this.world.cable !== undefined }
    }
  }

  private seen(): SeenNetwork[] {
    return [...this.world.networks.values()]
      .filter(({ hidden }) => !hidden)
      .map(({ ssid, strengthPercent, security }) => ({ ssid, strengthPercent, security }))
      .sort((one, other) => other.strengthPercent - one.strengthPercent)
  }

  /** The same one once more changes nothing: whoever is in it stays. */
  private openHotspot(hotspot: AirHotspot): void {
    if (!isDeepStrictEqual(hotspot, this.hotspot)) this.putHotspot(hotspot)
  }

  private putHotspot(hotspot: AirHotspot | undefined): void {
    this.hotspot = hotspot
    this.world.changed()
  }

  private async join(plan: WifiPlan): Promise<AirAnswers['join']> {
    const before = this.hotspot
    this.waiting.abort()
    const waiting = new AbortController()
    this.waiting = waiting
    this.plan = undefined
    if (this.world.holdsBoth) this.world.changed()
    else this.putHotspot(undefined)
    await pass(this.world.networks.get(plan.ssid)?.slowMs ?? 0, waiting.signal)
    const failure = waiting.signal.aborted
      ? 'radio-failed'
      : objection(this.world.networks.get(plan.ssid), plan)
    if (failure !== undefined) {
      // A hotspot that was opened meanwhile is not to be replaced.
      if (before !== undefined && this.hotspot === undefined && !this.world.holdsBoth) this.putHotspot(before)
      return { failure }
    }
    this.plan = plan
    this.world.changed()
    return { address: JOINED_ADDRESS }
  }
}

function objection(network: AirNetwork | undefined, plan: WifiPlan): JoinFailure | undefined {
  if (network === undefined || (network.hidden && !plan.hidden)) return 'network-gone'
  if (network.security === 'wpa-enterprise' || network.security === 'wep') return 'unsupported-security'
  // Who asks for a protected network of this name does not mean an open one.
  if (network.security === 'open' && plan.passphrase !== undefined) return 'network-gone'
  if (network.security === 'wpa-personal' && network.passphrase !== plan.passphrase) return 'wrong-password'
  return network.gives === 'no-address' ? 'no-address' : undefined
}

function pass(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
