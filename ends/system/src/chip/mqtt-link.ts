import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { connect, type MqttClient } from 'mqtt'
import { EVERY_CHIP_UP, REVOCATIONS, TAKEOVERS, parseTopic, topicOf } from '#protocol/topic.ts'
import type { ChipLink } from './port.ts'

const RECONNECT_MS = 500
const CONNECT_TIMEOUT_MS = 5000
const KEEPALIVE_S = 15
/** QoS 1: the broker confirms; whatever is lost behind it is sent again from the journal. */
const QOS = 1

export interface MqttLinkSettings {
  readonly url: string
  readonly caFile: string
  readonly certificateFile: string
  readonly keyFile: string
  /** Tells nodes apart on the broker. */
  readonly nodeName: string
  /** Whether to listen for what the broker tells of takeovers. */
  readonly takeovers: boolean
}

export interface MqttLink extends ChipLink {
  readonly connected: () => boolean
  /** Called at each connection. */
  onConnected(listener: () => void): void
  /** For the broker itself: a revocation list in DER. */
  publishRevocations(list: Uint8Array): Promise<void>
  /** What the broker tells of chips whose connections take each other's place. */
  onTakeover(receive: (payload: Uint8Array) => void): void
  close(): Promise<void>
}

/** The chip link over MQTT 3.1.1 with TLS and a client certificate; reconnects by itself. */
export function openMqttLink(settings: MqttLinkSettings, onState: (state: string) => void): MqttLink {
  const client: MqttClient = connect(settings.url, {
    clientId: `system-${settings.nodeName}`,
    ca: readFileSync(settings.caFile),
    cert: readFileSync(settings.certificateFile),
    key: readFileSync(settings.keyFile),
    rejectUnauthorized: true,
    clean: true,
    reconnectPeriod: RECONNECT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepalive: KEEPALIVE_S,
    // What waits in a queue while the link is down would arrive late and out of its time: it is sent again instead.
    queueQoSZero: false,
    resubscribe: false,
  })
  client.on('connect', () => {
    const { stream } = client as unknown as { stream?: Partial<Socket> }
    stream?.setNoDelay?.(true)
    const topics = settings.takeovers ? [EVERY_CHIP_UP, TAKEOVERS] : EVERY_CHIP_UP
    client.subscribe(topics, { qos: QOS }, (error) => onState(error ? 'refused' : 'connected'))
  })
  client.on('close', () => onState('closed'))
  client.on('error', (error) => onState(`error: ${error.message}`))
  return {
    connected: () => client.connected,
    async send(chipId, bytes) {
      if (!client.connected) throw new Error('the chip link is down')
      await client.publishAsync(topicOf(chipId, 'down'), Buffer.from(bytes), { qos: QOS })
    },
    onMessage(receive) {
      client.on('message', (topic, payload) => {
        const from = parseTopic(topic)
        if (from?.direction === 'up') receive(from.chipId, new Uint8Array(payload))
      })
    },
    onConnected(listener) {
      client.on('connect', listener)
    },
    async publishRevocations(list) {
      if (!client.connected) throw new Error('the chip link is down')
      await client.publishAsync(REVOCATIONS, Buffer.from(list), { qos: QOS })
    },
    onTakeover(receive) {
      client.on('message', (topic, payload) => {
        if (topic === TAKEOVERS) receive(new Uint8Array(payload))
      })
    },
    async close() {
      await client.endAsync(true)
    },
  }
}
