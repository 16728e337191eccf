/**
 * The machine port: everything a payment chip can ask of the machine it is fitted into, and everything a machine
 * can say. One driver per way of driving a machine implements it; `conformance.suite.ts` says what each must keep.
 *
 * Portable: no import from a runtime, no clock of its own (a clock is injected into drivers).
 *
 * The life of a run, as a driver sees it:
 *
 * | from      | on                                  | to                                              |
 * | --------- | ----------------------------------- | ----------------------------------------------- |
 * | idle      | start(), machine ready              | running                                         |
 * | idle      | start(), otherwise                  | idle; refused in the return value, no event     |
 * | idle      | recover(): the chip was away        | recovering: the machine is asked, never started |
 * | recovering| the machine says it still runs      | running                                         |
 * | recovering| the machine says how it ended       | idle; `finished`                                |
 * | recovering| silence longer than the patience    | idle; `finished` as interrupted, k..n           |
 * | running   | the machine goes on                 | running; `progress`                             |
 * | running   | the machine is done, fails, stopped | idle; `finished`                                |
 * | running   | longest duration and grace passed   | idle; `finished` as failed, k..n                |
 */

/** A clock that somebody else owns: real time in a process, virtual time in a simulation. */
export interface Clock {
  /** Milliseconds since some fixed moment, never going back, counting suspend. */
  monotonicMs(): number
  /** Calls `fire` once, after at least `delayMs`. The returned function cancels it. */
  setTimer(delayMs: number, fire: () => void): CancelTimer
}

export type CancelTimer = () => void

/** Who saw what was delivered: a sensor, the machine's own word, or nobody. Never to be exaggerated. */
export type Evidence = 'sensor' | 'acknowledged' | 'command-only'

export interface MachineDescription {
  /** Delivers a measured quantity up to a limit (Wh, minutes by use) instead of counted pieces. */
  readonly metered: boolean
  /** The best grade of evidence this machine can give. */
  readonly evidence: Evidence
  /** After a power cut in mid-run it goes on by itself. */
  readonly resumesByItself: boolean
  readonly display: boolean
  readonly button: boolean
  readonly lamp: boolean
}

/** `in-use`: somebody runs it with coins. `unpowered`: it does not answer at all. */
export type MachineState = 'ready' | 'busy' | 'fault' | 'unpowered' | 'in-use' | 'empty'

/** Whole units: at least `min`, at most `max`; equal where it is known exactly. */
export interface Delivered {
  readonly min: number
  readonly max: number
}

export interface RunOrder {
  /** Chosen by the caller before the first try; opaque to the machine. */
  readonly runId: string
  readonly productId: number
  /** Units to deliver; for a metered machine the limit at which it stops by itself. */
  readonly units: number
  readonly maxDurationS: number
}

type StartRefusal = Exclude<MachineState, 'ready'>
export type StartAnswer = { readonly ok: true } | { readonly ok: false; readonly error: StartRefusal }

/**
 * How a run ended. `refused`: nothing moved. `completed`: all of it (metered: the limit, or the taker is full).
 * `stopped`: on our stop. `failed`: it broke off by itself. `interrupted`: power or contact was lost.
 */
export type RunEnd = 'refused' | 'completed' | 'stopped' | 'failed' | 'interrupted'

export type MachineEvent =
  | { readonly kind: 'described'; readonly description: MachineDescription }
  | { readonly kind: 'state'; readonly state: MachineState }
  | { readonly kind: 'progress'; readonly runId: string; readonly deliveredUnits: number }
  | RunFinished
  | { readonly kind: 'button' }
  | { readonly kind: 'selected'; readonly productId: number }

export interface RunFinished {
  readonly kind: 'finished'
  readonly runId: string
  readonly end: RunEnd
  readonly delivered: Delivered
  readonly evidence: Evidence
  /** At most 40 bytes of plain ASCII. */
  readonly reason: string
}

export interface Machine {
  /** Before the machine has answered for the first time: the most modest description there is. */
  describe(): MachineDescription
  state(): MachineState
  /** Keeps coins out until `unreserve`. */
  reserve(): void
  unreserve(): void
  /**
   * Starts a run, at most once per run id in the life of this driver. After `{ ok: true }` exactly one `finished`
   * follows within `maxDurationS` and the driver's grace; after a refusal nothing follows.
   */
  start(order: RunOrder): StartAnswer
  /** Asks the running machine to stop; its `finished` tells how far it came. Unknown runs are ignored. */
  stop(runId: string): void
  /**
   * For a run that was started before this driver lived: asks the machine's sensor or memory and follows the run to
   * its end if it still goes on. Never starts anything. Exactly one `finished` follows.
   */
  recover(order: RunOrder): void
  /** One listener; a later one replaces it. */
  listen(listener: (event: MachineEvent) => void): void
}

/** What is assumed of a machine that has not spoken yet: nothing that would have to be proven. */
export const MODEST_DESCRIPTION: MachineDescription = Object.freeze({
  metered: false,
  evidence: 'command-only',
  resumesByItself: false,
  display: false,
  button: false,
  lamp: false,
})
