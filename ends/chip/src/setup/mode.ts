import type { CancelTimer } from '#machine/machine.ts'
import { fail, ok, type Result } from '#protocol/result.ts'
import type { SetUpOrder } from './joining.ts'
import { goThrough } from './progress.ts'
import type { SeenNetwork } from './radio/radio.ts'
import { isProof, Sessions } from './sessions.ts'
import type { SetUpParts, SetUpTimes } from './set-up-parts.ts'
import type { MachineTryFailure, SetupErrorCode, SetupView } from './setup-view.ts'
import { CLOSED, type SetupEvent, type SetupState, transition } from './state.ts'
import { formatSystemAddress } from './system-address.ts'

const MS_PER_S = 1000
/** A hotspot that does not come up is tried again, while set-up mode is open. */
const HOTSPOT_RETRY_MS = 5_000

/** Hotspot and name server: what a phone enters by. */
export interface Doors {
  /** True once the hotspot is up. Again while it is up: nothing. */
  open(): Promise<boolean>
  close(): Promise<void>
  /** The hotspot is about to go: connections of phones are of no use any more. */
  cut(): void
}

export interface ModeParts extends Omit<SetUpParts, 'times'> {
  readonly doors: Doors
  readonly times: SetUpTimes
}

type Refused = Extract<SetupErrorCode, 'closed' | 'busy' | 'payment-on' | 'radio-failed' | 'proof-wrong'>

/**
 * Set-up mode at work: holds the state (`state.ts`), tells it to whoever watches, and does what follows from it. While
 * it is open, nobody else uses the radio. What it does to the world is done one thing after the other.
 */
export class SetUpMode {
  readonly sessions = new Sessions()
  private readonly parts: ModeParts
  private readonly ending = new AbortController()
  private state: SetupState = CLOSED
  private ethernet = false
  private trying = false
  private resultShows = false
  private resultSeen = false
  private scanning: ReturnType<SetUpMode['networks']> | undefined
  private queue: Promise<void> = Promise.resolve()
  private cancelClosing: CancelTimer = () => {}
  private cancelResult: CancelTimer = () => {}
  private cancelRetry: CancelTimer = () => {}
  private readonly watchers = new Set<() => void>()

  constructor(parts: ModeParts) {
    this.parts = parts
  }

  /** The button was held, or the chip is out of the box. */
  open(): void {
    const { clock, host, times, log } = this.parts
    if (this.state.phase !== 'closed') return
    if (!host.mayOpen()) return log({ msg: 'set-up mode does not open during a payment' })
    this.go({ kind: 'opened', nowMs: clock.monotonicMs(), openMs: times.openMs })
    this.cancelClosing = clock.setTimer(times.openMs, () => {
      this.go({ kind: 'time', nowMs: clock.monotonicMs() })
      if (this.state.phase === 'closed') this.close('its time is over')
    })
    log({ msg: 'set-up mode opens', what: { openS: times.openMs / MS_PER_S } })
    this.enqueue(async () => {
      await host.opened()
      await this.openDoors()
      await this.look()
    })
  }

  view(proven: boolean): SetupView {
    const { chip, joining, radio, clock, drivers } = this.parts
    const { phase, triesLeft, closesAtMs, steps, failure, given } = this.state
    const leftMs = phase === 'closed' ? 0 : Math.max(0, closesAtMs - clock.monotonicMs())
    const told = { steps, ...(failure && { failure }), ...(given && { given }) }
    return {
      chip,
      phase: proven || phase === 'closed' ? phase : 'locked',
      owned: joining.owner() !== undefined,
      triesLeft,
      closesInS: Math.ceil(leftMs / MS_PER_S),
      holdsBoth: radio.holdsBoth,
      ethernet: this.ethernet,
      drivers: drivers.list(),
      ...(proven ? told : { steps: CLOSED.steps }),
    }
  }

  /** Calls back each time the view may have changed. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  watching(): number {
    return this.watchers.size
  }

  /** Looks again whether a cable is plugged. */
  async look(): Promise<void> {
    if (this.notNow() !== undefined) return
    const ethernet = await this.parts.radio.ethernet()
    if (ethernet === this.ethernet) return
    this.ethernet = ethernet
    this.changed()
  }

  /** Gives a token for the phone that gave the right proof. */
  prove(proof: string): Result<string, Refused> {
    const right = isProof(proof, this.parts.label.proofHash)
    const wasOpen = this.state.phase !== 'closed'
    if (!this.go({ kind: 'proof', right })) return fail('closed')
    if (right) return ok(this.sessions.open())
    this.parts.log({ msg: 'wrong proof', what: { triesLeft: this.state.triesLeft } })
    if (wasOpen && this.state.phase === 'closed') this.close('too many wrong proofs')
    return fail('proof-wrong')
  }

  async networks(): Promise<Result<readonly SeenNetwork[], Refused>> {
    const refused = this.notNow()
    if (refused !== undefined) return fail(refused)
    this.scanning ??= this.parts.radio.scan().finally(() => {
      this.scanning = undefined
    })
    return this.scanning
  }

