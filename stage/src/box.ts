import { existsSync } from 'node:fs'
import path from 'node:path'
import { HOME_NETWORK } from '#hosting/boxed-chip.ts'
import type { RunningHouse } from '#hosting/house.ts'
import type { RunningMachine } from '#hosting/house-machine.ts'

/** A chip that came in a box, and the person who sets it up. */
export interface BoxSight {
  /** Switched on: its label can be read. */
  readonly open: boolean
  /** It has an owner, and sells. */
  readonly settled: boolean
  /** Null while the box is closed: who has not opened it cannot read the label. */
  readonly label: LabelSight | null
  readonly hotspotUp: boolean
  readonly phoneJoined: boolean
  readonly home: { readonly ssid: string; readonly passphrase: string }
  /** What the console gave for this machine; null before anybody asked. */
  readonly claim: Claim | null
}

interface LabelSight {
  readonly ssid: string
  readonly passphrase: string
  readonly proof: string
  readonly url: string
}

export interface Claim {
  readonly code: string
  /** Opens the set-up page with the code filled in. */
  readonly link: string
}

/** Boxes by the key of the machine they are meant for. */
export class Boxes {
  readonly #house: RunningHouse
  readonly #claims = new Map<string, Claim>()

  constructor(house: RunningHouse) {
    this.#house = house
  }

  sight({ plan, box, chip, chipFolder }: RunningMachine): BoxSight | null {
    if (!box) return null
    const { label, air, phone } = box
    const settled = existsSync(path.join(chipFolder, 'data', 'configuration.json'))
    const open = chip.isRunning() || settled
    const { ssid, passphrase } = HOME_NETWORK
    return {
      open,
      settled,
      label: open ? label : null,
      hotspotUp: air.hotspots().includes(label.ssid),
      phoneJoined: phone.network() !== undefined,
      home: { ssid, passphrase },
      claim: this.#claims.get(plan.key) ?? null,
    }
  }

  /** The phone reads the first QR code of the label. */
  join({ box }: RunningMachine): void {
    box?.phone.join(box.label.ssid, box.label.passphrase)
  }

  /** The staff's console makes a claim code for the machine. */
  async claim({ plan, box }: RunningMachine): Promise<void> {
    if (!box) return
    const { code, output } = await this.#house.staff('--json', 'claim', plan.key)
    if (code !== 0) throw new Error(output)
    const made = JSON.parse(output) as { code: string; link: string }
    const { hash } = new URL(made.link)
    // A phone in the hotspot has the page at the chip's own address; here that is the phone's.
    this.#claims.set(plan.key, { code: made.code, link: `${box.label.url}/${hash}` })
  }

  /** Staff let the chip go: it forgets its owner, and is as out of the box. */
  async release({ plan, chipId }: RunningMachine): Promise<void> {
    const { code, output } = await this.#house.staff('release-chip', chipId)
    if (code !== 0) throw new Error(output)
    this.#claims.delete(plan.key)
  }
}
