import { render } from 'preact'
import { systemNowMs } from './api.ts'
import type { Model, Page } from './model.ts'
import { FINAL_STATES } from './payment.ts'
import { Root } from './screens/root.tsx'
import { SILENT } from './words/speak.ts'

/** The page as it stands, and the one way to change it. */
export interface App {
  readonly model: Model
  set(change: Partial<Model>): void
  /** Goes to a page that the phone's back button leaves again. */
  visit(page: Page): void
  back(): void
}

const TICK_MS = 1_000

export function createApp(root: Element, said: Element): App {
  let model: Model = {
    speech: SILENT,
    page: { kind: 'opening', title: 'openingTitle', text: 'openingText' },
    view: null,
    isLost: false,
    heardAtMs: Date.now(),
    isBusy: false,
    options: null,
    wantedWay: null,
    note: null,
    aside: null,
  }
  const behind: Page[] = []
  const paint = () => {
    if (model.speech === SILENT) return
    render(Root({ app }), root)
    keepReaderInPlace(root, said)
  }
  const app: App = {
    get model() {
      return model
    },
    set(change) {
      model = { ...model, ...change }
      paint()
    },
    visit(page) {
      behind.push(model.page)
      history.pushState({ depth: behind.length }, '')
      app.set({ page, note: null, aside: null })
      scrollTo(0, 0)
    },
    back() {
      if (behind.length > 0) history.back()
      else app.set({ page: { kind: 'home' }, note: null })
    },
  }
  addEventListener('popstate', () => {
    const page = behind.pop()
    if (page === undefined) return
    // Back never leads away from a payment that is going on.
    const isGoingOn = model.view !== null && !FINAL_STATES.has(model.view.state)
    app.set({
      page: isGoingOn && page.kind !== 'history' ? { kind: 'payment' } : page,
      note: null,
      aside: null,
    })
  })
  // Back from the bank by the phone's back button: the page is as it was left, in the middle of leaving.
  addEventListener('pageshow', (event) => event.persisted && app.set({ isBusy: false }))
  setInterval(() => {
    const expiresAtMs = model.page.kind === 'payment' ? model.view?.expiresAtMs : undefined
    if (expiresAtMs !== undefined && expiresAtMs > systemNowMs()) paint()
  }, TICK_MS)
  return app
}

let titleShown = ''

/**
 * When the screen turns into another, whoever listens hears its title; and the focus, if what had it is gone,
 * goes to the title and not to nowhere (WCAG 2.2, 4.1.3 and 2.4.3).
 */
function keepReaderInPlace(root: Element, said: Element): void {
  const title = root.querySelector('h1')
  const text = title?.textContent ?? ''
  if (title === null || text === titleShown) return
  const isFirst = titleShown === ''
  titleShown = text
  document.title = `${text} · Farthing`
  const money = root.querySelector('[data-testid=money-line]')?.textContent ?? ''
  const isFocusLost = document.activeElement === null || document.activeElement === document.body
  if (isFocusLost && !isFirst) title.focus({ preventScroll: true })
  else said.textContent = [money, text].filter((part) => part !== '').join('. ')
}