  async tryMachine(machine: SetUpOrder['machine']): Promise<Result<string, MachineTryFailure>> {
    if (this.trying || this.notNow() !== undefined || !this.parts.host.mayOpen()) return fail('busy')
    this.trying = true
    const tried = await this.parts.drivers.tryOut(machine)
    this.trying = false
    return tried
  }

  /** Begins a set-up; how it goes is in the view. */
  begin(order: SetUpOrder): Result<void, Refused> {
    const refused = this.trying ? 'busy' : this.notNow()
    if (refused !== undefined) return fail(refused)
    if (!this.parts.host.mayOpen()) return fail('payment-on')
    const { network, machine, address } = order
    const name = network.kind === 'wifi' ? { ssid: network.ssid, hidden: network.hidden } : {}
    const given = { ...name, systemAddress: formatSystemAddress(address), driver: machine.driver }
    if (!this.go({ kind: 'begun', given, nowMs: this.parts.clock.monotonicMs() })) return fail('closed')
    this.parts.log({ msg: 'set-up begins', what: { network: network.kind } })
    this.enqueue(() => this.run(order))
    return ok(undefined)
  }

  /** Somebody who gave the proof has been told the state as it is now. */
  told(): void {
    if (this.state.phase !== 'done') return
    // Seen the moment it was so, and maybe before everything else that belongs to it is over.
    this.resultSeen = true
    if (!this.resultShows) return
    this.resultShows = false
    this.closeResultIn(this.parts.times.resultSeenMs)
  }

  /** Ends with the process. */
  async end(): Promise<void> {
    this.ending.abort()
    this.cancelClosing()
    this.cancelResult()
    this.cancelRetry()
    this.watchers.clear()
    await this.queue
    await this.parts.doors.close()
  }

  private async run(order: SetUpOrder): Promise<void> {
    const { radio, joining, clock, times, doors, log } = this.parts
    const losesHotspot = order.network.kind === 'wifi' && !radio.holdsBoth
    if (losesHotspot) {
      await this.wait(times.hotspotGoesAfterMs)
      doors.cut()
    }
    const parts = { radio, joining, clock, stepMs: times.stepMs, ending: this.ending.signal }
    const done = await goThrough(order, parts, (step, status) => {
      this.go({ kind: status === 'working' ? 'step-begun' : 'step-done', step })
    })
    await joining.release()
    if (this.ending.signal.aborted) return
    // Whoever waits in front of the hotspot hears how it went, also where the radio cannot hold both.
    if (order.network.kind === 'wifi' && (losesHotspot || !done.ok)) await radio.leave()
    await this.openDoors()
    if (done.ok) {
      log({ msg: 'set-up done' })
      this.resultShows = !this.resultSeen
      this.closeResultIn(this.resultSeen ? times.resultSeenMs : times.resultShownMs)
      return this.changed()
    }
    log({ msg: 'set-up failed', what: { step: done.error.step, code: done.error.code } })
    this.go({ kind: 'step-failed', ...done.error, nowMs: clock.monotonicMs() })
    if (this.state.phase === 'closed') this.close('its time is over')
  }

  private closeResultIn(delayMs: number): void {
    this.cancelResult()
    this.cancelResult = this.parts.clock.setTimer(delayMs, () => {
      this.resultShows = false
      this.resultSeen = false
      this.go({ kind: 'shown' })
      this.close('done')
    })
  }

  private close(why: string): void {
    this.cancelClosing()
    this.cancelRetry()
    this.cancelResult()
    this.parts.log({ msg: 'set-up mode closes', what: { why } })
    this.enqueue(async () => {
      await this.wait(this.parts.times.hotspotGoesAfterMs)
      this.sessions.forget()
      await this.parts.doors.close()
      this.parts.host.ended(why === 'done' ? 'done' : 'closed')
    })
  }

  private async openDoors(): Promise<void> {
    this.cancelRetry()
    if (await this.parts.doors.open()) return
    this.cancelRetry = this.parts.clock.setTimer(HOTSPOT_RETRY_MS, () => {
      if (this.notNow() === undefined) this.enqueue(() => this.openDoors())
    })
  }

  /** Set-up mode is open, and nothing is under way. */
  private notNow(): 'closed' | 'busy' | undefined {
    const { phase } = this.state
    if (phase === 'open' || phase === 'failed') return undefined
    return phase === 'closed' ? 'closed' : 'busy'
  }

  /** The only place that changes the state. */
  private go(event: SetupEvent): boolean {
    const next = transition(this.state, event)
    if (!next.ok) return false
    if (next.value !== this.state) {
      this.state = next.value
      this.changed()
    }
    return true
  }

  private changed(): void {
    for (const watcher of this.watchers) watcher()
  }

  private enqueue(work: () => Promise<void>): void {
    this.queue = this.queue.then(() => (this.ending.signal.aborted ? undefined : work()))
  }

  private wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        cancel()
        this.ending.signal.removeEventListener('abort', over)
        resolve()
      }
      const cancel = this.parts.clock.setTimer(delayMs, over)
      this.ending.signal.addEventListener('abort', over)
    })
  }
}
