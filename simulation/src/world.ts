import { parsePaymentOrigin } from '#protocol/payment-url.ts'
import { MemoryJournal } from '#system/payment/journal-memory.ts'
import type { ClaimSource } from '#system/payment/claim.ts'
import { SimulatedBank } from './bank.ts'
import type { FaultLevel } from './faults.ts'
import { MACHINE_KINDS, MERCHANTS } from './fleet.ts'
import { type Keys, keysFrom } from './keys.ts'
import { Network } from './network.ts'
import { happenAt } from './incident.ts'
import { Payer } from './payer.ts'
import { Random } from './random.ts'
import { chipIdOf, EPOCH_MS, Registry } from './registry.ts'
import { Site } from './site.ts'
import type { Acknowledged } from './system-journal.ts'
import { SystemNode } from './system-node.ts'
import { VirtualTime } from './time.ts'
import { Trace } from './trace.ts'
import { Verifications } from './verification.ts'
import { Weather } from './weather.ts'
import { Witness } from './witness.ts'

const ORIGIN = 'https://pay.example.org'
const MACHINES_PER_KIND = 4
const NODES = 2
const PAYERS = 40

export interface WorldSettings {
  readonly payments: number
  readonly seed: number
  readonly faults: FaultLevel
}

/** All ends under one clock. What goes on in it by itself is begun by `live` in `life.ts`. */
export class World {
  readonly settings: WorldSettings
  readonly random: Random
  readonly time = new VirtualTime()
  readonly trace = new Trace(this.time)
  readonly witness = new Witness(this.time)
  readonly journal = new MemoryJournal()
  readonly acknowledged: Acknowledged[] = []
  readonly registry = new Registry(() => EPOCH_MS + this.time.nowMs())
  readonly refusals = new Map<string, number>()
  readonly weather: Weather
  readonly network: Network
  readonly bank: SimulatedBank
  readonly verifications: Verifications
  readonly sites: readonly Site[]
  readonly nodes: (SystemNode | undefined)[] = Array.from({ length: NODES })
  readonly payers: readonly Payer[]
  readonly #systemKeys: Keys
  #tickets = 0
  #nodesMade = 0

  constructor(settings: WorldSettings) {
    this.settings = settings
    const { time, trace } = this
    this.random = new Random(`farthing ${String(settings.seed)}`)
    const fork = (name: string): Random => this.random.fork(name)
    this.weather = new Weather(settings.faults, trace)
    const { weather } = this
    this.network = new Network({ time, weather, trace, random: fork('network') })
    this.bank = new SimulatedBank({ time, weather, trace, random: fork('bank') })
    this.verifications = new Verifications({ time, random: fork('verification') })
    this.#systemKeys = keysFrom(fork('system keys'), { withKid: true })
    this.sites = this.#makeSites()
    this.payers = Array.from(
      { length: PAYERS },
      (_, index) => new Payer(this, `device-${String(index)}`, fork(`payer ${String(index)}`)),
    )
  }

  startNode(place: number): void {
    this.#nodesMade += 1
    const node = new SystemNode({
      time: this.time,
      random: this.random.fork(`node ${String(this.#nodesMade)}`),
      weather: this.weather,
      trace: this.trace,
      acknowledged: this.acknowledged,
      network: this.network,
      witness: this.witness,
      registry: this.registry,
      journal: this.journal,
      signer: this.#systemKeys.signer,
      bankOf: (isAlive) => this.bank.line(isAlive),
      warn: (message, details) => this.trace.add('warn', message, JSON.stringify(details)),
    })
    this.nodes[place] = node
  }

  anyNode(random: Random): SystemNode | undefined {
    const alive = this.nodes.filter((node) => node?.isAlive() === true)
    return alive.length === 0 ? undefined : random.pick(alive)
  }

  siteOf(chipId: string): Site | undefined {
    return this.sites.find((site) => site.chipId === chipId)
  }

  // How many payments there are to be.

  isClosing(): boolean {
    return this.journal.rows.size >= this.settings.payments
  }

  /** Leave to make one more payment. */
  takeTicket(): boolean {
    if (this.journal.rows.size + this.#tickets >= this.settings.payments) return false
    this.#tickets += 1
    return true
  }

  returnTicket(): void {
    this.#tickets -= 1
  }

  refused(reason: string): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1)
  }

  /** Somebody else holds their phone before the same code. */
  async anotherPhone(source: ClaimSource): Promise<void> {
    if (!this.takeTicket()) return
    this.weather.tell('two phones on one code')
    const other = this.random.fork(`other ${String(this.journal.rows.size)}`)
    await new Payer(this, `device-other-${other.hex(4)}`, other).claim(source)
    this.returnTicket()
  }

  mayHappenAt(site: Site, random: Random): void {
    if (random.chance(this.weather.profile.machine.incident)) happenAt(this, site, random)
  }

  #makeSites(): readonly Site[] {
    const origin = parsePaymentOrigin(ORIGIN)
    if (!origin.ok) throw new Error('the origin is good')
    const machines = MACHINE_KINDS.flatMap((kind) => Array.from({ length: MACHINES_PER_KIND }, () => kind))
    return machines.map((kind, index) => {
      const chipId = chipIdOf(index)
      const merchant = MERCHANTS[index % MERCHANTS.length]
      if (!merchant) throw new Error('there are merchants')
      const keys = keysFrom(this.random.fork(`chip key ${chipId}`), { withKid: false })
      this.registry.add(chipId, { kind, merchant, key: keys.verifier })
      const site = { chipId, kind, origin: origin.value, signer: keys.signer }
      return new Site(
        this,
        { ...site, systemVerifier: this.#systemKeys.verifier },
        this.random.fork(`site ${chipId}`),
      )
    })
  }
}
