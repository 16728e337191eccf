import type { ChipId } from '#protocol/identifier.ts'
import type { Bank } from '../bank/port.ts'
import type { Clock, RandomHex } from '../clock.ts'
import type { MachineRecord } from '../machine/record.ts'
import type { Journal } from './journal.ts'
import type { ChipEffect } from '../chip/outgoing.ts'
import type { Payment } from './state.ts'

/** The world, as far as payments need it. */
export interface PaymentPorts {
  readonly journal: Journal
  readonly bank: Bank
  readonly chips: { carryOut(payment: Payment, effect: ChipEffect): Promise<void> }
  readonly machines: {
    machineByChip(chipId: ChipId): Promise<MachineRecord | null>
    /** Past every memory: for the moments before money is spent or a machine moves. */
    isEnabledNow(chipId: ChipId): Promise<boolean>
  }
  /** What the bank says of a mandate: granted, refused, or undefined while it has not been decided or is unknown. */
  readonly askApproval: (mandateId: string) => Promise<boolean | undefined>
  readonly clock: Clock
  readonly random: RandomHex
  readonly log: PaymentLog
}

export interface PaymentLog {
  /** A step of the method that really happened, for whoever watches. */
  step(step: string, payment: Payment, said: Readonly<Record<string, unknown>>): void
  warn(message: string, details: Readonly<Record<string, unknown>>): void
}
