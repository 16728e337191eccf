import { get } from './api.ts'
import { FINAL_STATES, type PaymentView, type Problem } from './payment.ts'

export interface Follower {
  onView(view: PaymentView): void
  /** Whether what the page shows may be out of date. */
  onLost(isLost: boolean): void
  /** The system refuses to tell: not this phone's payment, or none at all. */
  onRefused(problem: Problem): void
}

/** A broken stream mends itself within this time, most of the time; only then is it worth a word. */
const LOST_GRACE_MS = 3_000
const READ_PAUSE_MIN_MS = 2_000
const READ_PAUSE_MAX_MS = 10_000
/** So that all phones of a house do not come back in the same moment. */
const READ_PAUSE_SPREAD = 0.4

/**
 * Follows one payment until it is final, by server-sent events, and by reading again: in pauses that grow while
 * the line is down, and at once when the phone wakes, the page comes back, or the network does. An older
 * version never replaces a newer one. Returns the function that stops it.
 */
export function follow(paymentId: string, follower: Follower): () => void {
  const following = new Following(paymentId, follower)
  following.begin()
  return () => following.end()
}

class Following {
  readonly #path: string
  readonly #follower: Follower
  readonly #stop = new AbortController()
  #source: EventSource | null = null
  #readTimer: ReturnType<typeof setTimeout> | undefined
  #lostTimer: ReturnType<typeof setTimeout> | undefined
  #pauseMs = READ_PAUSE_MIN_MS
  #version = -1
  #isFinal = false

  constructor(paymentId: string, follower: Follower) {
    this.#path = `/v1/payments/${encodeURIComponent(paymentId)}`
    this.#follower = follower
  }

  begin(): void {
    const { signal } = this.#stop
    document.addEventListener('visibilitychange', () => this.#wake(), { signal })
    addEventListener('pageshow', (event) => event.persisted && this.#wake(), { signal })
    addEventListener('online', () => this.#wake(), { signal })
    addEventListener('offline', () => this.#follower.onLost(true), { signal })
    this.#openStream()
    this.#readLater()
  }

  end(): void {
    this.#stop.abort()
    this.#closeStream()
    clearTimeout(this.#lostTimer)
  }

  #wake(): void {
    if (document.visibilityState === 'hidden') return
    this.#pauseMs = READ_PAUSE_MIN_MS
    void this.#readNow()
  }

  #take(view: PaymentView): void {
    if (this.#stop.signal.aborted) return
    this.#heard()
    if (view.version < this.#version) return
    this.#version = view.version
    this.#isFinal = FINAL_STATES.has(view.state)
    if (this.#isFinal) this.#closeStream()
    this.#follower.onView(view)
  }

  #heard(): void {
    clearTimeout(this.#lostTimer)
    this.#lostTimer = undefined
    this.#follower.onLost(false)
  }

  #missed(): void {
    this.#lostTimer ??= setTimeout(() => this.#follower.onLost(true), LOST_GRACE_MS)
  }

  #openStream(): void {
    if (this.#stop.signal.aborted || this.#isFinal) return
    this.#source?.close()
    const source = new EventSource(`${this.#path}/events`)
    this.#source = source
    let isOpened = false
    source.addEventListener('open', () => {
      isOpened = true
      this.#heard()
    })
    // The browser would connect again by itself, at its own even pace; ours grows while the line is down.
    source.addEventListener('error', () => {
      source.close()
      if (this.#source !== source) return
      this.#source = null
      this.#missed()
      // One that never opened, since there are too many, is not asked for more often.
      this.#pauseMs = isOpened ? READ_PAUSE_MIN_MS : Math.min(this.#pauseMs * 2, READ_PAUSE_MAX_MS)
      this.#readLater()
    })
    source.addEventListener('payment', (event: MessageEvent<string>) => {
      const view = parse(event.data)
      if (view !== null) this.#take(view)
    })
  }

  #closeStream(): void {
    this.#source?.close()
    this.#source = null
    clearTimeout(this.#readTimer)
  }

  #readLater(): void {
    clearTimeout(this.#readTimer)
    if (this.#isFinal || this.#stop.signal.aborted) return
    const jitter = 1 + (Math.random() - 0.5) * READ_PAUSE_SPREAD
    this.#readTimer = setTimeout(() => void this.#readNow(), this.#pauseMs * jitter)
  }

  async #readNow(): Promise<void> {
    clearTimeout(this.#readTimer)
    const answer = await get<PaymentView>(this.#path, { once: true })
    if (this.#stop.signal.aborted) return
    if (answer.ok) {
      this.#pauseMs = READ_PAUSE_MAX_MS
      this.#take(answer.value)
      if (this.#source === null) this.#openStream()
    } else if (answer.problem.code === 'offline' || answer.problem.retryable) {
      this.#pauseMs = Math.min(this.#pauseMs * 2, READ_PAUSE_MAX_MS)
      this.#missed()
    } else {
      this.end()
      this.#follower.onRefused(answer.problem)
    }
    this.#readLater()
  }
}

function parse(text: string): PaymentView | null {
  try {
    const view: PaymentView = JSON.parse(text)
    return view
  } catch {
    return null
  }
}
