/**
 * Where the chip's world begins. The core sees nothing else: no runtime, no clock, no randomness of its own. Everything
 * here answers in the call; what takes time comes back through a listener or a callback.
 */
import type { Clock, Machine } from '#machine/machine.ts'
import type { KeyId, Signer, Verifier } from '#protocol'
import type { JournalRecord } from './journal-record.ts'

export interface ChipPorts {
  readonly keys: Keys
  readonly clock: ChipClock
  readonly journal: Journal
  readonly link: Link
  readonly display: Display
  readonly machine: Machine
  readonly log: (entry: ChipLog) => void
  /**
   * The chip has left its owner: everything is acknowledged, and its last word was taken. Whoever holds the keys wipes
   * them, the configuration and the journal; until then the chip sells nothing.
   */
  readonly retired?: () => void
}

export interface Keys {
  /** The chip's own; has no kid. */
  readonly signer: Signer
  /** The system's command keys, told apart by kid; several while keys are changed. Asked anew each time. */
  readonly systemVerifiers: readonly Verifier[]
  /** A message for this chip names a key that is not among them: a newer one may have to be fetched. */
  readonly unknownSystemKey?: (kid: KeyId) => void
  sha256(bytes: Uint8Array): Uint8Array
  /** Cryptographically random bytes. */
  random(lengthBytes: number): Uint8Array
}

export interface ChipClock extends Clock {
  /** Seconds since 1970; undefined while the chip does not know. */
  wallS(): number | undefined
}

/**
 * An append-only record of facts. A write that fails throws, and the chip stops: it must not act on what it may forget.
 */
export interface Journal {
  /** All records that survived, oldest first. */
  load(): readonly JournalRecord[]
  append(record: JournalRecord): void
  /** When this returns, everything appended so far survives a power cut. */
  sync(): void
  /** Replaces everything by these records, at once or not at all, and durably. */
  rewrite(records: readonly JournalRecord[]): void
}

export interface Link {
  isConnected(): boolean
  /** `settled(true)` once the broker took it, `settled(false)` when it did not; exactly once. */
  send(bytes: Uint8Array, settled: (accepted: boolean) => void): void
  /** One listener; a later one replaces it. */
  listen(listener: LinkListener): void
}

export interface LinkListener {
  connected(): void
  disconnected(): void
  message(bytes: Uint8Array): void
}

/** What stands on the machine's display. `url` is there only on the `code` screen. */
export interface Screen {
  readonly kind: 'code' | 'words' | 'running' | 'done' | 'failed' | 'wait' | 'out-of-service'
  readonly text: string
  readonly url?: string
}

export interface Display {
  show(screen: Screen): void
  /** Blinks a number with the lamp; an empty one ends it. */
  blink(number: string): void
}

/** One line of the chip's log. `step` is there for a step of the method that really happened. */
export interface ChipLog {
  readonly msg: string
  readonly paymentId?: string
  readonly step?: 'S1' | 'S3' | 'S8' | 'S9' | 'S10' | 'S11'
  readonly from?: string
  readonly to?: string
  readonly what?: Readonly<Record<string, string | number | boolean>>
}
