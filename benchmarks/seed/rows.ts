import { columnsOf } from '#system/payment/columns.ts'
import type { Sql } from '#system/database.ts'
import { Lines, hexBytes } from './copy.ts'
import type { SeededFleet } from './fleet.ts'
import type { Life } from './life.ts'
import type { SeededPayer } from './payments.ts'

const PIN_TRIES = 5
const BYTES = 32

/** Where payments go: the four tables that `journal-postgres.ts` writes, with the same values. */
export class PaymentRows {
  readonly #payments = new Lines('payment', [
    'payment_id',
    'merchant_id',
    'machine_id',
    'chip_id',
    'device_id',
    'payer_id',
    'version',
    'state',
    'holds_slot',
    'code_hash',
    'due_at_ms',
    'claimed_at_ms',
    'closed_at_ms',
    'complained_at_ms',
    'open_case',
    'body',
  ])
  readonly #events = new Lines('payment_event', [
    'payment_id',
    'version',
    'merchant_id',
    'at_ms',
    'event_text',
    'prev_hash',
    'hash',
  ])
  readonly #orders = new Lines('payment_order', [
    'order_id',
    'payment_id',
    'merchant_id',
    'kind',
    'refund_reason',
    'amount_minor',
    'currency',
  ])
  readonly #postings = new Lines('ledger_posting', [
    'payment_id',
    'version',
    'line',
    'merchant_id',
    'account',
    'currency',
    'debit_minor',
    'credit_minor',
  ])

  add(life: Life): void {
    const row = columnsOf(life.payment)
    const { paymentId, merchantId } = row
    this.#payments.add(
      paymentId,
      merchantId,
      row.machineId,
      row.chipId,
      row.deviceId,
      row.payerId,
      row.version,
      row.state,
      row.holdsSlot,
      row.codeHash,
      row.dueAtMs,
      row.claimedAtMs,
      row.closedAtMs,
      row.complainedAtMs,
      row.openCase,
      row.body,
    )
    const { currency } = life.payment.purchase
    for (const { version, atMs, eventText, previousHash, hash, newOrders, postings } of life.rows) {
      this.#events.add(paymentId, version, merchantId, atMs, eventText, previousHash, hash)
      for (const { orderId, kind, reason, amountMinor } of newOrders) {
        this.#orders.add(orderId, paymentId, merchantId, kind, reason ?? '', amountMinor, currency)
      }
      for (const [line, { account, debitMinor, creditMinor }] of postings.entries()) {
        this.#postings.add(paymentId, version, line, merchantId, account, currency, debitMinor, creditMinor)
      }
    }
  }

  async flush(sql: Sql): Promise<void> {
    await Promise.all(
      [this.#payments, this.#events, this.#orders, this.#postings].map((lines) => lines.flush(sql)),
    )
  }
}

/** Merchants, sites, machines, chips with their keys, and tariffs. */
export async function writeFleet(sql: Sql, fleet: SeededFleet): Promise<void> {
  const merchants = new Lines('merchant', ['merchant_id', 'name', 'support', 'iban'])
  const sites = new Lines('site', ['merchant_id', 'site_id', 'name'])
  for (const { merchantId, name, support, iban, siteIds } of fleet.merchants) {
    merchants.add(merchantId, name, support, iban)
    for (const siteId of siteIds) sites.add(merchantId, siteId, `Site ${siteId.slice(-4)}`)
  }
  const machines = new Lines('machine', [
    'machine_id',
    'merchant_id',
    'site_id',
    'name',
    'number',
    'place',
    'presence',
  ])
  const chips = new Lines('chip', ['chip_id', 'merchant_id', 'machine_id'])
  const keys = new Lines('chip_key', ['chip_id', 'merchant_id', 'key_id', 'algorithm', 'spki'])
  const tariffs = new Lines('tariff', [
    'machine_id',
    'merchant_id',
    'version',
    'currency',
    'valid_from_s',
    'products',
  ])
  for (const { record, siteId, spki, keyId } of fleet.machines) {
    const { machineId, merchant, name, number, place, presence, chipId, tariff } = record
    const { merchantId } = merchant
    machines.add(machineId, merchantId, siteId, name, number, place, presence)
    chips.add(chipId, merchantId, machineId)
    keys.add(chipId, merchantId, keyId, 'EdDSA', hexBytes(spki))
    if (tariff === null) continue
    const products = JSON.stringify(tariff.products, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    tariffs.add(machineId, merchantId, tariff.tariffVersion, tariff.currency, tariff.validFromS, products)
  }
  // In this order: each refers to the one before.
  for (const lines of [merchants, sites, machines, chips, keys, tariffs]) await lines.flush(sql)
}

export async function writePayers(
  sql: Sql,
  payers: readonly SeededPayer[],
  id: (lengthBytes: number) => string,
): Promise<void> {
  const people = new Lines('payer', ['payer_id', 'user_handle'])
  const devices = new Lines('device', ['device_id', 'secret_hash', 'payer_id', 'pin_tries_left'])
  for (const { payerId, deviceId } of payers) {
    people.add(payerId, `\\x${id(BYTES)}`)
    devices.add(deviceId, `\\x${id(BYTES)}`, payerId, PIN_TRIES)
  }
  await people.flush(sql)
  await devices.flush(sql)
}
