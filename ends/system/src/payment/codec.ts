import type { Event } from './event.ts'
import type { Payment } from './state.ts'

/** Minor units are bigints and stand in JSON as strings; their names say so, and so the way back is sure. */
const MINOR_SUFFIX = 'Minor'

function write(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function read(key: string, value: unknown): unknown {
  return key.endsWith(MINOR_SUFFIX) && typeof value === 'string' ? BigInt(value) : value
}

export function encodePayment(payment: Payment): string {
  return JSON.stringify(payment, write)
}

export function decodePayment(text: string): Payment {
  return JSON.parse(text, read) as Payment
}

export function encodeEvent(event: Event): string {
  return JSON.stringify(event, write)
}

export function decodeEvent(text: string): Event {
  return JSON.parse(text, read) as Event
}
