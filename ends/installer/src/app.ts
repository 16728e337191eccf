import { render } from 'preact'
import { EMPTY_DRAFT } from './draft.ts'
import { takeLost, takeView } from './flow-proof.ts'
import { Following } from './follow.ts'
import { type Model, NOT_LOOKED, screenOf } from './model.ts'
import { progressWords } from './progress-words.ts'
import { Root } from './screens/root.tsx'
import type { Speech } from './words/speak.ts'

/** The page as it stands, and the one way to change it. */
export interface App {
  readonly model: Model
  /** What keeps up with the chip. */
  readonly following: Following
  set(change: Partial<Model>): void
}

/** What is said of time is said in minutes. */
const TICK_MS = 5_000

export function createApp(root: Element, said: Element, speech: Speech): App {
  let model: Model = {
    speech,
    view: null,
    heardAtMs: Date.now(),
    isLost: false,
    lostAtMs: 0,
    isBusy: false,
    isUnsure: false,
    draft: EMPTY_DRAFT,
    faults: {},
    note: null,
    networks: NOT_LOOKED,
    tried: null,
    editing: null,
  }
  const reader = new Reader(root, said)
  let isPainting = false
  let isStale = false
  // A field that goes while it has the focus says so in the middle of painting: then it is painted once more.
  const paint = () => {
    isStale = isPainting
    if (isPainting) return
    isPainting = true
    try {
      render(Root({ app }), root)
    } finally {
      isPainting = false
    }
    if (isStale) paint()
    else reader.keepInPlace(model)
  }
  const app: App = {
    following: new Following({
      onView: (view) => takeView(app, view),
      onLost: (isLost) => takeLost(app, isLost),
    }),
    get model() {
      return model
    },
    set(change) {
      model = { ...model, ...change }
      paint()
    },
  }
  setInterval(paint, TICK_MS)
  return app
}

/**
 * When the screen turns into another, whoever listens hears its title; and the focus, if what had it is gone,
 * goes to the title and not to nowhere (WCAG 2.2, 4.1.3 and 2.4.3). Progress is read out step by step.
 */
class Reader {
  readonly #root: Element
  readonly #said: Element
  #title = ''
  #progress = ''

  constructor(root: Element, said: Element) {
    this.#root = root
    this.#said = said
  }

  keepInPlace(model: Model): void {
    const title = this.#root.querySelector('h1')
    const text = title?.textContent ?? ''
    const isNew = title !== null && text !== this.#title
    const isFirst = this.#title === ''
    this.#title = text
    const progress = screenOf(model, Date.now()) === 'progress' ? progressWords(model) : ''
    const hasMoved = progress !== this.#progress
    this.#progress = progress
    if (isNew) {
      document.title = `${text} · Farthing`
      if (!isFirst) scrollTo(0, 0)
      const isFocusLost = document.activeElement === null || document.activeElement === document.body
      if (isFocusLost && !isFirst) title.focus({ preventScroll: true })
      else this.#said.textContent = text
    } else if (hasMoved) this.#said.textContent = progress
  }
}
