import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PaymentId } from '#protocol/identifier.ts'
import type { Notifications } from '../notifications.ts'
import { Refusal } from '../error/problem.ts'
import type { Device } from '../payer/device.ts'
import type { Payment } from '../payment/state.ts'
import type { HttpContext } from './context.ts'
import { requireDevice } from './device-session.ts'
import { faultOf } from './failure.ts'
import { networkOf } from './network.ts'
import { PaymentParams } from './payment-routes.ts'
import { ownPayment, viewOf } from './payment-view.ts'
import type { Server } from './type-provider.ts'

export const PAYMENT_CHANNEL = 'farthing_payment'
const HEARTBEAT_MS = 15_000
/** Whoever still listens then opens another one; a forgotten page does not hold a place for ever. */
const LIFETIME_MS = 30 * 60_000
/** More waits to be read than that, and the reader is gone or far too slow. */
const UNREAD_BYTES_MAX = 64 * 1024
const RECONNECT_MS = 1000

interface Stream {
  readonly reply: FastifyReply
  readonly device: Device
  readonly network: string
  readonly closesAtMs: number
  sentText: string
}

/**
 * Server-sent events (WHATWG HTML section 9.2). The journal tells every node which payment changed; each node reads it
 * once and tells those who listen here. A stream begins with the present state, so nothing is lost in between.
 */
export class PaymentStreams {
  readonly #context: HttpContext
  readonly #streams = new Map<PaymentId, Set<Stream>>()
  readonly #networks = new Map<string, number>()
  /** Payments being read now; true when they changed again meanwhile. */
  readonly #reading = new Map<PaymentId, boolean>()
  #count = 0
  #heartbeat: ReturnType<typeof setInterval> | undefined
  #closed = false

  constructor(context: HttpContext) {
    this.#context = context
  }

  async open(notifications: Notifications): Promise<void> {
    const all = () => {
      for (const paymentId of this.#streams.keys()) this.#changed(paymentId)
    }
    // At each connection too: what was told while it was away is caught up with.
    await notifications.subscribe(PAYMENT_CHANNEL, {
      onNotice: (id) => this.#changed(id as PaymentId),
      onConnected: all,
    })
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#heartbeat)
    for (const streams of this.#streams.values()) for (const { reply } of streams) reply.raw.end()
  }

  /** Throws a Refusal where there are too many. */
  async begin(
    exchange: { request: FastifyRequest; reply: FastifyReply; device: Device },
    payment: Payment,
  ): Promise<void> {
    const { request, reply, device } = exchange
    const { limits } = this.#context.settings
    const network = networkOf(request.ip)
    const here = this.#networks.get(network) ?? 0
    if (this.#closed || this.#count >= limits.streamsMax || here >= limits.streamsPerNetworkMax)
      throw new Refusal('too-many-streams')
    const closesAtMs = this.#context.nowMs() + LIFETIME_MS
    const stream: Stream = { reply, device, network, closesAtMs, sentText: '' }
    const view = await viewOf(this.#context, payment, device)
    this.#add(payment.paymentId, stream)
    reply.hijack()
    reply.raw.once('close', () => this.#remove(payment.paymentId, stream))
    reply.raw.on('error', () => reply.raw.destroy())
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    reply.raw.write(`retry: ${String(RECONNECT_MS)}\n\n`)
    send(stream, view)
    // What changed between reading and listening.
    this.#changed(payment.paymentId)
  }

  #add(paymentId: PaymentId, stream: Stream): void {
    const streams = this.#streams.get(paymentId) ?? new Set()
    this.#streams.set(paymentId, streams.add(stream))
    this.#networks.set(stream.network, (this.#networks.get(stream.network) ?? 0) + 1)
    this.#count += 1
  }

  #remove(paymentId: PaymentId, stream: Stream): void {
    const streams = this.#streams.get(paymentId)
    if (streams?.delete(stream) !== true) return
    if (streams.size === 0) this.#streams.delete(paymentId)
    const left = (this.#networks.get(stream.network) ?? 1) - 1
    if (left === 0) this.#networks.delete(stream.network)
    else this.#networks.set(stream.network, left)
    this.#count -= 1
  }

  #changed(paymentId: PaymentId): void {
    if (this.#closed || !this.#streams.has(paymentId)) return
    if (this.#reading.has(paymentId)) {
      this.#reading.set(paymentId, true)
      return
    }
    this.#reading.set(paymentId, false)
    this.#tell(paymentId)
      // Whoever listens hears of it with the next change, or asks again by itself.
      .catch((error: unknown) =>
        this.#context.log.warn({ ...faultOf(error), paymentId }, 'a change was not told'),
      )
      .finally(() => {
        const again = this.#reading.get(paymentId) === true
        this.#reading.delete(paymentId)
        if (again) this.#changed(paymentId)
      })
  }

  async #tell(paymentId: PaymentId): Promise<void> {
    const payment = await this.#context.service.read(paymentId)
    if (payment === undefined) return
    for (const stream of this.#streams.get(paymentId) ?? []) {
      send(stream, await viewOf(this.#context, payment, stream.device))
    }
  }

  #beat(): void {
    const nowMs = this.#context.nowMs()
    for (const streams of this.#streams.values()) {
      for (const { reply, closesAtMs } of streams) {
        if (nowMs >= closesAtMs) reply.raw.end()
        else write(reply, ': here\n\n')
      }
    }
  }
}

function send(stream: Stream, view: { readonly version: number }): void {
  const text = JSON.stringify(view)
  if (text === stream.sentText) return
  stream.sentText = text
  write(stream.reply, `id: ${String(view.version)}\nevent: payment\ndata: ${text}\n\n`)
}

function write({ raw }: FastifyReply, text: string): void {
  if (raw.writableEnded || raw.destroyed) return
  if (raw.writableLength > UNREAD_BYTES_MAX) raw.destroy()
  else raw.write(text)
}

export function streamRoutes(app: Server, context: HttpContext, streams: PaymentStreams): void {
  app.get(
    '/v1/payments/:paymentId/events',
    {
      schema: {
        summary: 'One payment as it goes on, as server-sent events',
        description:
          'Events `payment` whose data is a payment and whose id is its version; a comment every 15 seconds.',
        tags: ['payments'],
        params: PaymentParams,
      },
    },
    async (request, reply) => {
      const device = await requireDevice(context, request)
      const payment = await ownPayment(context, request.params.paymentId, device)
      await streams.begin({ request, reply, device }, payment)
      return reply
    },
  )
}
