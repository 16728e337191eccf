import type { RunningHouse } from '#hosting/house.ts'
import { Payer, type PayerOptions } from './payer.ts'

export type PayerHabits = Pick<PayerOptions, 'confirmsWith' | 'approves'>

/** The customer of the house's bank with this name, with a phone. */
export function payerOf(house: RunningHouse, username: string, habits: PayerHabits): Payer {
  const password = house.provisioned.customerPasswords.get(username)
  if (password === undefined) throw new Error(`the bank has no customer ${username}`)
  return new Payer({ systemUrl: house.systemUrl, bankUrl: house.bankUrl, username, password, ...habits })
}

/** Some pay with a passkey and some with a PIN; some approve each payment at the bank, some once for many. */
export function habitsOf(index: number): PayerHabits {
  return {
    confirmsWith: index % 2 === 0 ? 'passkey' : 'pin',
    approves: index % 3 === 0 ? 'approve-once' : 'approve-mandate',
  }
}
