import { get, post } from './api.ts'
import type { App } from './app.ts'
import { showPayment, stopFollowing } from './flow-payment.ts'
import { type Fragment, readFragment } from './fragment.ts'
import type { MachineView, PaymentView, Problem, Product } from './payment.ts'
import { beginClaim, dropClaim, forgetPayment, keepClaim, rememberedPayment } from './storage.ts'

/** From what stands in the address, or was scanned, to a payment. */

/** The end of a signature: no two codes share it, and it does not have to be hashed. */
const MARK_LENGTH = 40

/** Where the page begins: with a code, back from the bank, at the payment it was at, or at home. */
export async function begin(app: App): Promise<void> {
  const fragment = readFragment(location.hash)
  if (fragment.kind !== 'none') return follow(app, fragment)
  const isReturn = location.pathname === '/return'
  if (isReturn) history.replaceState(null, '', '/')
  const paymentId = rememberedPayment() ?? (isReturn ? await openPaymentOfThisPhone() : null)
  if (paymentId === null) return app.set({ page: { kind: 'home' } })
  showPayment(app, paymentId, null)
}

/** The phone came back from its bank, but in a browser window that remembers nothing. */
async function openPaymentOfThisPhone(): Promise<string | null> {
  const answer = await get<{ payments: PaymentView[] }>('/v1/payer/payments')
  const open = answer.ok ? answer.value.payments.find((view) => view.state === 'confirm') : undefined
  return open?.paymentId ?? null
}

export async function follow(app: App, fragment: Fragment): Promise<void> {
  stopFollowing()
  switch (fragment.kind) {
    case 'code':
      return claim(app, { mark: fragment.code.slice(-MARK_LENGTH), body: { code: fragment.code } })
    case 'printed':
      return openMachine(app, fragment.chipId)
    case 'other':
      history.replaceState(null, '', '/')
      return refuse(app, { code: 'code-malformed', charged: 'no', retryable: false }, null)
    case 'none':
      return app.set({ page: { kind: 'home' } })
  }
}

async function openMachine(app: App, chipId: string): Promise<void> {
  app.set({ view: null, page: { kind: 'opening', title: 'openingTitle', text: 'openingText' } })
  const answer = await get<MachineView>(`/v1/machines/${chipId}`, { chargedIfLost: 'no' })
  if (!answer.ok) return refuse(app, answer.problem, () => void openMachine(app, chipId))
  const [first, ...others] = answer.value.products
  if (first !== undefined && others.length === 0) return chooseProduct(app, chipId, first)
  app.set({ page: { kind: 'machine', chipId, machine: answer.value } })
}

export async function chooseProduct(app: App, chipId: string, product: Product): Promise<void> {
  await claim(app, { mark: `m.${chipId}.${String(product.id)}`, body: { chipId, productId: product.id } })
}

interface Wish {
  readonly mark: string
  readonly body: { readonly code: string } | { readonly chipId: string; readonly productId: number }
}

/** The one POST. Its key is stored before it is sent, so that a reload asks again and never twice. */
async function claim(app: App, wish: Wish): Promise<void> {
  const begun = beginClaim(wish.mark)
  if (begun.paymentId !== undefined) {
    clearAddress()
    return showPayment(app, begun.paymentId, null)
  }
  app.set({ view: null, page: { kind: 'opening', title: 'askingTitle', text: 'askingText' } })
  const answer = await post<PaymentView>('/v1/payments', {
    body: wish.body,
    idempotencyKey: begun.idempotencyKey,
    chargedIfLost: 'no',
  })
  if (answer.ok) {
    const { paymentId } = answer.value
    // A printed code is claimed anew each time it is scanned, a fresh one only ever once.
    if ('code' in wish.body) keepClaim({ ...begun, paymentId })
    else dropClaim(wish.mark)
    clearAddress()
    return showPayment(app, paymentId, answer.value)
  }
  if (answer.problem.code !== 'offline') dropClaim(wish.mark)
  refuse(app, answer.problem, () => void claim(app, wish))
}

/** The code is used: it leaves the address bar, so that a reload or a shared link does not carry it on. */
function clearAddress(): void {
  history.replaceState(history.state, '', '/')
}

function refuse(app: App, problem: Problem, retry: (() => void) | null): void {
  if (problem.code !== 'offline') {
    forgetPayment()
    clearAddress()
  }
  app.set({ page: { kind: 'problem', problem, retry: problem.retryable ? retry : null } })
}
