import { PaymentId } from '#protocol/identifier.ts'
import { Refusal } from '../error/problem.ts'
import { loadPlacard } from '../machine/load.ts'
import type { Device } from '../payer/device.ts'
import { needsApproval } from '../payer/verification.ts'
import type { Payment } from '../payment/state.ts'
import { type PaymentView, paymentView } from '../payment/view.ts'
import type { HttpContext } from './context.ts'

/** The payment as the payer on this device sees it. */
export async function viewOf(context: HttpContext, payment: Payment, device: Device): Promise<PaymentView> {
  const present = await context.machines.machineByChip(payment.chipId)
  // A chip that was released may be in another machine by now; the payment stays one of the machine it was made at.
  const record =
    present?.machineId === payment.machineId ? present : await loadPlacard(context.sql, payment.machineId)
  if (record === null) throw new Error('a payment names a machine that is not registered')
  const approvalNeeded =
    payment.state === 'confirming' && (await needsApproval(context.verifying, payment, device))
  const view = paymentView(payment, { record, needsApproval: approvalNeeded, nowMs: context.nowMs() })
  if (payment.presence.method !== 'plate' || payment.presence.satisfied) return view
  // The engraved number is what the payer is asked for: until it is given, it is not told.
  const { name, place } = view.machine
  return { ...view, machine: { name, place } }
}

/** I18: for the device that claimed it, or another one that its payer is signed in on; for anybody else it is not. */
export async function ownPayment(context: HttpContext, paymentId: string, device: Device): Promise<Payment> {
  const id = PaymentId.parse(paymentId)
  const payment = id === null ? undefined : await context.service.read(id)
  if (payment === undefined || !isOwn(payment, device)) throw new Refusal('payment-unknown')
  return payment
}

/** The same, for what only the device that claimed it may do. */
export async function claimedPayment(
  context: HttpContext,
  paymentId: string,
  device: Device,
): Promise<Payment> {
  const payment = await ownPayment(context, paymentId, device)
  if (payment.deviceId !== device.deviceId) throw new Refusal('payment-unknown')
  return payment
}

function isOwn(payment: Payment, device: Device): boolean {
  if (payment.deviceId === device.deviceId) return true
  return device.payerId !== null && payment.payerId === device.payerId && payment.confirmation !== undefined
}
