interface Happening {
  readonly atMs: number
  readonly order: number
  /** True when it may have set promises going, which have to come to rest before the next happening. */
  readonly run: () => boolean
  cancelled: boolean
}

/** More happenings than that are a loop, not a simulation. */
const HAPPENINGS_MAX = 50_000_000
const BREATHE_EVERY = 5000

/**
 * The one clock of a simulated world. Time passes only from happening to happening, in the order of their times and then
 * of their making; between two of them every promise comes to rest. Nothing here waits for real time.
 */
export class VirtualTime {
  #nowMs = 0
  #made = 0
  readonly #heap: Happening[] = []

  /** Milliseconds since the world began. */
  nowMs(): number {
    return this.#nowMs
  }

  /** Runs once after `delayMs`; what it returns takes it back. */
  after(delayMs: number, run: () => void): () => void {
    return this.#add(delayMs, () => {
      run()
      return true
    })
  }

  /** As `after`, for what is certain to touch no promise: chips, wires and things. */
  afterQuietly(delayMs: number, run: () => void): () => void {
    return this.#add(delayMs, () => {
      run()
      return false
    })
  }

  /**
   * As `after` for somebody who looks again and again and mostly finds nothing: it runs after the first `everyMs` in
   * which `isNeeded` says yes. A look in vain costs next to nothing.
   */
  afterOnceNeeded(everyMs: number, isNeeded: () => boolean, run: () => void): () => void {
    const look = (): boolean => {
      const needed = isNeeded()
      if (needed) run()
      else takeBack = this.#add(everyMs, look)
      return needed
    }
    let takeBack = this.#add(everyMs, look)
    return () => takeBack()
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve)
    })
  }

  /** Lets time pass until `untilMs`, or until `enough` says so after a happening. */
  async run(untilMs: number, enough: () => boolean = () => false): Promise<void> {
    await rest()
    for (let happened = 0; ; happened += 1) {
      if (happened > HAPPENINGS_MAX) throw new Error('happenings without end')
      const [first] = this.#heap
      if (first === undefined || first.atMs > untilMs) break
      this.#takeFirst()
      if (first.cancelled) continue
      this.#nowMs = first.atMs
      if (first.run()) await rest()
      if (enough()) return
      if (happened % BREATHE_EVERY === 0) await breathe()
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
  }

  #add(delayMs: number, run: () => boolean): () => void {
    this.#made += 1
    const atMs = this.#nowMs + Math.max(0, Math.ceil(delayMs))
    const happening: Happening = { atMs, order: this.#made, run, cancelled: false }
    this.#push(happening)
    return () => {
      happening.cancelled = true
    }
  }

  #push(happening: Happening): void {
    const heap = this.#heap
    heap.push(happening)
    let index = heap.length - 1
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !isBefore(happening, parent)) break
      heap[index] = parent
      index = above
    }
    heap[index] = happening
  }

  #takeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      let next = 2 * index + 1
      const left = heap[next]
      const right = heap[next + 1]
      if (left === undefined) break
      if (right !== undefined && isBefore(right, left)) next += 1
      const child = heap[next]
      if (child === undefined || !isBefore(child, last)) break
      heap[index] = child
      index = next
    }
    heap[index] = last
  }
}

function isBefore(left: Happening, right: Happening): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
}

/**
 * Every promise that can go on has gone on when this one resolves: they are all microtasks, and Node turns to what
 * waits for the next tick only when no microtask is left. (A turn of the event loop would do as well, at ten times the
 * price, and a day of the world has a million of these.)
 */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}

/** Whoever watches this process from its own event loop has a turn too: a test's timeout, a signal. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
