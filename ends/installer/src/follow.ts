import { QUICK_TIMEOUT_MS, askView, isOurs } from './api.ts'
import type { SetupView } from './setup.ts'

export interface Follower {
  onView(view: SetupView): void
  /** Whether what the page shows may be out of date. */
  onLost(isLost: boolean): void
}

/** A stream that is silent is asked about: a phone that left the hotspot is not told that its line is dead. */
const READ_PAUSE_MIN_MS = 1_000
const READ_PAUSE_WORKING_MS = 3_000
const READ_PAUSE_IDLE_MS = 10_000
/** While the hotspot is away; short enough that the result stands there when the phone is looked at again. */
const READ_PAUSE_LOST_MAX_MS = 5_000
const READ_PAUSE_GROWTH = 1.5
/** So that several phones in one hotspot do not come back in the same moment. */
const READ_PAUSE_SPREAD = 0.4
/** One answer may get lost in the air; only then is it worth a word. */
const MISSED_MAX = 1

/**
 * Follows the chip through its set-up: by server-sent events, and by asking again, in pauses that grow while
 * there is no answer; at once when the phone wakes or a network is back. Survives the hotspot going and coming.
 */
export class Following {
  readonly #follower: Follower
  readonly #stop = new AbortController()
  #source: EventSource | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #pauseMs = READ_PAUSE_MIN_MS
  #missed = 0
  /** What was heard meanwhile is newer than what was asked for before it. */
  #heard = 0
  #isReading = false
  #isDone = false

  constructor(follower: Follower) {
    this.#follower = follower
  }

  begin(): void {
    const { signal } = this.#stop
    document.addEventListener('visibilitychange', () => this.wake(), { signal })
    addEventListener('pageshow', (event) => event.persisted && this.wake(), { signal })
    addEventListener('online', () => this.wake(), { signal })
    this.wake()
  }

  /** Asks at once. */
  wake(): void {
    if (document.visibilityState === 'hidden' || this.#isDone) return
    this.#pauseMs = READ_PAUSE_MIN_MS
    void this.#read()
  }

  /** The proof was given: the stream that was opened without it goes. */
  openAnew(): void {
    this.#source?.close()
    this.#source = null
    this.#openStream()
  }

  /** An answer to something else that the page asked. */
  take(view: SetupView): void {
    this.#heard += 1
    this.#missed = 0
    this.#pauseMs = view.phase === 'working' ? READ_PAUSE_WORKING_MS : READ_PAUSE_IDLE_MS
    this.#isDone = view.phase === 'done'
    this.#follower.onLost(false)
    this.#follower.onView(view)
    // Online: the chip needs its hotspot no more, and nothing it could still say would change what is shown.
    if (this.#isDone) this.#end()
    else {
      if (this.#source === null) this.#openStream()
      this.#readLater()
    }
  }

  #end(): void {
    this.#stop.abort()
    this.#source?.close()
    this.#source = null
    clearTimeout(this.#timer)
  }

  #openStream(): void {
    const source = new EventSource('/api/events')
    this.#source = source
    let isOpened = false
    source.addEventListener('open', () => {
      isOpened = true
    })
    source.addEventListener('message', (event: MessageEvent<string>) => {
      const view = parsed(event.data)
      if (isOurs(view)) this.take(view)
    })
    // The browser would connect again by itself, at its own even pace.
    source.addEventListener('error', () => {
      source.close()
      if (this.#source !== source) return
      this.#source = null
      // One that never opened, since there are too many, is not asked for more often.
      if (isOpened) this.#pauseMs = READ_PAUSE_MIN_MS
      this.#readLater()
    })
  }

  #readLater(): void {
    clearTimeout(this.#timer)
    if (this.#stop.signal.aborted) return
    const jitter = 1 + (Math.random() - 0.5) * READ_PAUSE_SPREAD
    this.#timer = setTimeout(() => void this.#read(), this.#pauseMs * jitter)
  }

  async #read(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    clearTimeout(this.#timer)
    const before = this.#heard
    const answer = await askView('/api/state', { timeoutMs: QUICK_TIMEOUT_MS })
    this.#isReading = false
    if (this.#stop.signal.aborted) return
    if (this.#heard !== before) return this.#readLater()
    if (answer.ok) return this.take(answer.value)
    this.#missed += 1
    this.#pauseMs = Math.min(this.#pauseMs * READ_PAUSE_GROWTH, READ_PAUSE_LOST_MAX_MS)
    if (this.#missed > MISSED_MAX) {
      this.#source?.close()
      this.#source = null
      this.#follower.onLost(true)
    }
    this.#readLater()
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
