import { createHash } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import type { Sql } from '../database.ts'
import { type Device, PIN_TRIES_MAX } from './device.ts'

const PIN = /^[0-9]{6}$/
/** argon2id with OWASP's parameters: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export function isPin(pin: string): boolean {
  return PIN.test(pin)
}

/**
 * The hash is peppered with the device's secret, which the database does not have: whoever holds a copy of the
 * database cannot try PINs, and whoever has not the device cannot even use up its tries.
 */
export async function hashPin(device: Device, pin: string): Promise<string> {
  return await hash(pin, { ...COST, secret: pepperOf(device) })
}

export type PinVerdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong'; readonly triesLeft: number }
  | { readonly kind: 'locked' }
  | { readonly kind: 'unset' }

/** Takes a try before it looks, so that many requests at the same time have no more tries than one after another. */
export async function checkPin(sql: Sql, device: Device, pin: string): Promise<PinVerdict> {
  const [taken] = await sql<{ pin_hash: string | null; pin_tries_left: number }[]>`
    UPDATE device SET pin_tries_left = pin_tries_left - 1
    WHERE device_id = ${device.deviceId} AND pin_tries_left > 0 AND pin_hash IS NOT NULL
    RETURNING pin_hash, pin_tries_left`
  if (taken === undefined || taken.pin_hash === null)
    return { kind: device.pinHash === null ? 'unset' : 'locked' }
  if (!(await verify(taken.pin_hash, pin, { secret: pepperOf(device) }))) {
    return { kind: 'wrong', triesLeft: taken.pin_tries_left }
  }
  await sql`UPDATE device SET pin_tries_left = ${PIN_TRIES_MAX} WHERE device_id = ${device.deviceId}`
  return { kind: 'right' }
}

function pepperOf(device: Device): Uint8Array {
  return new Uint8Array(createHash('sha256').update('farthing-pin\n').update(device.secret).digest())
}
