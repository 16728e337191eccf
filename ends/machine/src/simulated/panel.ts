import type { Screen } from './wire-message.ts'

/** What a person standing before the machine sees and can touch. */
export interface PanelView {
  readonly screen: Screen
  /** The number its lamp is blinking, or empty. */
  readonly blinking: string
  /** The number engraved on it, or empty. */
  readonly engravedNumber: string
}

const BLANK_SCREEN: Screen = Object.freeze({ kind: 'blank', text: '' })
/** So many may look at one panel. */
const MAX_LISTENERS = 16

/** The front panel: display and lamp, as far as the machine has them. Button and coin slot are on the Thing. */
export class Panel {
  readonly engravedNumber: string
  private readonly has: { readonly display: boolean; readonly lamp: boolean }
  private screen: Screen = BLANK_SCREEN
  private blinking = ''
  private readonly listeners = new Set<(view: PanelView) => void>()

  constructor(has: { display: boolean; lamp: boolean; engravedNumber: string }) {
    this.has = has
    this.engravedNumber = has.engravedNumber
  }

  view(): PanelView {
    return { screen: this.screen, blinking: this.blinking, engravedNumber: this.engravedNumber }
  }

  show(screen: Screen): void {
    if (!this.has.display) return
    this.screen = screen
    this.tell()
  }

  /** Blinks a number; an empty one ends it. */
  blink(number: string): void {
    if (!this.has.lamp) return
    this.blinking = number
    this.tell()
  }

  goDark(): void {
    this.screen = BLANK_SCREEN
    this.blinking = ''
    this.tell()
  }

  /** Calls the watcher after each change; the returned function ends that. */
  watch(watcher: (view: PanelView) => void): () => void {
    if (this.listeners.size >= MAX_LISTENERS) throw new Error(`a panel has at most ${MAX_LISTENERS} watchers`)
    this.listeners.add(watcher)
    return () => this.listeners.delete(watcher)
  }

  private tell(): void {
    const view = this.view()
    for (const watcher of this.listeners) watcher(view)
  }
}
