import { createHmac } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../error/problem.ts'
import { type Device, findDevice, keepDevice } from '../payer/device.ts'
import type { HttpContext } from './context.ts'
import { deviceCookie, readDeviceCookie } from './cookie.ts'

/** The device that a request comes from; null without a cookie of ours. */
export async function deviceOf({ sql }: HttpContext, request: FastifyRequest): Promise<Device | null> {
  const secretText = readDeviceCookie(request.headers.cookie)
  return secretText === '' ? null : await findDevice(sql, secretText)
}

/** The same; whoever has none has no payment either, and hears no more than that. */
export async function requireDevice(context: HttpContext, request: FastifyRequest): Promise<Device> {
  const device = await deviceOf(context, request)
  if (device === null) throw new Refusal('payment-unknown')
  return device
}

/**
 * The device of a first POST is made of its idempotency key: should the answer be lost, the same request again finds
 * the same device, and gets its cookie again.
 */
export async function deviceOrNew(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Device> {
  const known = await deviceOf(context, request)
  if (known !== null) return known
  const key = idempotencyKeyOf(request)
  const secret = createHmac('sha256', context.pseudonymSecret).update(`device\n${key}`).digest()
  const device = await keepDevice(context.sql, new Uint8Array(secret))
  const secure = context.settings.publicOrigin.startsWith('https:')
  void reply.header('set-cookie', deviceCookie(secret.toString('base64url'), secure))
  return device
}

/** Long enough that nobody guesses another's. */
const KEY = /^[A-Za-z0-9_-]{20,64}$/

export function idempotencyKeyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key']
  if (key === undefined) throw new Refusal('idempotency-key-missing')
  if (typeof key !== 'string' || !KEY.test(key)) throw new Refusal('idempotency-key-malformed')
  return key
}
