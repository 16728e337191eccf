import type { Clock } from '#machine/machine.ts'
import type { Result } from '#protocol/result.ts'
import type { Joining, SetUpOrder } from './joining.ts'
import type { Radio } from './radio/radio.ts'
import type { DriverView, MachineTryFailure } from './setup-view.ts'

/** The rest of the chip's process, as set-up mode meets it. */
export interface SetUpHost {
  /** False while a payment is on: then set-up mode does not open, and no set-up begins. */
  mayOpen(): boolean
  /** Set-up mode opens and takes the radio (and the machine's wire, to try it): nobody else uses them until `ended`. */
  opened(): Promise<void>
  /**
   * Set-up mode is over, the hotspot is down, and nothing more is used. `done`: there is a new configuration to start
   * from. `closed`: goes on with the one there was, if any.
   */
  ended(how: 'done' | 'closed'): void
}

/** The ways to drive a machine that this chip knows, and a try of one. */
export interface MachineDrivers {
  list(): readonly DriverView[]
  /** Gives the machine's own state, once it has answered. */
  tryOut(machine: {
    readonly driver: string
    readonly wiring: string
  }): Promise<Result<string, MachineTryFailure>>
}

export interface SetUpTimes {
  /** Without success in this time, set-up mode closes. */
  readonly openMs: number
  /** Between telling that the hotspot goes and its going. */
  readonly hotspotGoesAfterMs: number
  /** How long the hotspot stays to show that it is done. */
  readonly resultShownMs: number
  /** Once a phone has seen that it is done, it goes after this. */
  readonly resultSeenMs: number
  /** One step that takes longer has failed. */
  readonly stepMs: number
}

export const SET_UP_TIMES: SetUpTimes = Object.freeze({
  openMs: 600_000,
  hotspotGoesAfterMs: 1_500,
  resultShownMs: 60_000,
  resultSeenMs: 5_000,
  stepMs: 60_000,
})

export interface SetUpListen {
  /** The page's server listens here; whatever comes in over another address than the hotspot or loopback is cut. */
  readonly host: string
  readonly port: number
  /** What stands on the label: `http://10.41.0.1`. */
  readonly publicUrl: string
  /** 0: no name server. */
  readonly dnsPort: number
  /** The built page; a plain page stands in where it is missing. */
  readonly pageFolder?: string
  /** Origins that may frame the page; the stage is one. None on a real chip. */
  readonly frameOrigins?: readonly string[]
}

export interface SetUpParts {
  readonly chip: { readonly chipId: string; readonly name: string }
  readonly label: { readonly hotspotPassphrase: string; readonly proofHash: string }
  readonly listen: SetUpListen
  readonly radio: Radio
  readonly joining: Joining
  readonly drivers: MachineDrivers
  readonly host: SetUpHost
  readonly clock: Clock
  readonly log: (entry: { msg: string; what?: Record<string, string | number | boolean> }) => void
  /** Opens at once: a chip without configuration. Otherwise it waits for the button. */
  readonly openAtStart: boolean
  /** A set-up that a power cut interrupted is gone through again, without being asked. */
  readonly pending?: SetUpOrder
  readonly times?: Partial<SetUpTimes>
}

/** Set-up mode of one process; lives as long as that does. */
export interface SetUp {
  /** Where the page's server listens. */
  readonly port: number
  /** The set-up button was held: opens set-up mode, unless it is open, or a payment is on. */
  buttonHeld(): void
  /** Ends it with the process: the hotspot goes, nothing is told to anybody. */
  close(): Promise<void>
}
