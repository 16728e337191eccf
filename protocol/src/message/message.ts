/*
 * A kind of message, made from one table of its fields: from it come the type, the encoder and the decoder.
 *
 * Every payload is a map: 0 the kind, 1 the version, 2 the chip that it is from or for, and the kind's own fields from 3.
 */
import { type Item, decodeItem, encodeItem } from '../cbor.ts'
import { ChipId } from '../identifier.ts'
import { type ProtocolError, refuse } from '../protocol-error.ts'
import { type Result, ok } from '../result.ts'
import type { Direction } from '../topic.ts'
import { type Fields, type RecordOf, fromMap, id, toMap } from './field.ts'

export const PROTOCOL_VERSION = 1
export const MESSAGE_BYTES_MAX = 2048

export const KEY_KIND = 0
export const KEY_VERSION = 1
export const KEY_CHIP = 2
const COMMON_KEYS = 3

const chipIdCodec = id(ChipId)

/** `name` tells the messages apart; `chipId` is whom an `up` message is from and a `down` message is for. */
export type MessageValue<Name extends string, F extends Fields> = {
  readonly name: Name
  readonly chipId: ChipId
} & RecordOf<F>

export interface MessageDefinition<Name extends string, F extends Fields> {
  readonly kind: number
  readonly name: Name
  /** A payment code is shown and not sent; it is signed by the chip as what goes `up` is. */
  readonly direction: Direction
  readonly fields: F
  /** Of the whole signed message; `MESSAGE_BYTES_MAX` unless told. */
  readonly maxBytes?: number
  /** What must hold between fields. */
  readonly rule?: (value: RecordOf<F>) => ProtocolError | null
}

export interface MessageKind<Name extends string = string, F extends Fields = Fields> {
  readonly kind: number
  readonly name: Name
  readonly direction: Direction
  readonly fields: F
  readonly maxBytes: number
  /** Whether the value may be sent. For values that come from people, such as the names in a tariff. */
  validate(value: MessageValue<Name, F>): Result<null, ProtocolError>
  /** The payload. Throws a TypeError for a value that `validate` refuses. */
  encode(value: MessageValue<Name, F>): Uint8Array
  decode(payload: Uint8Array): Result<MessageValue<Name, F>, ProtocolError>
  /** The same, from a payload that `decodeItem` has read. */
  fromItem(item: Item): Result<MessageValue<Name, F>, ProtocolError>
}

/** The value that a kind of message carries. */
export type ValueOf<Kind> = Kind extends MessageKind<infer Name, infer F> ? MessageValue<Name, F> : never

export function message<const Name extends string, F extends Fields>(
  definition: MessageDefinition<Name, F>,
): MessageKind<Name, F> {
  const { kind, name, direction, fields, rule, maxBytes = MESSAGE_BYTES_MAX } = definition

  function toPayload(value: MessageValue<Name, F>): Result<ReadonlyMap<Item, Item>, ProtocolError> {
    if (value.name !== name) return refuse('wrong-kind')
    const chip = chipIdCodec.toItem(value.chipId)
    if (!chip.ok) return refuse(chip.error.code, 'chipId')
    const own = toMap(fields, value)
    if (!own.ok) return own
    const broken = rule?.(value) ?? null
    if (broken !== null) return refuse(broken.code, broken.field)
    const head: [Item, Item][] = [
      [KEY_KIND, kind],
      [KEY_VERSION, PROTOCOL_VERSION],
      [KEY_CHIP, chip.value],
    ]
    return ok(new Map([...head, ...own.value]))
  }

  function fromItem(item: Item): Result<MessageValue<Name, F>, ProtocolError> {
    const head = readHead(item)
    if (!head.ok) return head
    if (head.value.kind !== kind) return refuse('wrong-kind')
    const own = fromMap(fields, item, COMMON_KEYS)
    if (!own.ok) return own
    const broken = rule?.(own.value) ?? null
    if (broken !== null) return refuse(broken.code, broken.field)
    return ok({ name, chipId: head.value.chipId, ...own.value })
  }

  return {
    kind,
    name,
    direction,
    fields,
    maxBytes,
    fromItem,
    validate: (value) => {
      const payload = toPayload(value)
      return payload.ok ? ok(null) : payload
    },
    encode: (value) => {
      const payload = toPayload(value)
      if (payload.ok) return encodeItem(payload.value)
      throw new TypeError(`${name} cannot be sent: ${payload.error.code} ${payload.error.field ?? ''}`)
    },
    decode: (payload) => {
      const item = decodeItem(payload, maxBytes)
      return item.ok ? fromItem(item.value) : item
    },
  }
}

export interface MessageHead {
  readonly kind: number
  readonly chipId: ChipId
}

/** The keys that every payload has, checked in this order: version, kind, chip. */
export function readHead(item: Item): Result<MessageHead, ProtocolError> {
  if (!(item instanceof Map)) return refuse('wrong-type')
  const map: ReadonlyMap<Item, Item> = item
  const version = map.get(KEY_VERSION)
  if (version === undefined) return refuse('missing-field', 'version')
  if (typeof version !== 'number') return refuse('wrong-type', 'version')
  if (version !== PROTOCOL_VERSION) return refuse('unknown-version')
  const kind = map.get(KEY_KIND)
  if (kind === undefined) return refuse('missing-field', 'kind')
  if (typeof kind !== 'number') return refuse('wrong-type', 'kind')
  const chip = map.get(KEY_CHIP)
  if (chip === undefined) return refuse('missing-field', 'chipId')
  const chipId = chipIdCodec.fromItem(chip)
  return chipId.ok ? ok({ kind, chipId: chipId.value }) : refuse(chipId.error.code, 'chipId')
}
