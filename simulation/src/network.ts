import type { ChipId } from '#protocol/identifier.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './time.ts'
import type { Trace } from './trace.ts'
import type { Weather } from './weather.ts'

const DELAY_MIN_MS = 5
const DELAY_MEAN_MS = 40

export type UpReceiver = (chipId: ChipId, bytes: Uint8Array) => void

/** The chips' ends of the link, as the network reaches them. */
export interface ChipEnd {
  linkChanged(up: boolean): void
  receive(bytes: Uint8Array): void
}

/**
 * Broker and air between the system's nodes and the chips: loses, doubles, delays and reorders in both directions, and
 * takes single chips off the net for a while. Nothing is kept in it: what is under way when it fails is gone.
 */
export class Network {
  readonly #world: { time: VirtualTime; random: Random; weather: Weather; trace: Trace }
  readonly #chips = new Map<ChipId, { end: ChipEnd; up: boolean }>()
  readonly #receivers = new Set<UpReceiver>()

  constructor(world: { time: VirtualTime; random: Random; weather: Weather; trace: Trace }) {
    this.#world = world
  }

  attach(chipId: ChipId, end: ChipEnd): void {
    this.#chips.set(chipId, { end, up: true })
  }

  isUp(chipId: ChipId): boolean {
    return this.#chips.get(chipId)?.up === true
  }

  setUp(chipId: ChipId, up: boolean): void {
    const chip = this.#chips.get(chipId)
    if (!chip || chip.up === up) return
    chip.up = up
    this.#world.trace.add('link', chipId, String(up))
    chip.end.linkChanged(up)
  }

  /** A node listens until it calls what this returns. */
  listen(receiver: UpReceiver): () => void {
    this.#receivers.add(receiver)
    return () => this.#receivers.delete(receiver)
  }

  down(chipId: ChipId, bytes: Uint8Array): void {
    const { time, trace } = this.#world
    this.#carry('down', (delayMs) =>
      time.afterQuietly(delayMs, () => {
        const chip = this.#chips.get(chipId)
        if (chip?.up !== true) return
        trace.add('down', chipId, bytes)
        chip.end.receive(bytes)
      }),
    )
  }

  /** Every node hears every chip; each of them may miss it. */
  up(chipId: ChipId, bytes: Uint8Array): void {
    const { time, trace } = this.#world
    trace.add('up', chipId, bytes)
    for (const receiver of this.#receivers) {
      this.#carry('up', (delayMs) =>
        time.after(delayMs, () => {
          if (this.#receivers.has(receiver)) receiver(chipId, bytes)
        }),
      )
    }
  }

  #carry(direction: 'up' | 'down', deliver: (delayMs: number) => void): void {
    const { random, weather } = this.#world
    const { loss, double, straggle, straggleMs } = weather.profile.network
    if (random.chance(loss)) return weather.tell(`message lost ${direction}`)
    const copies = random.chance(double) ? 2 : 1
    if (copies === 2) weather.tell(`message doubled ${direction}`)
    for (let copy = 0; copy < copies; copy += 1) {
      const late = random.chance(straggle)
      if (late) weather.tell(`message late ${direction}`)
      deliver(DELAY_MIN_MS + random.waitMs(late ? straggleMs : DELAY_MEAN_MS))
    }
  }
}
