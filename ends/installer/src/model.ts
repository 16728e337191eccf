import type { Draft } from './draft.ts'
import { chosenSsid } from './draft.ts'
import { shownName } from './network-name.ts'
import type { Faults, Field } from './set-up-request.ts'
import type { SeenNetwork, SetupView } from './setup.ts'
import { tidyAddress } from './typed.ts'
import type { Key } from './words/en.ts'
import type { Line, Speech, Values } from './words/speak.ts'

export type Screen = 'proof' | 'closed' | 'form' | 'progress' | 'failed' | 'done'

export interface Model {
  readonly speech: Speech
  /** The chip's last word; null before its first. */
  readonly view: SetupView | null
  readonly heardAtMs: number
  readonly isLost: boolean
  readonly lostAtMs: number
  /** Something was sent and its answer is awaited: its button says so, and cannot be pressed twice. */
  readonly isBusy: boolean
  /** The set-up was sent, and no answer says yet whether it arrived. */
  readonly isUnsure: boolean
  readonly draft: Draft
  readonly faults: Faults
  /** What went wrong with the last touch; shown at the form and read out. */
  readonly note: Line | null
  readonly networks: {
    readonly state: 'none' | 'looking' | 'seen' | 'failed'
    readonly seen: readonly SeenNetwork[]
    readonly isAllShown: boolean
  }
  readonly tried: null | 'trying' | { readonly key: Key; readonly isGood: boolean }
  /** After a failure: back in the form, and where the failure is mended there, in which field. */
  readonly editing: null | { readonly field: Field | null }
}

export const NOT_LOOKED: Model['networks'] = { state: 'none', seen: [], isAllShown: false }

/** Pure: what is to be seen. */
export function screenOf(model: Model, nowMs: number): Screen {
  const { view, isUnsure, isLost, editing } = model
  if (view === null) return 'proof'
  if (view.phase === 'done' || view.phase === 'closed') return view.phase
  if (isUnsure || view.phase === 'working') return 'progress'
  // The hotspot went with set-up mode: nobody can tell this phone any more.
  if (isLost && secondsLeft(model, nowMs) <= 0) return 'closed'
  if (view.phase === 'locked') return 'proof'
  return view.phase === 'failed' && editing === null ? 'failed' : 'form'
}

/** Until set-up mode closes, by the chip's last word. */
export function secondsLeft({ view, heardAtMs }: Model, nowMs: number): number {
  return (view?.closesInS ?? 0) - (nowMs - heardAtMs) / 1_000
}

/** What goes into the `{places}` of the words about a set-up. */
export function placesOf({ view, draft }: Model): Values {
  const chip = view?.chip.chipId ?? ''
  return {
    ssid: shownName(view?.given?.ssid ?? chosenSsid(draft) ?? ''),
    host: tidyAddress(view?.given?.systemAddress ?? draft.address),
    name: view?.chip.name ?? '',
    chip: labelNumber(chip),
  }
}

const LABEL_GROUP = /.{4}(?=.)/g

/** As it is printed on the label. */
export function labelNumber(chipId: string): string {
  return chipId.toUpperCase().replaceAll(LABEL_GROUP, '$&\u00a0')
}
