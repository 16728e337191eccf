import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { connect, type MqttClient } from 'mqtt'
import { EVERY_CHIP_UP, parseTopic, topicOf } from '#protocol/topic.ts'
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
}

export interface MqttLink extends ChipLink {
  readonly connected: () => boolean
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
    client.subscribe(EVERY_CHIP_UP, { qos: QOS }, (error) => onState(error ? 'refused' : 'connected'))
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
    async close() {
      await client.endAsync(true)
    },
  }
}
