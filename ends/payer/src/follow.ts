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
const READ_PAUSE_MAX_MS = 15_000

/**
 * Follows one payment until it is final, by server-sent events, and by reading again: in pauses that grow while
 * the line is down, and at once when the phone wakes, the page comes back, or the network does. An older
 * version never replaces a newer one. Returns the function that stops it.
 */
export function follow(paymentId: string, follower: Follower): () => void {
  const path = `/v1/payments/${encodeURIComponent(paymentId)}`
  const stop = new AbortController()
  let source: EventSource | null = null
  let readTimer: ReturnType<typeof setTimeout> | undefined
  let lostTimer: ReturnType<typeof setTimeout> | undefined
  let pauseMs = READ_PAUSE_MIN_MS
  let version = -1
  let isFinal = false

  const heard = () => {
    clearTimeout(lostTimer)
    lostTimer = undefined
    follower.onLost(false)
  }
  const missed = () => {
    lostTimer ??= setTimeout(() => follower.onLost(true), LOST_GRACE_MS)
  }
  const take = (view: PaymentView) => {
    if (stop.signal.aborted) return
    heard()
    isFinal = FINAL_STATES.has(view.state)
    if (isFinal) closeStream()
    if (view.version < version) return
    version = view.version
    follower.onView(view)
  }
  const closeStream = () => {
    source?.close()
    source = null
    clearTimeout(readTimer)
  }
  const readLater = () => {
    clearTimeout(readTimer)
    if (!isFinal && !stop.signal.aborted) readTimer = setTimeout(() => void readNow(), pauseMs)
  }
  const readNow = async () => {
    clearTimeout(readTimer)
    const answer = await get<PaymentView>(path, { once: true })
    if (stop.signal.aborted) return
    if (answer.ok) {
      pauseMs = READ_PAUSE_MAX_MS
      take(answer.value)
    } else if (answer.problem.code === 'offline' || answer.problem.retryable) {
      pauseMs = Math.min(pauseMs * 2, READ_PAUSE_MAX_MS)
      missed()
    } else {
      end()
      follower.onRefused(answer.problem)
    }
    if (!isFinal && source?.readyState !== EventSource.OPEN) openStream()
    readLater()
  }
  const openStream = () => {
    if (stop.signal.aborted || isFinal) return
    source?.close()
    source = new EventSource(`${path}/events`)
    source.addEventListener('open', heard)
    source.addEventListener('error', () => {
      missed()
      pauseMs = READ_PAUSE_MIN_MS
      readLater()
    })
    source.addEventListener('payment', (event: MessageEvent<string>) => {
      const view = parse(event.data)
      if (view !== null) take(view)
    })
  }
  const wake = () => {
    if (document.visibilityState === 'hidden') return
    pauseMs = READ_PAUSE_MIN_MS
    void readNow()
  }
  const end = () => {
    stop.abort()
    closeStream()
    clearTimeout(lostTimer)
  }

  document.addEventListener('visibilitychange', wake, { signal: stop.signal })
  addEventListener('pageshow', (event) => event.persisted && wake(), { signal: stop.signal })
  addEventListener('online', wake, { signal: stop.signal })
  addEventListener('offline', () => follower.onLost(true), { signal: stop.signal })
  openStream()
  readLater()
  return end
}

function parse(text: string): PaymentView | null {
  try {
    return JSON.parse(text) as PaymentView
  } catch {
    return null
  }
}
