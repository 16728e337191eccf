import { QUICK_TIMEOUT_MS, askView } from './api.ts'
import type { App } from './app.ts'
import { withCable, withKnown } from './draft.ts'
import { lookAround } from './flow-form.ts'
import { NOT_LOOKED } from './model.ts'
import { problemLine } from './problem.ts'
import type { SetupView } from './setup.ts'

/** From the hotspot into the form: the chip's state as it comes, and the label's proof. */

export function takeView(app: App, view: SetupView): void {
  const { isUnsure, note, draft } = app.model
  const isMissed = isUnsure && view.phase === 'open'
  // What was said of the screen before is not true of the next one.
  const kept = view.phase === app.model.view?.phase ? note : null
  const isShut = view.phase === 'locked' || view.phase === 'closed'
  const networks = isShut ? NOT_LOOKED : app.model.networks
  const isFormOpen = view.phase === 'open' || view.phase === 'failed'
  // Once: a field that was emptied afterwards was emptied on purpose.
  const isFirst = isFormOpen && networks.state === 'none'
  app.set({
    view,
    heardAtMs: Date.now(),
    isUnsure: false,
    draft: withCable(isFirst ? withKnown(draft, view) : draft, view),
    note: isMissed ? { key: 'problemNotSent' } : kept,
    networks,
    ...(view.phase === 'working' ? { editing: null, faults: {} } : {}),
  })
  if (isFirst) void lookAround(app)
}

export function takeLost(app: App, isLost: boolean): void {
  if (app.model.isLost !== isLost) app.set({ isLost, lostAtMs: Date.now() })
}

/** Once: a wrong proof counts, and an answer that got lost must not count twice. */
export async function sendProof(app: App): Promise<void> {
  const proof = app.model.draft.proof.trim()
  if (app.model.isBusy) return
  if (proof === '') return app.set({ note: { key: 'proofMissing' } })
  app.set({ isBusy: true, note: null })
  const answer = await askView('/api/proof', { timeoutMs: QUICK_TIMEOUT_MS, body: { proof } })
  app.set({ isBusy: false })
  if (answer.ok) {
    app.set({ draft: { ...app.model.draft, proof: '' } })
    app.following.take(answer.value)
    app.following.openAnew()
    return
  }
  const { code, triesLeft } = answer.problem
  const { view } = app.model
  app.set({
    note: code === 'proof-wrong' ? { key: 'proofWrong' } : problemLine(answer.problem),
    view: view === null || triesLeft === undefined ? view : { ...view, triesLeft },
  })
  app.following.wake()
}
