import { ChipId } from './identifier.ts'

/** `up`: from the chip to the system. `down`: from the system to the chip. */
export type Direction = 'up' | 'down'

const PREFIX = 'farthing/1'

export function topicOf(chipId: ChipId, direction: Direction): string {
  return `${PREFIX}/${chipId}/${direction}`
}

/** What the system subscribes to. */
export const EVERY_CHIP_UP = `${PREFIX}/+/up`
/** Where the system publishes revocation lists (RFC 5280 section 5, DER), for the broker itself. */
export const REVOCATIONS = `${PREFIX}/crl`
/** Where the broker tells, as JSON, of a chip whose connections take each other's place: `{chipId, count}`. */
export const TAKEOVERS = `${PREFIX}/takeover`
/** What a watcher subscribes to. */
export const EVERYTHING = `${PREFIX}/#`

/** Null when the topic is not one of this protocol. */
export function parseTopic(topic: string): { readonly chipId: ChipId; readonly direction: Direction } | null {
  const [, id, direction] = /^farthing\/1\/([0-9a-f]{16})\/(up|down)$/.exec(topic) ?? []
  if (!ChipId.is(id) || (direction !== 'up' && direction !== 'down')) return null
  return { chipId: id, direction }
}
