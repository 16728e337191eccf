import { ChipId } from '#protocol/identifier.ts'
import { EVERYTHING, EVERY_CHIP_UP, REVOCATIONS, TAKEOVERS, parseTopic, topicOf } from '#protocol/topic.ts'

/**
 * The one table of who may what: everything that is not said here is refused.
 *
 * | party   | is called   | publishes                        | subscribes                              |
 * | ------- | ----------- | -------------------------------- | --------------------------------------- |
 * | chip    | its chip id | its own `up`                     | its own `down`                          |
 * | system  | `system-…`  | every `down`, `farthing/1/crl`   | every `up`, `farthing/1/takeover`       |
 * | watcher | `watcher-…` | nothing                          | everything                              |
 *
 * The broker itself publishes `farthing/1/takeover`, and nobody else does.
 */
export type Party =
  | { readonly kind: 'chip'; readonly chipId: ChipId }
  | { readonly kind: 'system' }
  | { readonly kind: 'watcher' }

/** A message of the device link is at most this long (docs/reference: device protocol). */
const MESSAGE_MAX_BYTES = 2048
/** A revocation list with some 25,000 entries. */
const REVOCATIONS_MAX_BYTES = 1024 * 1024
/** Around the longest message: header, topic, packet id. Also the longest CONNECT and SUBSCRIBE. */
const ENVELOPE_MAX_BYTES = 1024
const CLIENT_ID_MAX_CHARACTERS = 64

/** Reads the common name of a client certificate. Null for a name that means nobody here. */
export function partyOf(commonName: string): Party | null {
  if (commonName === 'system') return { kind: 'system' }
  if (commonName === 'watcher') return { kind: 'watcher' }
  const chipId = ChipId.parse(commonName)
  return chipId ? { kind: 'chip', chipId } : null
}

/** Of a chip there is one, and it is called by its id; of systems and watchers there are many. */
export function mayBeCalled(party: Party, clientId: string): boolean {
  if (party.kind === 'chip') return clientId === party.chipId
  return clientId.startsWith(`${party.kind}-`) && clientId.length <= CLIENT_ID_MAX_CHARACTERS
}

export function mayPublish(party: Party, topic: string): boolean {
  if (party.kind === 'chip') return topic === topicOf(party.chipId, 'up')
  if (party.kind === 'system') return topic === REVOCATIONS || parseTopic(topic)?.direction === 'down'
  return false
}

export function maySubscribe(party: Party, filter: string): boolean {
  if (party.kind === 'chip') return filter === topicOf(party.chipId, 'down')
  if (party.kind === 'system') return filter === EVERY_CHIP_UP || filter === TAKEOVERS
  return filter === EVERYTHING
}

export function longestMessageBytes(topic: string): number {
  return topic === REVOCATIONS ? REVOCATIONS_MAX_BYTES : MESSAGE_MAX_BYTES
}

/** Of everything that this party may send. */
export function longestPacketBytes(party: Party): number {
  const message = party.kind === 'system' ? REVOCATIONS_MAX_BYTES : MESSAGE_MAX_BYTES
  return message + ENVELOPE_MAX_BYTES
}
