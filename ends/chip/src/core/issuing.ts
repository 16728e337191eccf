import {
  type CodeHash,
  type Currency,
  hashCode,
  type PaymentId,
  paymentCodeUrl,
  type Product,
  type Refusal,
  seal,
} from '#protocol'
import type { Memory } from './memory.ts'
import type { ChipPorts } from './ports.ts'
import type { ChipSettings } from './settings.ts'
import type { Tariffs } from './tariff.ts'

/** A code of this boot. Codes of earlier boots are not remembered, and so never confirmed. */
export interface IssuedCode {
  readonly counter: number
  readonly code: Uint8Array
  readonly codeHash: CodeHash
  readonly url: string
  readonly product: Product
  readonly tariffVersion: number
  readonly amountMinor: bigint
  readonly currency: Currency
  /** On the chip's monotonic clock. */
  readonly expiresAtMs: number
  /** The one payment that may use it, once one has reserved the machine with it. */
  usedBy: PaymentId | undefined
}

export type IssueResult =
  | { readonly ok: true; readonly value: IssuedCode }
  | { readonly ok: false; readonly error: Refusal }

/** The newest codes are remembered; older ones answer `not-issued`. */
const MAX_CODES_REMEMBERED = 64
const MS_PER_S = 1000

/** S1: makes payment codes, and knows which ones it made. */
export class Issuing {
  private readonly ports: ChipPorts
  private readonly settings: ChipSettings
  private readonly memory: Memory
  private readonly tariffs: Tariffs
  private readonly codes = new Map<number, IssuedCode>()

  constructor(ports: ChipPorts, parts: { settings: ChipSettings; memory: Memory; tariffs: Tariffs }) {
    this.ports = ports
    this.settings = parts.settings
    this.memory = parts.memory
    this.tariffs = parts.tariffs
  }

  /** A fresh signed code for a product at the tariff in force. */
  issue(productId: number): IssueResult {
    const issuedAtS = this.ports.clock.wallS()
    if (issuedAtS === undefined) return { ok: false, error: 'clock-unset' }
    const tariff = this.tariffs.inForce()
    if (tariff === undefined) return { ok: false, error: 'tariff-differs' }
    const product = this.tariffs.product(productId)
    if (product === undefined) return { ok: false, error: 'unknown-product' }
    const { tariffVersion, currency } = tariff
    const amountMinor = product.mode === 'hold' ? product.holdMinor : product.priceMinor
    const counter = this.memory.nextCounter()
    const lifetimeS = this.settings.times.codeLifetimeS
    const code = seal(
      {
        name: 'payment-code',
        chipId: this.settings.chipId,
        boot: this.memory.boot(),
        counter,
        goods: product.id,
        tariffVersion,
        amountMinor,
        currency,
        issuedAtS,
        lifetimeS,
      },
      this.ports.keys.signer,
    )
    const codeHash = hashCode(code, (bytes) => this.ports.keys.sha256(bytes))
    const issued: IssuedCode = {
      counter,
      code,
      codeHash,
      url: paymentCodeUrl(this.settings.paymentOrigin, code),
      product,
      tariffVersion,
      amountMinor,
      currency,
      expiresAtMs: this.ports.clock.monotonicMs() + lifetimeS * MS_PER_S,
      usedBy: undefined,
    }
    this.remember(issued)
    this.ports.log({
      msg: 'step',
      step: 'S1',
      from: 'chip',
      to: 'payer',
      what: {
        counter,
        goods: product.name,
        amountMinor: String(amountMinor),
        currency,
        tariffVersion,
        codeHash,
      },
    })
    return { ok: true, value: issued }
  }

  find(counter: number, codeHash: CodeHash): IssuedCode | undefined {
    const issued = this.codes.get(counter)
    return issued?.codeHash === codeHash ? issued : undefined
  }

  private remember(issued: IssuedCode): void {
    this.codes.set(issued.counter, issued)
    if (this.codes.size <= MAX_CODES_REMEMBERED) return
    const [oldest] = this.codes.keys()
    if (oldest !== undefined) this.codes.delete(oldest)
  }
}
