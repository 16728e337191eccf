import { get } from './api.ts'
import type { App } from './app.ts'
import { follow } from './flow-claim.ts'
import { readFragment } from './fragment.ts'
import { stopFollowing } from './flow-payment.ts'
import { FINAL_STATES, type PaymentView } from './payment.ts'
import { forgetPayment } from './storage.ts'

/** Receipts, scanning, and home: what is not about the payment of the moment. */

interface HistoryPage {
  readonly payments: readonly PaymentView[]
  readonly nextCursor?: string | null
}

export async function openHistory(app: App): Promise<void> {
  if (app.model.page.kind === 'history' || app.model.isBusy) return
  app.set({ isBusy: true })
  const answer = await get<HistoryPage>('/v1/payer/payments', { chargedIfLost: 'no' })
  app.set({ isBusy: false })
  if (answer.ok) {
    const { payments, nextCursor } = answer.value
    app.visit({ kind: 'history', views: payments, cursor: nextCursor ?? null })
  } else {
    app.visit({ kind: 'problem', problem: answer.problem, retry: null })
  }
}

export async function openOlder(app: App): Promise<void> {
  const { page } = app.model
  if (page.kind !== 'history' || page.cursor === null || app.model.isBusy) return
  app.set({ isBusy: true })
  const answer = await get<HistoryPage>(`/v1/payer/payments?cursor=${encodeURIComponent(page.cursor)}`)
  app.set({ isBusy: false })
  if (!answer.ok || app.model.page !== page) return
  const { payments, nextCursor } = answer.value
  app.set({ page: { kind: 'history', views: [...page.views, ...payments], cursor: nextCursor ?? null } })
}

/** Home, unless a payment is going on: then that is what there is to see. */
export function goHome(app: App): void {
  const { view } = app.model
  if (view !== null && !FINAL_STATES.has(view.state))
    return app.set({ page: { kind: 'payment' }, note: null })
  stopFollowing()
  forgetPayment()
  app.set({ page: { kind: 'home' }, view: null, note: null, aside: null })
}

export function openScanner(app: App): void {
  app.visit({ kind: 'scan', state: { kind: 'starting' } })
}

/** What the camera read. Only codes of this very site are followed; others are named, and refused. */
export function takeScanned(app: App, text: string): 'taken' | 'refused' {
  const { page } = app.model
  if (page.kind !== 'scan') return 'taken'
  const url = urlIn(text)
  if (url === null) {
    app.set({ page: { kind: 'scan', state: { kind: 'other' } } })
    return 'refused'
  }
  if (url.origin !== location.origin) {
    app.set({ page: { kind: 'scan', state: { kind: 'foreign', host: url.host } } })
    return 'refused'
  }
  const fragment = readFragment(url.hash)
  if (url.pathname !== '/' || fragment.kind === 'none' || fragment.kind === 'other') {
    app.set({ page: { kind: 'scan', state: { kind: 'other' } } })
    return 'refused'
  }
  void follow(app, fragment)
  return 'taken'
}

function urlIn(text: string): URL | null {
  try {
    const url = new URL(text)
    return url.protocol === 'https:' || url.protocol === 'http:' ? url : null
  } catch {
    return null
  }
}
