import type { ChipId } from '#protocol/identifier.ts'
import type { PaymentOrigin } from '#protocol/payment-url.ts'
import { sha256 } from '#protocol/node-keys.ts'
import type { Signer, Verifier } from '#protocol/cose.ts'
import type { Clock } from '#machine/machine.ts'
import { connectBoard } from '#machine/simulated/board.ts'
import { SimulatedDriver } from '#machine/simulated/driver.ts'
import { Thing } from '#machine/simulated/thing.ts'
import { createWirePair, type WirePair } from '#machine/simulated/wire.ts'
import { Chip } from '#chip/core/chip.ts'
import type { ChipPorts, LinkListener } from '#chip/core/ports.ts'
import { CHIP_TIMES, type ChipSettings } from '#chip/core/settings.ts'
import { ChipJournal, PowerCut } from './chip-journal.ts'
import type { MachineKind } from './fleet.ts'
import type { Network } from './network.ts'
import type { Random } from './random.ts'
import { EPOCH_MS } from './registry.ts'
import type { VirtualTime } from './time.ts'
import type { Weather } from './weather.ts'
import type { Witness } from './witness.ts'

const WIRE_LATENCY_MS = 3
const BROKER_ANSWER_MS = 30
/** A chip's clock starts anywhere, and its wall clock is off by up to a second. */
const CLOCK_START_MAX_MS = 1_000_000_000
const WALL_SKEW_MAX_MS = 1000
const WALL_UNKNOWN_MAX_MS = 4000

export interface SiteWorld {
  readonly time: VirtualTime
  readonly network: Network
  readonly weather: Weather
  readonly witness: Witness
}

export interface SiteSettings {
  readonly chipId: ChipId
  readonly kind: MachineKind
  readonly origin: PaymentOrigin
  readonly signer: Signer
  readonly systemVerifier: Verifier
}

/** One machine with its chip: the production core over a journal that can lose, and a Thing to which things happen. */
export class Site {
  readonly settings: SiteSettings
  readonly thing: Thing
  readonly journal: ChipJournal
  /** What the Thing's clock read when the world began. */
  readonly clockStartMs: number
  readonly #world: SiteWorld
  readonly #random: Random
  readonly #clock: Clock
  readonly #wires: WirePair
  readonly #wallSkewMs: number
  #boots = 0
  #chip: Chip | undefined
  #listener: LinkListener | undefined
  #cancelReboot: () => void = () => {}

  constructor(world: SiteWorld, settings: SiteSettings, random: Random) {
    this.#world = world
    this.settings = settings
    this.#random = random
    this.clockStartMs = random.below(CLOCK_START_MAX_MS)
    this.#wallSkewMs = random.between(-WALL_SKEW_MAX_MS, WALL_SKEW_MAX_MS)
    const { time, weather } = world
    this.#clock = {
      monotonicMs: () => this.clockStartMs + time.nowMs(),
      setTimer: (delayMs, fire) => time.afterQuietly(delayMs, () => this.survive(fire)),
    }
    this.journal = new ChipJournal(() => {
      const cut = this.#chip !== undefined && random.chance(weather.profile.chip.cutWhileWriting)
      if (cut) weather.tell('power cut while a chip wrote', settings.chipId)
      return cut
    })
    const things = random.fork('thing')
    this.thing = new Thing(settings.kind.thing, { clock: this.#clock, random: () => things.unit() })
    this.#wires = createWirePair(this.#clock, WIRE_LATENCY_MS)
    connectBoard(this.thing, this.#wires.boardEnd)
    this.#wires.unplug()
    world.network.attach(settings.chipId, {
      linkChanged: (up) =>
        this.survive(() => (up ? this.#listener?.connected() : this.#listener?.disconnected())),
      receive: (bytes) => this.survive(() => this.#listener?.message(bytes)),
    })
  }

  get chipId(): ChipId {
    return this.settings.chipId
  }

  /** From the Thing's clock to milliseconds of the world. */
  worldMs(monotonicMs: number): number {
    return monotonicMs - this.clockStartMs
  }

  isAlive(): boolean {
    return this.#chip !== undefined
  }

  boot(): void {
    this.#cancelReboot()
    if (this.#chip !== undefined) return
    this.#boots += 1
    const boot = this.#boots
    const wallKnownAtMs = this.#world.time.nowMs() + this.#random.below(WALL_UNKNOWN_MAX_MS)
    this.survive(() => {
      const chip = new Chip(this.#ports(boot, wallKnownAtMs), this.#chipSettings())
      this.#chip = chip
      chip.start()
      this.#wires.plug()
    })
  }

  /** Ends this power-up as it stands. */
  kill(keepsUnsynced: boolean): void {
    this.#boots += 1
    this.#chip = undefined
    this.#listener = undefined
    this.#wires.unplug()
    this.journal.reboot(keepsUnsynced)
  }

  bootAfter(delayMs: number): void {
    this.#cancelReboot()
    this.#cancelReboot = this.#world.time.afterQuietly(delayMs, () => this.boot())
  }

  /** For good, without a further word. */
  switchOff(): void {
    this.#cancelReboot()
    if (this.#chip !== undefined) this.kill(true)
  }

  /** Something happens to the machine. */
  touch(action: (thing: Thing) => void): void {
    this.survive(() => action(this.thing))
  }

  survive(action: () => void): void {
    try {
      action()
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error
      this.kill(false)
      this.bootAfter(this.#random.waitMs(this.#world.weather.profile.chip.downMs))
    }
  }

  #chipSettings(): ChipSettings {
    const { chipId, origin, kind } = this.settings
    return { chipId, paymentOrigin: origin, codes: kind.codes, times: CHIP_TIMES }
  }

  #ports(boot: number, wallKnownAtMs: number): ChipPorts {
    const { time, network, witness } = this.#world
    const { chipId, signer, systemVerifier } = this.settings
    const isThisBoot = (): boolean => this.#boots === boot
    const clock = {
      monotonicMs: () => this.#clock.monotonicMs(),
      setTimer: (delayMs: number, fire: () => void) =>
        this.#clock.setTimer(delayMs, () => {
          if (isThisBoot()) fire()
        }),
      wallS: () =>
        time.nowMs() < wallKnownAtMs
          ? undefined
          : Math.floor((EPOCH_MS + time.nowMs() + this.#wallSkewMs) / 1000),
    }
    return {
      keys: {
        signer,
        systemVerifiers: [systemVerifier],
        sha256,
        random: (length) => this.#random.bytes(length),
      },
      clock,
      journal: this.journal,
      link: {
        isConnected: () => isThisBoot() && network.isUp(chipId),
        send: (bytes, settled) => {
          const up = isThisBoot() && network.isUp(chipId)
          if (up) {
            witness.up(chipId, bytes)
            network.up(chipId, bytes)
          }
          clock.setTimer(BROKER_ANSWER_MS, () => settled(up))
        },
        listen: (listener) => {
          this.#listener = listener
        },
      },
      display: {
        show: (screen) => this.#wires.driverEnd.send({ type: 'display', screen }),
        blink: (number) => this.#wires.driverEnd.send({ type: 'blink', number }),
      },
      machine: new SimulatedDriver({ wire: this.#wires.driverEnd, clock }),
      log: () => {},
    }
  }
}
