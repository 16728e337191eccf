import type { Order, Payment } from '../payment/state.ts'

const TAKES: readonly Order['kind'][] = ['transfer', 'hold']

/** What the orders add up to, by this file alone; what is wrong with it, in words. */
export function netOrder({ orders, purchase }: Payment): {
  readonly wrong: readonly string[]
  readonly words: string
} {
  const wrong: string[] = []
  const takes = orders.filter(({ kind }) => TAKES.includes(kind))
  if (takes.length !== 1) wrong.push(`${String(takes.length)} orders take the price`)
  if (takes[0]?.amountMinor !== purchase.amountMinor) wrong.push('the order is not for the confirmed amount')
  const sum = (kind: Order['kind']) =>
    orders
      .filter((order) => order.kind === kind && order.status === 'settled')
      .reduce((total, order) => total + order.amountMinor, 0n)
  const taken = sum('transfer') + sum('capture')
  const back = sum('refund')
  if (taken > purchase.amountMinor) wrong.push('more was taken than was confirmed')
  if (back > taken) wrong.push('more went back than was taken')
  const words = `one order for the confirmed amount; settled: ${taken.toString()} taken, ${back.toString()} given back, in minor units of ${purchase.currency}`
  return { wrong, words }
}
