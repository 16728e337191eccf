import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { ChipId, PaymentId } from '#protocol/identifier.ts'
import { currencyOf } from '#protocol/money.ts'
import type { Bank, MandateStatus } from '../bank/port.ts'
import type { Sql } from '../database.ts'
import type { Payment } from '../payment/state.ts'
import { DEFAULT_TIMES } from '../payment/times.ts'
import type { Device } from './device.ts'
import { askApproval, mandateSent, storeMandate } from './mandate.ts'

export const ORIGIN = 'http://localhost:8080'

/** The bank says of every mandate what is written here. */
export function bankSaying(status: Partial<MandateStatus>): Bank {
  return {
    submit: () => Promise.resolve({ kind: 'unknown' }),
    ask: () => Promise.resolve({ kind: 'unknown' }),
    requestMandate: () => Promise.resolve({ redirectUrl: 'http://localhost:9000/approve' }),
    mandateStatus: () =>
      Promise.resolve({
        status: 'valid',
        scope: 'recurring',
        perPayment: { amountMinor: 500n, currency: currencyOf('EUR') },
        validUntilMs: Date.now() + 1e9,
        debtorPseudonym: 'alice-at-bank',
        ...status,
      }),
  }
}

export function paymentOf(device: Device, change: Partial<Payment> = {}): Payment {
  return {
    paymentId: PaymentId.of(randomBytes(16).toString('hex')),
    version: 3,
    chainHash: '0'.repeat(64),
    state: 'confirming',
    payee: { merchantId: 'wash', name: 'Waschsalon', iban: 'DE02120300000000202051' },
    machineId: 'washer-1',
    chipId: ChipId.of('00112233445566aa'),
    deviceId: device.deviceId,
    claimedAtMs: 1,
    times: DEFAULT_TIMES,
    purchase: {
      productId: 1,
      goods: 'Wash',
      mode: 'sale',
      amountMinor: 250n,
      currency: currencyOf('EUR'),
      units: 1,
      unit: 'wash',
      unitPriceMinor: 0n,
      maxDurationMs: 1000,
      tariffVersion: 1,
    },
    presence: { method: 'none', text: '', satisfied: true, wrongTries: 0 },
    orders: [],
    deliveredSoFar: 0,
    lossMinor: 0n,
    reversedMinor: 0n,
    stateSinceMs: 1,
    lastSentAtMs: 1,
    sends: 0,
    ...change,
  }
}

/** A payment whose approval at the bank has just come back. */
export async function approved(sql: Sql, device: Device, bank = bankSaying({})): Promise<Payment> {
  const payment = paymentOf(device)
  const request = await storeMandate(sql, {
    payment,
    device,
    redirectUri: `${ORIGIN}/return`,
    language: 'en',
    nowMs: Date.now(),
  })
  assert.ok(request)
  await mandateSent(sql, request.mandateId, 'http://localhost:9000/approve')
  assert.equal(await askApproval(sql, bank, request.mandateId), true)
  return { ...payment, approval: { mandateId: request.mandateId, status: 'valid', startedAtMs: 1 } }
}
