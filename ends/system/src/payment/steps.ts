import { moneyToJson } from '#protocol/money.ts'
import type { PaymentLog } from './ports.ts'
import type { Payment } from './state.ts'

/**
 * Tells which steps of the method a journaled change was, for whoever watches: the log and, through it, the
 * stage. Derived from what changed, so that nothing is told that did not happen.
 */
export function tellSteps(log: PaymentLog, before: Payment | undefined, after: Payment): void {
  const tell: Tell = (step, [from, to], what) => log.step(step, after, { from, to, what })
  if (!before)
    tell('S2', ['payer', 'system'], {
      machine: after.machineId,
      goods: after.purchase.goods,
      source: after.code ? 'code' : 'printed',
    })
  if (after.check && after.check.nonce !== before?.check?.nonce) {
    tell('S3', ['system', 'chip'], {
      round: after.check.round,
      asks: 'did you issue exactly this, and can you deliver?',
      price: price(after),
      nonce: after.check.nonce,
    })
  }
  if (after.check?.answeredAtMs !== undefined && before?.check?.answeredAtMs === undefined) {
    tell('S3', ['chip', 'system'], {
      round: after.check.round,
      answer: 'ready and reserved',
      boot: after.sample?.boot,
    })
  }
  if (after.state === 'confirming' && before?.state !== 'confirming') {
    tell('S3', ['system', 'payer'], { awaits: 'verification', payee: after.payee.name, price: price(after) })
  }
  if (after.confirmation && !before?.confirmation) {
    tell('S4', ['payer', 'system'], {
      method: after.confirmation.method,
      boundHash: after.confirmation.boundHash,
    })
    tell('S5', ['system', 'system'], { verified: true, method: after.confirmation.method })
  }
  tellOrders(before, after, tell)
  tellMachine(before, after, tell)
  if (after.endReason && !before?.endReason) {
    tell(before?.orders.length ? 'S7' : stepOfEnd(before), ['system', 'payer'], {
      ended: after.endReason,
      charged: 'no',
    })
  }
}

type Tell = (
  step: string,
  way: readonly [from: string, to: string],
  what: Readonly<Record<string, unknown>>,
) => void

function tellOrders(before: Payment | undefined, after: Payment, tell: Tell): void {
  for (const order of after.orders) {
    const known = before?.orders.find((other) => other.orderId === order.orderId)
    const back = order.kind === 'refund' || order.kind === 'release'
    const said = {
      orderId: order.orderId,
      kind: order.kind,
      amountMinor: order.amountMinor.toString(),
      reason: order.reason,
    }
    if (!known) tell(back ? 'S12' : 'S6', ['system', 'bank'], said)
    if (order.status !== (known?.status ?? 'unknown')) {
      tell(back ? 'S12' : 'S7', ['bank', 'system'], {
        ...said,
        status: order.status,
        bankReference: order.bankReference,
        because: order.rejectedBecause,
      })
    }
    if (back && !known)
      tell('S12', ['system', 'payer'], {
        notice: 'the money goes back',
        reason: order.reason,
        price: price(after),
      })
  }
}

function tellMachine(before: Payment | undefined, after: Payment, tell: Tell): void {
  const { command, outcome } = after
  if (command && !before?.command)
    tell('S8', ['system', 'chip'], {
      commandId: command.commandId,
      boot: command.boot,
      deadlineMs: command.deadlineMs,
    })
  if (command?.startedAtMs !== undefined && before?.command?.startedAtMs === undefined) {
    tell('S9', ['machine', 'system'], { started: true, commandId: command.commandId })
  }
  if (!outcome || before?.outcome) return
  const whole = outcome.result === 'delivered'
  const part = `${String(outcome.deliveredMin)} of ${String(outcome.ordered)}`
  tell(whole ? 'S10' : 'S11', ['machine', 'system'], {
    result: outcome.result,
    delivered: part,
    evidence: outcome.evidence,
    reason: outcome.reason,
  })
}

function stepOfEnd(before: Payment | undefined): string {
  return before?.state === 'confirming' ? 'S5' : 'S3'
}

function price(payment: Payment): unknown {
  return moneyToJson({ amountMinor: payment.purchase.amountMinor, currency: payment.purchase.currency })
}
