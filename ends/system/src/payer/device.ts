import { createHash, randomBytes } from 'node:crypto'
import type { AnySql } from '../database.ts'

/** Wrong PINs in a row before this device needs a passkey or a fresh approval at the bank. */
export const PIN_TRIES_MAX = 5
const SECRET_BYTES = 32
const DEVICE_ID_BYTES = 16
const SECRET_TEXT = /^[A-Za-z0-9_-]{43}$/

/** A phone, known by a secret that only it has. The secret is in memory for the time of one request. */
export interface Device {
  readonly deviceId: string
  readonly secret: Uint8Array
  /** Who confirms on this device; null until somebody did. */
  readonly payerId: string | null
  readonly pinHash: string | null
  readonly pinTriesLeft: number
}

interface DeviceRow {
  readonly device_id: string
  readonly payer_id: string | null
  readonly pin_hash: string | null
  readonly pin_tries_left: number
}

/** Null for a text that is no secret of ours, forged or not. */
export async function findDevice(sql: AnySql, secretText: string): Promise<Device | null> {
  if (!SECRET_TEXT.test(secretText)) return null
  const secret = new Uint8Array(Buffer.from(secretText, 'base64url'))
  if (secret.length !== SECRET_BYTES) return null
  const [row] = await sql<DeviceRow[]>`
    SELECT device_id, payer_id, pin_hash, pin_tries_left FROM device WHERE secret_hash = ${hashOf(secret)}`
  return row === undefined ? null : deviceOf(row, secret)
}

/** The device of this secret, made unless it is there; only the secret's hash is kept. */
export async function keepDevice(sql: AnySql, secret: Uint8Array): Promise<Device> {
  if (secret.length !== SECRET_BYTES) throw new TypeError(`a device secret has ${String(SECRET_BYTES)} bytes`)
  const deviceId = randomBytes(DEVICE_ID_BYTES).toString('hex')
  const [row] = await sql<DeviceRow[]>`
    INSERT INTO device (device_id, secret_hash, pin_tries_left)
    VALUES (${deviceId}, ${hashOf(secret)}, ${PIN_TRIES_MAX})
    ON CONFLICT (secret_hash) DO UPDATE SET secret_hash = excluded.secret_hash
    RETURNING device_id, payer_id, pin_hash, pin_tries_left`
  if (row === undefined) throw new Error('an upsert returned no row')
  return deviceOf(row, secret)
}

const UNUSED_DAYS = 30
const FORGOTTEN_AT_ONCE = 1000

/** Devices that never got a payment: what a flood of first requests leaves behind. Returns how many went. */
export async function forgetUnusedDevices(sql: AnySql): Promise<number> {
  const gone = await sql`
    DELETE FROM device WHERE device_id IN (
      SELECT device_id FROM device
      WHERE payer_id IS NULL AND created_at < now() - make_interval(days => ${UNUSED_DAYS})
        AND NOT EXISTS (SELECT 1 FROM payment WHERE payment.device_id = device.device_id)
        AND NOT EXISTS (SELECT 1 FROM mandate WHERE mandate.device_id = device.device_id)
        AND NOT EXISTS (SELECT 1 FROM verification WHERE verification.device_id = device.device_id)
      LIMIT ${FORGOTTEN_AT_ONCE})
    RETURNING 1`
  return gone.length
}

function deviceOf(row: DeviceRow, secret: Uint8Array): Device {
  return {
    deviceId: row.device_id,
    secret,
    payerId: row.payer_id,
    pinHash: row.pin_hash,
    pinTriesLeft: row.pin_tries_left,
  }
}

function hashOf(secret: Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest()
}
