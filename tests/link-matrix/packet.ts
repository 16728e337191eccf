/*
 * MQTT 3.1.1 by hand (sections 2 and 3), since a library for clients sends nothing that a client should not.
 */

export const CONNACK = 2
export const PUBLISH = 3
export const PUBACK = 4
export const SUBACK = 9
export const PINGRESP = 13
const CONNECT = 1
const SUBSCRIBE = 8
const PINGREQ = 12
const TYPE_BITS = 4
const CONTINUES = 0x80
const CLEAN = 0x02
const WILL = 0x04
const WILL_RETAIN = 0x20
const RETAIN = 0x01
const KEEPALIVE_S = 60

export interface Packet {
  readonly type: number
  readonly body: Buffer
}

export interface ConnectOptions {
  readonly clientId: string
  readonly will?: { readonly topic: string; readonly retain?: boolean }
  /** 4 is MQTT 3.1.1. */
  readonly level?: number
  readonly clean?: boolean
}

export interface PublishOptions {
  readonly qos?: 0 | 1 | 2
  readonly retain?: boolean
}

export function packet(type: number, flags: number, body: Buffer): Buffer {
  return Buffer.concat([head(type, flags, body.length), body])
}

/** Only the head of a packet, which announces so many bytes. */
export function head(type: number, flags: number, lengthBytes: number): Buffer {
  const bytes = [(type << TYPE_BITS) | flags]
  let left = lengthBytes
  do {
    bytes.push((left % CONTINUES) | (left >= CONTINUES ? CONTINUES : 0))
    left = Math.floor(left / CONTINUES)
  } while (left > 0)
  return Buffer.from(bytes)
}

function number(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([number(bytes.length), bytes])
}

export function connect({ clientId, will, level = 4, clean = true }: ConnectOptions): Buffer {
  const flags = (clean ? CLEAN : 0) | (will ? WILL : 0) | (will?.retain ? WILL_RETAIN : 0)
  const body = [text('MQTT'), Buffer.of(level, flags), number(KEEPALIVE_S)]
  // MQTT 5 has properties before the client id: none.
  if (level >= 5) body.push(Buffer.of(0))
  body.push(text(clientId))
  if (will) body.push(text(will.topic), text('a last will'))
  return packet(CONNECT, 0, Buffer.concat(body))
}

export function publish(
  topic: string | Buffer,
  payload: string | Uint8Array,
  options: PublishOptions = {},
): Buffer {
  const { qos = 1, retain = false } = options
  const id = qos > 0 ? [number(1)] : []
  const body = Buffer.concat([text(topic), ...id, Buffer.from(payload)])
  return packet(PUBLISH, (qos << 1) | (retain ? RETAIN : 0), body)
}

export function subscribe(filters: readonly (string | Buffer)[], qos = 1): Buffer {
  const entries = filters.map((filter) => Buffer.concat([text(filter), Buffer.of(qos)]))
  return packet(SUBSCRIBE, 2, Buffer.concat([number(2), ...entries]))
}

export function ping(): Buffer {
  return packet(PINGREQ, 0, Buffer.alloc(0))
}

/** The topic of a PUBLISH that came in. */
export function topicIn({ body }: Packet): string {
  return body.subarray(2, 2 + body.readUInt16BE(0)).toString()
}

/** Takes whole packets off the front; returns them and what is left. */
export function split(bytes: Buffer): { readonly packets: Packet[]; readonly rest: Buffer } {
  const packets: Packet[] = []
  let rest = bytes
  for (;;) {
    let length = 0
    let at = 1
    for (; at < rest.length; at += 1) {
      const byte = rest[at] ?? 0
      length += (byte % CONTINUES) * CONTINUES ** (at - 1)
      if (byte < CONTINUES) break
    }
    if (at >= rest.length || rest.length < at + 1 + length) return { packets, rest }
    packets.push({ type: (rest[0] ?? 0) >> TYPE_BITS, body: rest.subarray(at + 1, at + 1 + length) })
    rest = rest.subarray(at + 1 + length)
  }
}
