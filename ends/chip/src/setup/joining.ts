import type { Result } from '#protocol/result.ts'
import type { Via } from './radio/via.ts'
import type { NetworkGiven, SetupFailure } from './setup-view.ts'

/** Where the system's enrolment service listens. */
export interface SystemAddress {
  readonly host: string
  readonly port: number
}

/** One set-up as it was asked for, every field checked. */
export interface SetUpOrder {
  readonly network: NetworkGiven
  readonly address: SystemAddress
  /** `XXXXX-XXXXX`. Left out by a chip that keeps its owner and only changes network or machine. */
  readonly claimCode?: string
  readonly machine: { readonly driver: string; readonly wiring: string }
}

/** The way through the joined network, and the end of patience: once aborted, nothing more is sent or kept. */
export interface Way {
  readonly via: Via | undefined
  readonly signal: AbortSignal
}

type Joined = Promise<Result<void, SetupFailure>>

/**
 * What a set-up does with the system, once there is a network. Called in this order, each after the one before
 * succeeded; after any failure a new set-up may begin from `checkClock`. Each bounds its own waits.
 */
export interface Joining {
  /** The system that the chip belongs to; undefined while it has no owner. */
  owner(): SystemAddress | undefined
  /**
   * `wrong-clock` where the clock is known to be wrong and cannot be set. A system that cannot be asked is no reason to
   * fail here: the steps that follow tell why.
   */
  checkClock(order: SetUpOrder, way: Way): Joined
  /** `name-unknown`; an address in numbers is its own name. */
  resolveName(order: SetUpOrder, way: Way): Joined
  /** `system-unreachable`, or `system-untrusted`: somebody answers who is not certified by the root. */
  reachTls(order: SetUpOrder, way: Way): Joined
  /** Keeps the pending set-up before it sends anything, and the configuration once it has all of it. */
  enrol(order: SetUpOrder, way: Way): Joined
  /** The chip's link stands, with its new identity. */
  connect(order: SetUpOrder, way: Way): Joined
  /** The system has answered the chip. */
  heartbeat(order: SetUpOrder, way: Way): Joined
  /** Lets go of whatever is held open (the link); after a failure, and before the chip starts for good. */
  release(): Promise<void>
}
