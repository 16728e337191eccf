import { open } from '#protocol/envelope.ts'
import type { ChipId } from '#protocol/identifier.ts'
import { PaymentId } from '#protocol/identifier.ts'
import type { PaymentCode } from '#protocol/message/payment-code.ts'
import type { Product } from '#protocol/message/tariff.ts'
import { type Result, fail, ok } from '#protocol/result.ts'
import { claimedCode, productIdOf } from '../chip/incoming.ts'
import { type MachineRecord, isAboveLimit, productOf, refusalOf } from '../machine/record.ts'
import { CHAIN_START, chainHash, claimedEntryText } from './chain.ts'
import type { Effect } from './effect.ts'
import type { Event, FreshIds } from './event.ts'
import type { PaymentPorts } from './ports.ts'
import { presenceFor } from './presence-text.ts'
import type { ClaimRefusal } from './reason.ts'
import type { ClaimedCode, Payment, Purchase } from './state.ts'
import type { Times } from './times.ts'
import { beginCheck } from './transition-claim.ts'

/** S2: from what a phone read to a payment that the journal can take, or the reason why not. */

export interface ClaimLimits {
  readonly claimsPerMinutePerNetwork: number
  readonly claimsPerHourPerPayer: number
  readonly claimsPerMinutePerChip: number
}

export type ClaimSource =
  | { readonly kind: 'code'; readonly bytes: Uint8Array }
  | { readonly kind: 'printed'; readonly chipId: ChipId; readonly productId: number }

export interface ClaimInput {
  readonly source: ClaimSource
  readonly deviceId: string
  /** The payer that this device is signed in as, if any. */
  readonly payerId?: string
  /** Where the claim comes from, for limits: an address or prefix; not stored. */
  readonly network: string
}

export interface Refused {
  readonly reason: ClaimRefusal
  readonly retryAtMs?: number
  /** The chip sells at another tariff than the one in force: it gets the present one again. */
  readonly staleTariffOf?: MachineRecord
}

interface Claimable {
  readonly record: MachineRecord
  readonly purchase: Purchase
  readonly code?: ClaimedCode
}

/** Everything that can be decided before the chip is asked. */
export async function readClaim(
  ports: Pick<PaymentPorts, 'machines' | 'clock'>,
  source: ClaimSource,
  times: Times,
): Promise<Result<Claimable, Refused>> {
  if (source.kind === 'printed') {
    const record = await ports.machines.machineByChip(source.chipId)
    if (!record) return fail({ reason: 'code-foreign' })
    const refusal = refusalOf(record)
    if (refusal) return fail({ reason: refusal })
    const product = productOf(record, source.productId)
    if (!product) return fail({ reason: 'product-unknown' })
    return withinLimit({ record, purchase: purchaseOf(record, product) })
  }
  const opened = open(source.bytes)
  if (!opened.ok || opened.value.claim.name !== 'payment-code') return fail({ reason: 'code-malformed' })
  const record = await ports.machines.machineByChip(opened.value.claim.chipId)
  if (!record) return fail({ reason: 'code-foreign' })
  const refusal = refusalOf(record)
  if (refusal) return fail({ reason: refusal })
  const verified = opened.value.verify(record.chipKeys)
  if (!verified.ok || verified.value.name !== 'payment-code')
    return fail({ reason: 'code-signature-invalid' })
  return readCode({ record, code: verified.value, bytes: source.bytes }, ports.clock.nowMs(), times)
}

function readCode(
  { record, code, bytes }: { record: MachineRecord; code: PaymentCode; bytes: Uint8Array },
  nowMs: number,
  times: Times,
): Result<Claimable, Refused> {
  const claimed = claimedCode(code, bytes)
  const notYet = code.issuedAtS * 1000 > nowMs + times.clockMarginMs + code.lifetimeS * 1000
  if (nowMs > claimed.expiresAtMs + times.clockMarginMs || notYet) return fail({ reason: 'code-expired' })
  const product = productOf(record, productIdOf(record, code))
  const stale = { reason: 'tariff-old', staleTariffOf: record } as const
  if (!product || code.tariffVersion !== record.tariff?.tariffVersion) return fail(stale)
  const purchase = purchaseOf(record, product)
  const atTariff = code.amountMinor === purchase.amountMinor && code.currency === purchase.currency
  return atTariff ? withinLimit({ record, purchase, code: claimed }) : fail(stale)
}

function withinLimit(claimable: Claimable): Result<Claimable, Refused> {
  const { record, purchase } = claimable
  return isAboveLimit(record, purchase.amountMinor) ? fail({ reason: 'amount-above-limit' }) : ok(claimable)
}

function purchaseOf(record: MachineRecord, product: Product): Purchase {
  const { tariff } = record
  if (!tariff) throw new TypeError('a product comes from a tariff')
  const hold = product.mode === 'hold'
  return {
    productId: product.id,
    goods: product.name,
    mode: product.mode,
    amountMinor: hold ? product.holdMinor : product.priceMinor,
    currency: tariff.currency,
    units: product.units,
    unit: product.unit,
    unitPriceMinor: hold ? product.priceMinor : 0n,
    maxDurationMs: product.maxDurationS * 1000,
    tariffVersion: tariff.tariffVersion,
  }
}

/** The payment as its first journal entry has it, and what it sets going. */
export function newPayment(
  { record, purchase, code }: Claimable,
  input: ClaimInput,
  from: {
    readonly ports: Pick<PaymentPorts, 'clock' | 'random'>
    readonly times: Times
    readonly fresh: FreshIds
  },
): { readonly payment: Payment; readonly effects: readonly Effect[] } {
  const { ports, times, fresh } = from
  const atMs = ports.clock.nowMs()
  const { merchant } = record
  const bare: Payment = {
    paymentId: PaymentId.of(ports.random(PaymentId.lengthBytes)),
    version: 1,
    chainHash: CHAIN_START,
    state: 'issuing',
    payee: { merchantId: merchant.merchantId, name: merchant.name, iban: merchant.iban },
    machineId: record.machineId,
    chipId: record.chipId,
    deviceId: input.deviceId,
    ...(input.payerId === undefined ? {} : { payerId: input.payerId }),
    claimedAtMs: atMs,
    times,
    ...(code ? { code } : {}),
    purchase,
    presence: presenceFor(record, ports.random),
    orders: [],
    deliveredSoFar: 0,
    lossMinor: 0n,
    reversedMinor: 0n,
    stateSinceMs: atMs,
    lastSentAtMs: atMs,
    sends: 1,
  }
  const event: Event = { kind: 'time-passed', atMs, fresh, enabled: true }
  const step = code ? beginCheck(bare, event) : { payment: bare, effects: [{ kind: 'ask-issue' } as const] }
  const hash = chainHash(CHAIN_START, 1, claimedEntryText(step.payment))
  return { payment: { ...step.payment, chainHash: hash }, effects: step.effects }
}
