import { type Answer, get, post } from './api.ts'
import type { App } from './app.ts'
import { follow } from './follow.ts'
import { usePasskey, waysOf, passkeySupport } from './passkey.ts'
import type { ConfirmationOptions, PaymentView, Problem } from './payment.ts'
import { dropClaimOf, forgetPayment, freshKey, rememberPayment } from './storage.ts'

/** What the payer does with a payment, and how the page keeps up with it. */

const PIN_SHAPE = /^\d{6}$/
/** Options carry a challenge that ages; older ones are asked for again before they are used. */
const OPTIONS_MAX_MS = 90_000

let stop: (() => void) | null = null
let optionsAtMs = 0
let isAskingOptions = false

export function stopFollowing(): void {
  stop?.()
  stop = null
}

/** Shows a payment and follows it from now on. `view` may be known already. */
export function showPayment(app: App, paymentId: string, view: PaymentView | null): void {
  stopFollowing()
  rememberPayment(paymentId)
  optionsAtMs = 0
  app.set({
    view,
    page: { kind: 'payment' },
    isBusy: false,
    options: null,
    wantedWay: null,
    note: null,
    aside: null,
    isLost: false,
    heardAtMs: Date.now(),
  })
  if (view !== null) onView(app, view)
  stop = follow(paymentId, {
    onView: (newer) => onView(app, newer),
    onLost: (isLost) => app.set(isLost ? { isLost } : { isLost, heardAtMs: Date.now() }),
    onRefused: (problem) => {
      forgetPayment()
      dropClaimOf(paymentId)
      app.set({ view: null, page: { kind: 'problem', problem, retry: null } })
    },
  })
}

function onView(app: App, view: PaymentView): void {
  const { page, view: before } = app.model
  const isTurned = before?.state !== view.state
  const isElsewhere = page.kind === 'history' || page.kind === 'receipt' || page.kind === 'scan'
  app.set({
    view,
    heardAtMs: Date.now(),
    ...(isElsewhere ? {} : { page: { kind: 'payment' } as const }),
    ...(isTurned ? { note: null, aside: null, isBusy: false } : {}),
  })
  if (view.state === 'confirm' && !view.needsApproval) void loadOptions(app)
}

/** Before the payer touches anything: a browser allows a passkey only right after the touch. */
export async function loadOptions(app: App): Promise<ConfirmationOptions | null> {
  const { view, options } = app.model
  if (options !== null && Date.now() - optionsAtMs < OPTIONS_MAX_MS) return options
  if (view === null || isAskingOptions) return null
  isAskingOptions = true
  const answer = await get<ConfirmationOptions>(`${pathOf(view)}/confirmation-options`, {
    chargedIfLost: 'no',
  })
  isAskingOptions = false
  if (answer.ok) {
    optionsAtMs = Date.now()
    app.set({ options: answer.value })
    return answer.value
  }
  if (app.model.view?.state === 'confirm') app.set({ note: { problem: answer.problem } })
  return null
}

const pathOf = (view: PaymentView) => `/v1/payments/${encodeURIComponent(view.paymentId)}`

interface Action {
  readonly name: 'presence' | 'cancellation' | 'approval' | 'stop' | 'complaint' | 'confirmation'
  readonly body?: unknown
  readonly chargedIfLost: Problem['charged']
}

async function act<Value>(app: App, action: Action): Promise<Answer<Value> | null> {
  const { view, isBusy } = app.model
  if (view === null || isBusy) return null
  app.set({ isBusy: true, note: null })
  const answer = await post<Value>(`${pathOf(view)}/${action.name}`, {
    body: action.body ?? {},
    idempotencyKey: freshKey(),
    chargedIfLost: action.chargedIfLost,
  })
  app.set({ isBusy: false })
  if (!answer.ok) app.set({ note: { problem: answer.problem } })
  return answer
}

/** An action whose answer is the payment as it then stands. */
async function turn(app: App, action: Action): Promise<boolean> {
  const answer = await act<PaymentView>(app, action)
  if (answer?.ok === true && answer.value.version >= (app.model.view?.version ?? 0)) onView(app, answer.value)
  return answer?.ok === true
}

export async function showPresence(app: App, text: string): Promise<void> {
  if (text !== '') await turn(app, { name: 'presence', body: { text }, chargedIfLost: 'no' })
}

export async function cancel(app: App): Promise<void> {
  await turn(app, { name: 'cancellation', chargedIfLost: 'no' })
}

export async function stopMachine(app: App): Promise<void> {
  await turn(app, { name: 'stop', chargedIfLost: 'unknown' })
}

/** The payment was over, so it was followed no longer; now it goes on, with the refund. */
export async function complain(app: App): Promise<void> {
  if (!(await turn(app, { name: 'complaint', chargedIfLost: 'unknown' }))) return
  const { view } = app.model
  if (view !== null) showPayment(app, view.paymentId, view)
}

export async function goToBank(app: App): Promise<void> {
  const answer = await act<{ redirectUrl: string }>(app, { name: 'approval', chargedIfLost: 'no' })
  if (answer?.ok !== true) return
  const url = URL.parse?.(answer.value.redirectUrl) ?? new URL(answer.value.redirectUrl)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return
  app.set({ isBusy: true })
  location.assign(url)
}

/** One touch: the phone's passkey over exactly this payment, then its proof to the system. */
export async function confirmByPasskey(app: App): Promise<void> {
  if (app.model.isBusy) return
  const options = await loadOptions(app)
  if (options === null) return
  app.set({ isBusy: true, note: null })
  const proof = await usePasskey(options)
  app.set({ isBusy: false })
  // A challenge serves once; the next try gets a new one.
  optionsAtMs = 0
  if (proof === null) {
    app.set({ note: { key: 'passkeyNotUsed' } })
    await loadOptions(app)
    const { other } = waysOf(options, passkeySupport(), null)
    if (other === 'new-pin') app.set({ wantedWay: other })
    return
  }
  await confirm(app, proof)
}

/** `again` is given when the PIN is being chosen. */
export async function confirmByPin(app: App, pin: string, again: string | null): Promise<void> {
  if (!PIN_SHAPE.test(pin)) return app.set({ note: { key: 'pinShape' } })
  if (again !== null && again !== pin) return app.set({ note: { key: 'pinDiffers' } })
  await confirm(app, again === null ? { pin } : { newPin: pin })
}

async function confirm(app: App, proof: Record<string, unknown>): Promise<void> {
  const isDone = await turn(app, { name: 'confirmation', body: proof, chargedIfLost: 'unknown' })
  if (!isDone && app.model.view?.state === 'confirm') {
    const { note } = app.model
    optionsAtMs = 0
    await loadOptions(app)
    const isPinUnset = note !== null && 'problem' in note && note.problem.code === 'pin-unset'
    app.set({ note, ...(isPinUnset ? { wantedWay: 'new-pin' as const } : {}) })
  }
}
