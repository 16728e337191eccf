import { createHash } from 'node:crypto'
import { encodePayment } from './codec.ts'
import type { Payment } from './state.ts'

/** The chain of a payment that does not exist yet. */
export const CHAIN_START = '0'.repeat(64)

/**
 * The link of the audit chain (I11): SHA-256 over the link before, the version, and the event's bytes as they
 * are stored. Whoever changes, drops or reorders one entry breaks every link after it.
 */
export function chainHash(previousHash: string, version: number, eventText: string): string {
  return createHash('sha256')
    .update(`${previousHash}\n${String(version)}\n${eventText}`)
    .digest('hex')
}

/** The first entry holds the payment as it was claimed, so that replaying starts from it. */
export function claimedEntryText(payment: Payment): string {
  return `{"kind":"claimed","payment":${encodePayment({ ...payment, chainHash: CHAIN_START })}}`
}
