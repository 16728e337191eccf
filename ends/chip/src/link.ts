import type { Duplex } from 'node:stream'
import { MqttClient } from 'mqtt'
import { type ChipId, type Result, topicOf } from '#protocol'
import type { Link, LinkListener } from './core/ports.ts'

export interface LinkTimes {
  /** Pause before the first new try; doubles up to the longest, less a random part. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  readonly connectTimeoutMs: number
  /** A broker that has not taken a message in this time is as good as gone. */
  readonly acceptTimeoutMs: number
  /** A silent connection is probed after this time, and given up after one and a half of it. */
  readonly keepaliveS: number
}

export const LINK_TIMES: LinkTimes = Object.freeze({
  firstPauseMs: 250,
  longestPauseMs: 15_000,
  connectTimeoutMs: 10_000,
  acceptTimeoutMs: 10_000,
  keepaliveS: 15,
})

/** Opens a connection to the broker, who has proven to be it; bounds its own time. The error is for the log. */
export type DialBroker = () => Promise<Result<Duplex, string>>

interface LinkOptions {
  readonly chipId: ChipId
  /** Called for each connection, so that a newer identity takes over at the next one. */
  readonly dial: DialBroker
  readonly times: LinkTimes
  readonly log: (entry: { msg: string; what?: Record<string, string | number> }) => void
}

/** Messages on the way to the broker; beyond that they are refused, and sent again by whoever said them. */
const MAX_IN_FLIGHT = 64
const MQTT_3_1_1 = 4
/** SUBACK return code (MQTT 3.1.1 section 3.9.3). */
const SUBSCRIPTION_FAILED = 128
const AT_LEAST_ONCE = 1
const SHARE_OF_PAUSE_THAT_IS_RANDOM = 0.5
const QUIET: LinkListener = { connected() {}, disconnected() {}, message() {} }

/**
 * The chip's link: MQTT over TLS with a client certificate, clean sessions, one new client per connection. Connects
 * again by itself, for ever, with growing, jittered pauses.
 *
 * | from       | on                                              | to         |
 * | ---------- | ----------------------------------------------- | ---------- |
 * | pausing    | pause over                                      | connecting |
 * | connecting | connected and subscribed                        | connected  |
 * | connecting | error, time over                                | pausing    |
 * | connected  | closed, probe unanswered, message not accepted  | pausing    |
 * | any        | close()                                         | closed     |
 */
export class MqttLink implements Link {
  private readonly options: LinkOptions
  private listener: LinkListener = QUIET
  private client: MqttClient | undefined
  private dialling = false
  private connected = false
  private closed = false
  private failures = 0
  private pause: NodeJS.Timeout | undefined
  private readonly inFlight = new Set<(accepted: boolean) => void>()

  constructor(options: LinkOptions) {
    this.options = options
  }

  open(): void {
    if (!this.dialling && !this.closed) void this.dial()
  }

  isConnected(): boolean {
    return this.connected
  }

  listen(listener: LinkListener): void {
    this.listener = listener
  }

  send(bytes: Uint8Array, settled: (accepted: boolean) => void): void {
    const { client } = this
    if (client === undefined || !this.connected || this.inFlight.size >= MAX_IN_FLIGHT) {
      settled(false)
      return
    }
    const settle = (accepted: boolean): void => {
      clearTimeout(timeout)
      if (this.inFlight.delete(settle)) settled(accepted)
    }
    const timeout = setTimeout(
      () => this.lose(client, 'message not accepted'),
      this.options.times.acceptTimeoutMs,
    )
    this.inFlight.add(settle)
    const topic = topicOf(this.options.chipId, 'up')
    client.publish(topic, Buffer.from(bytes), { qos: AT_LEAST_ONCE, retain: false }, (error) =>
      settle(error === undefined || error === null),
    )
  }

  /** Ends the connection; what is on the way is not waited for. */
  close(): void {
    this.closed = true
    clearTimeout(this.pause)
    if (this.client !== undefined) this.lose(this.client, 'closing')
  }

  private async dial(): Promise<void> {
    this.dialling = true
    const dialled = await this.options.dial()
    this.dialling = false
    if (!dialled.ok) this.failed(dialled.error)
    else if (this.closed) dialled.value.destroy()
    else this.greet(dialled.value)
  }

  private greet(stream: Duplex): void {
    const { times, chipId } = this.options
    const client = new MqttClient(() => stream, {
      clientId: chipId,
      protocolVersion: MQTT_3_1_1,
      clean: true,
      keepalive: times.keepaliveS,
      connectTimeout: times.connectTimeoutMs,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
    })
    this.client = client
    const giveUp = setTimeout(() => this.lose(client, 'no connection in time'), times.connectTimeoutMs)
    client.on('error', (error) => this.lose(client, error.message))
    client.on('close', () => this.lose(client, 'closed'))
    client.on('offline', () => this.lose(client, 'offline'))
    client.on('message', (_topic, payload) => {
      if (this.client === client && this.connected) this.listener.message(new Uint8Array(payload))
    })
    client.once('close', () => clearTimeout(giveUp))
    client.on('connect', () => {
      client.subscribe(topicOf(chipId, 'down'), { qos: AT_LEAST_ONCE }, (error, grants) => {
        clearTimeout(giveUp)
        const refused = grants?.some(({ qos }) => qos === SUBSCRIPTION_FAILED)
        if (error !== null || refused === true) this.lose(client, 'subscription refused')
        else this.win(client)
      })
    })
  }

  private win(client: MqttClient): void {
    if (this.client !== client) return
    this.connected = true
    this.failures = 0
    this.options.log({ msg: 'link connected' })
    this.listener.connected()
  }

  private lose(client: MqttClient, reason: string): void {
    if (this.client !== client) return
    const wasConnected = this.connected
    this.client = undefined
    this.connected = false
    client.end(true)
    for (const settle of this.inFlight) settle(false)
    this.failed(reason, wasConnected)
    if (wasConnected) this.listener.disconnected()
  }

  private failed(reason: string, wasConnected = false): void {
    if (!this.closed) this.pause = setTimeout(() => this.open(), this.nextPauseMs())
    if (wasConnected || this.failures === 1) this.options.log({ msg: 'link lost', what: { reason } })
  }

  private nextPauseMs(): number {
    const { firstPauseMs, longestPauseMs } = this.options.times
    const pauseMs = Math.min(firstPauseMs * 2 ** this.failures, longestPauseMs)
    this.failures += 1
    return pauseMs * (1 - SHARE_OF_PAUSE_THAT_IS_RANDOM * Math.random())
  }
}
