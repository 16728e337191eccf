import { ChipId } from '#protocol/identifier.ts'
import { EVERYTHING, EVERY_CHIP_UP, parseTopic, topicOf } from '#protocol/topic.ts'

/** Who a certificate says stands at the other end of a connection. */
export type Party =
  | { readonly kind: 'chip'; readonly chipId: ChipId }
  | { readonly kind: 'system' }
  | { readonly kind: 'watcher' }

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
  return clientId.startsWith(`${party.kind}-`) && clientId.length <= 64
}

export function mayPublish(party: Party, topic: string): boolean {
  if (party.kind === 'chip') return topic === topicOf(party.chipId, 'up')
  if (party.kind === 'system') return parseTopic(topic)?.direction === 'down'
  return false
}

export function maySubscribe(party: Party, filter: string): boolean {
  if (party.kind === 'chip') return filter === topicOf(party.chipId, 'down')
  return filter === (party.kind === 'system' ? EVERY_CHIP_UP : EVERYTHING)
}
