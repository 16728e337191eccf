/** MQTT 3.1.1 section 2.2.1: what a client may send, quality of service 2 left out. */
const FROM_CLIENTS: Readonly<Record<number, string>> = {
  1: 'CONNECT',
  3: 'PUBLISH',
  4: 'PUBACK',
  8: 'SUBSCRIBE',
  10: 'UNSUBSCRIBE',
  12: 'PINGREQ',
  14: 'DISCONNECT',
}
const TYPE_BITS = 4
const CONTINUES = 0x80
/** MQTT 3.1.1 section 2.2.3. */
const LENGTH_MAX_BYTES = 4

/**
 * Looks at the head of each packet that comes in (MQTT 3.1.1 section 2.2), before its body is gathered: a packet that
 * announces more than is accepted is refused before it takes any memory.
 */
export class PacketGauge {
  private readonly maxBytes: number
  private bodyLeft = 0
  private type: number | null = null
  private length = 0
  private lengthBytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Takes what came in next. Returns what is wrong with it, or null. */
  feed(bytes: Uint8Array): string | null {
    let at = 0
    while (at < bytes.length) {
      if (this.bodyLeft > 0) {
        const skipped = Math.min(this.bodyLeft, bytes.length - at)
        this.bodyLeft -= skipped
        at += skipped
        continue
      }
      const wrong = this.head(bytes[at] ?? 0)
      if (wrong !== null) return wrong
      at += 1
    }
    return null
  }

  private head(byte: number): string | null {
    if (this.type === null) {
      this.type = byte >> TYPE_BITS
      return this.type in FROM_CLIENTS ? null : `a packet of type ${String(this.type)}`
    }
    this.length += (byte % CONTINUES) * CONTINUES ** this.lengthBytes
    this.lengthBytes += 1
    if (this.length > this.maxBytes)
      return `a ${FROM_CLIENTS[this.type] ?? ''} of more than ${String(this.maxBytes)} bytes`
    if (byte < CONTINUES) {
      this.bodyLeft = this.length
      this.type = null
      this.length = 0
      this.lengthBytes = 0
      return null
    }
    return this.lengthBytes < LENGTH_MAX_BYTES ? null : 'a packet whose length is malformed'
  }
}
