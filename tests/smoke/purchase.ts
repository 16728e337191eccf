import { setTimeout as pause } from 'node:timers/promises'
import type { RunningMachine } from '#hosting/house-machine.ts'
import type { PaymentView } from '#system/payment/view.ts'
import { DONE, NotCharged, type Payer } from '../payer/payer.ts'

const PRESENCE_POLL_MS = 40
const PRESENCE_LIMIT_MS = 10_000
const STEP_LIMIT_MS = 60_000
export const END_LIMIT_MS = 180_000

/** What the person at this machine has in hand: the code on the display, or the printed one. */
export async function codeOf(machine: RunningMachine): Promise<object> {
  if (machine.plan.codes === 'printed') return { chipId: machine.chipId, productId: 1 }
  const endMs = Date.now() + STEP_LIMIT_MS
  for (;;) {
    const shown = /#([A-Za-z0-9_-]+)$/.exec(machine.thing.panel.view().screen.url ?? '')?.[1]
    if (shown !== undefined) return { code: shown }
    if (Date.now() > endMs) throw new NotCharged('no-code-shown')
    await pause(PRESENCE_POLL_MS)
  }
}

/** One purchase as its payer makes it, from the code to the end. Throws NotCharged where it is refused. */
export async function purchase(payer: Payer, machine: RunningMachine): Promise<PaymentView> {
  const confirmed = await confirmedPayment(payer, machine)
  return payer.until(confirmed.paymentId, DONE, END_LIMIT_MS)
}

/** The same up to S4. */
export async function confirmedPayment(payer: Payer, machine: RunningMachine): Promise<PaymentView> {
  const claimed = await payer.claim(await codeOf(machine))
  const { paymentId } = claimed
  const checked = await payer.until(paymentId, ['presence', 'confirm'], STEP_LIMIT_MS)
  if (checked.state === 'presence') await showPresence(payer, machine, checked)
  const waiting = await payer.until(paymentId, ['confirm'], STEP_LIMIT_MS)
  if (waiting.state === 'confirm') await payer.confirm(waiting)
  return waiting
}

async function showPresence(payer: Payer, machine: RunningMachine, payment: PaymentView): Promise<void> {
  switch (payment.presence.method) {
    case 'button':
      machine.thing.pressButton()
      return
    case 'plate':
      await payer.act(payment.paymentId, 'presence', { text: machine.plan.number ?? '' })
      return
    case 'blink':
      await payer.act(payment.paymentId, 'presence', { text: await blinks(machine) })
      return
    case 'none':
    case 'words':
      return
  }
}

async function blinks(machine: RunningMachine): Promise<string> {
  const endMs = Date.now() + PRESENCE_LIMIT_MS
  for (;;) {
    const { blinking } = machine.thing.panel.view()
    if (blinking !== '') return blinking
    if (Date.now() > endMs) throw new NotCharged('nothing-blinks')
    await pause(PRESENCE_POLL_MS)
  }
}
