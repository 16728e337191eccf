import { toHex } from '#protocol/bytes.ts'
import type { PaymentId } from '#protocol/identifier.ts'
import { bindingOf } from '#system/payer/binding.ts'
import type { Confirmation, Payment } from '#system/payment/state.ts'
import type { Random } from './random.ts'
import { EPOCH_MS } from './registry.ts'
import type { VirtualTime } from './time.ts'

/** As many as the system allows for one payment (S5). */
export const VERIFICATION_TRIES_MAX = 5

/** What a payer saw and agreed to, kept beside the system for those who check afterwards (I7). */
export interface Agreed {
  readonly paymentId: PaymentId
  readonly atMs: number
  readonly nonce: string
  readonly boundHash: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly iban: string
  readonly machineId: string
}

export type Verdict =
  | { readonly kind: 'right'; readonly confirmation: Confirmation }
  | { readonly kind: 'wrong' | 'exhausted' | 'used' }

/**
 * Stands for passkey and PIN: what the payer signs is the binding of exactly what it sees, and the verification makes
 * that binding anew from what the system holds. Serves once, with few tries.
 */
export class Verifications {
  readonly agreed: Agreed[] = []
  readonly #open = new Map<PaymentId, { readonly nonce: string; triesLeft: number; used: boolean }>()
  readonly #world: { readonly time: VirtualTime; readonly random: Random }

  constructor(world: { readonly time: VirtualTime; readonly random: Random }) {
    this.#world = world
  }

  /** The nonce to confirm with. */
  options(paymentId: PaymentId): string {
    const known = this.#open.get(paymentId)
    if (known && !known.used) return known.nonce
    const nonce = this.#world.random.hex(16)
    this.#open.set(paymentId, { nonce, triesLeft: VERIFICATION_TRIES_MAX, used: false })
    return nonce
  }

  /** What the payer's device makes of what it shows; a wrong PIN makes something else. */
  sign(seen: Payment, nonce: string): string {
    return toHex(bindingOf(seen, nonce))
  }

  /** Also writes down what the payer saw, when it holds. */
  verify(now: Payment, seen: Payment, signed: string): Verdict {
    const { paymentId } = now
    const open = this.#open.get(paymentId)
    if (!open || open.used) return { kind: 'used' }
    open.triesLeft -= 1
    if (open.triesLeft < 0) return { kind: 'exhausted' }
    const boundHash = toHex(bindingOf(now, open.nonce))
    if (boundHash !== signed) return { kind: open.triesLeft === 0 ? 'exhausted' : 'wrong' }
    open.used = true
    const atMs = EPOCH_MS + this.#world.time.nowMs()
    const { amountMinor, currency } = seen.purchase
    const { machineId, payee } = seen
    const what = { amountMinor, currency, iban: payee.iban, machineId }
    this.agreed.push({ paymentId, atMs, nonce: open.nonce, boundHash, ...what })
    return { kind: 'right', confirmation: { method: 'passkey', boundHash, atMs } }
  }
}
