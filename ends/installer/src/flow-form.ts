import { QUICK_TIMEOUT_MS, SLOW_TIMEOUT_MS, ask, askView } from './api.ts'
import { MENDED_AT } from './advice.ts'
import type { App } from './app.ts'
import { type Draft, withSeen } from './draft.ts'
import { arranged } from './networks.ts'
import { problemLine } from './problem.ts'
import { FIELDS, type Faults, type Field, fieldOfPath, requestOf } from './set-up-request.ts'
import type { MachineState, SeenNetwork } from './setup.ts'
import type { Key } from './words/en.ts'

/** What the installer does in the form, and after a failure. */

export async function lookAround(app: App): Promise<void> {
  const { networks } = app.model
  if (networks.state === 'looking') return
  app.set({ networks: { ...networks, state: 'looking' } })
  const answer = await ask<{ networks: SeenNetwork[] }>('/api/networks', { timeoutMs: SLOW_TIMEOUT_MS })
  const now = app.model.networks
  if (!answer.ok || !Array.isArray(answer.value.networks))
    return app.set({ networks: { ...now, state: 'failed' } })
  const seen = arranged(answer.value.networks)
  app.set({ networks: { ...now, state: 'seen', seen }, draft: withSeen(app.model.draft, seen) })
}

/** Something was typed or chosen: what was wrong there, and what was tried with it, is not true any more. */
export function edit(app: App, field: Field, draft: Draft): void {
  const faults: Faults = { ...app.model.faults, [field]: undefined }
  const { editing, tried } = app.model
  const isMachine = field === 'driver' || field === 'wiring'
  app.set({
    draft,
    faults: field === 'network' ? { ...faults, ssid: undefined, passphrase: undefined } : faults,
    tried: isMachine ? null : tried,
    editing: editing?.field === field ? { field: null } : editing,
  })
}

const TRIED: Readonly<Record<MachineState, Key>> = {
  ready: 'tryReady',
  busy: 'tryBusy',
  'in-use': 'tryInUse',
  empty: 'tryEmpty',
  fault: 'tryFault',
  unpowered: 'tryUnpowered',
}
const BAD_STATES: ReadonlySet<MachineState> = new Set(['fault', 'unpowered'])

type Tried =
  | { readonly ok: true; readonly state: MachineState }
  | { readonly ok: false; readonly code: string }

export async function tryMachine(app: App): Promise<void> {
  const { draft, tried } = app.model
  if (tried === 'trying') return
  if (draft.driver === '' || draft.wiring === '')
    return app.set({ tried: { key: 'tryChoose', isGood: false } })
  app.set({ tried: 'trying' })
  const body = { driver: draft.driver, wiring: draft.wiring }
  const answer = await ask<Tried>('/api/machine-try', { timeoutMs: SLOW_TIMEOUT_MS, body })
  const now = app.model.draft
  // Chosen anew meanwhile: this answer is about something else.
  if (now.driver !== draft.driver || now.wiring !== draft.wiring) return
  if (!answer.ok) {
    const line = problemLine(answer.problem)
    app.following.wake()
    return app.set({ tried: line && { key: line.key, isGood: false } })
  }
  const { value } = answer
  if (value.ok)
    return app.set({
      tried: { key: TRIED[value.state] ?? 'tryReady', isGood: !BAD_STATES.has(value.state) },
    })
  app.set({ tried: { key: value.code === 'busy' ? 'problemBusy' : 'trySilent', isGood: false } })
}

/** The one POST that counts. An answer that gets lost with the hotspot is not a failure: the state will tell. */
export async function sendSetUp(app: App): Promise<void> {
  const { view, draft, isBusy } = app.model
  if (view === null || isBusy) return
  const request = requestOf(draft, view)
  if (!request.ok) return showFaults(app, request.faults)
  app.set({ isBusy: true, note: null, faults: {} })
  const answer = await askView('/api/set-up', { timeoutMs: QUICK_TIMEOUT_MS, body: request.given })
  app.set({ isBusy: false })
  if (answer.ok) return app.following.take(answer.value)
  const field = fieldOfPath(answer.problem.field)
  const line = problemLine(answer.problem)
  if (answer.problem.code === 'offline') app.set({ isUnsure: true })
  else if (field === null || line === null) app.set({ note: line, editing: { field: null } })
  else showFaults(app, { [field]: line })
  app.following.wake()
}

/** Out of the failure's screen into the form, where everything that was typed still stands. */
export function change(app: App): void {
  const code = app.model.view?.failure?.code
  const field = code === undefined ? null : MENDED_AT[code]
  const isOfSystem = field === 'address' || field === 'claimCode'
  const { draft } = app.model
  app.set({
    editing: { field },
    note: null,
    draft: isOfSystem ? { ...draft, isScanned: false } : draft,
  })
  if (field !== null) focusOn(field)
}

export function typeSystemMyself(app: App): void {
  app.set({ draft: { ...app.model.draft, isScanned: false, address: '', claimCode: '' } })
  focusOn('address')
}

function showFaults(app: App, faults: Faults): void {
  const { draft } = app.model
  const isOfSystem = faults.address !== undefined || faults.claimCode !== undefined
  app.set({
    faults,
    note: { key: 'lookAbove' },
    editing: app.model.editing ?? { field: null },
    draft: isOfSystem ? { ...draft, isScanned: false } : draft,
  })
  const first = FIELDS.find((field) => faults[field] !== undefined)
  if (first !== undefined) focusOn(first)
}

function focusOn(field: Field): void {
  const fields = [...document.querySelectorAll<HTMLInputElement>(`[data-field="${field}"] input`)]
  const found = fields.find(({ checked }) => checked) ?? fields.find(({ disabled }) => !disabled)
  found?.focus()
  found?.closest('.field, fieldset')?.scrollIntoView({ block: 'center' })
}
