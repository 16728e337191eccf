import { fromHex, openAs, type Product, type Tariff, toHex } from '#protocol'
import type { Memory } from './memory.ts'
import type { ChipPorts } from './ports.ts'

/** What the machine sells: signed by the system, only ever newer, kept over power cuts. */
export class Tariffs {
  private readonly ports: ChipPorts
  private readonly memory: Memory
  /** Oldest first. */
  private readonly known: Tariff[]

  constructor(ports: ChipPorts, memory: Memory) {
    this.ports = ports
    this.memory = memory
    // Verified again: a key that was withdrawn meanwhile no longer sets prices.
    this.known = memory.tariffs().flatMap((message) => {
      const opened = openAs('tariff', fromHex(message) ?? new Uint8Array(0), () => ports.keys.systemVerifiers)
      return opened.ok ? [opened.value] : []
    })
  }

  /** The newest version whose time has come; undefined without one, or without a wall clock. */
  inForce(): Tariff | undefined {
    const wallS = this.ports.clock.wallS()
    return wallS === undefined ? undefined : this.known.findLast((tariff) => tariff.validFromS <= wallS)
  }

  product(productId: number): Product | undefined {
    return this.inForce()?.products.find(({ id }) => id === productId)
  }

  /** When the next one comes into force, in seconds since 1970. */
  nextChangeS(): number | undefined {
    const wallS = this.ports.clock.wallS()
    if (wallS === undefined) return undefined
    return this.known.find((tariff) => tariff.validFromS > wallS)?.validFromS
  }

  /** Takes a verified tariff if it is newer than all before; `message` is how it came. */
  take(tariff: Tariff, message: Uint8Array): boolean {
    const newest = this.known.at(-1)
    if (newest !== undefined && tariff.tariffVersion <= newest.tariffVersion) return false
    this.memory.keep({ kind: 'tariff', message: toHex(message) })
    this.known.push(tariff)
    this.ports.log({ msg: 'tariff taken', what: { tariffVersion: tariff.tariffVersion } })
    return true
  }
}
