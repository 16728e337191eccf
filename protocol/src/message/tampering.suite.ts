/* Payloads that no encoder makes, for tests of refusals. */
import assert from 'node:assert/strict'
import { type Item, decodeItem, encodeItem } from '../cbor.ts'
import type { ProtocolErrorCode } from '../protocol-error.ts'
import type { Result } from '../result.ts'
import { exampleMessages } from '../vectors/examples.ts'
import type { MessageKind } from './message.ts'
import { MESSAGES, type MessageName } from './registry.ts'

const KINDS: Readonly<Record<string, MessageKind>> = MESSAGES

export function kindOf(name: string): MessageKind {
  const kind = KINDS[name]
  assert.ok(kind)
  return kind
}

export function payloadOf(name: MessageName): Uint8Array {
  const [example] = exampleMessages(name)
  assert.ok(example)
  return kindOf(name).encode(example.value)
}

export function itemsOf(payload: Uint8Array): Map<Item, Item> {
  const item = decodeItem(payload, 2048)
  assert.ok(item.ok && item.value instanceof Map)
  return new Map(item.value as ReadonlyMap<Item, Item>)
}

export function codeOf(
  result: Result<unknown, { readonly code: ProtocolErrorCode }>,
): ProtocolErrorCode | 'accepted' {
  return result.ok ? 'accepted' : result.error.code
}

/** The payload with one key changed, added, or with `undefined` left out. */
export function changed(payload: Uint8Array, key: Item, value: Item | undefined): Uint8Array {
  const items = itemsOf(payload)
  if (value === undefined) items.delete(key)
  else items.set(key, value)
  return encodeItem(items)
}
