/*
 * What a field may hold. A codec says how one type of value goes into CBOR and how it is checked on the way back; the
 * same check guards what is sent.
 */
import { utf8Length } from '../bytes.ts'
import type { Item } from '../cbor.ts'
import { type Identifier, type IdentifierKind } from '../identifier.ts'
import { AMOUNT_MINOR_MAX, AMOUNT_MINOR_MIN, type Currency, isCurrency } from '../money.ts'
import { type ProtocolError, refuse } from '../protocol-error.ts'
import { type Result, ok } from '../result.ts'

export interface Codec<Value> {
  /** CBOR type and limits, in the words of docs/reference/device-protocol.md. */
  readonly describe: string
  /** Of the maps in a list. */
  readonly fields?: Fields
  toItem(value: Value): Result<Item, ProtocolError>
  fromItem(item: Item): Result<Value, ProtocolError>
}

export interface Field<Value> {
  /** The unsigned key in the CBOR map. */
  readonly key: number
  readonly codec: Codec<Value>
}

export type Fields = Readonly<Record<string, Field<unknown>>>

export type RecordOf<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never
}

export function field<Value>(key: number, codec: Codec<Value>): Field<Value> {
  return { key, codec }
}

export const UINT32_MAX = 0xffff_ffff

function codecOf<Value extends Item>(
  describe: string,
  fromItem: (item: Item) => Result<Value, ProtocolError>,
): Codec<Value> {
  return { describe, toItem: fromItem, fromItem }
}

/** An integer from 0, or `min`, to `max`; `wrong-type`, `out-of-range`. */
export function uint(max: number, min = 0): Codec<number> {
  return codecOf(`uint ${String(min)}..${String(max)}`, (item) => {
    if (typeof item === 'bigint') return refuse('out-of-range')
    if (typeof item !== 'number' || !Number.isInteger(item)) return refuse('wrong-type')
    return item >= min && item <= max ? ok(item) : refuse('out-of-range')
  })
}

export const uint32 = uint(UINT32_MAX)
/** Milliseconds on the chip's clock that counts suspend, or since 1970. */
export const milliseconds = uint(Number.MAX_SAFE_INTEGER)
/** Seconds since 1970. */
export const epochSeconds = uint(UINT32_MAX)

/** Minor units of a currency that stands beside it; `wrong-type`, `amount-out-of-range`. */
export function amountFrom(min: bigint): Codec<bigint> {
  return {
    describe: `uint ${min.toString()}..${AMOUNT_MINOR_MAX.toString()}`,
    toItem: (value) => (typeof value === 'bigint' ? checkAmount(value, min) : refuse('wrong-type')),
    fromItem: (item) => {
      if (typeof item === 'bigint') return checkAmount(item, min)
      return typeof item === 'number' && Number.isInteger(item)
        ? checkAmount(BigInt(item), min)
        : refuse('wrong-type')
    },
  }
}

function checkAmount(amountMinor: bigint, min: bigint): Result<bigint, ProtocolError> {
  return amountMinor >= min && amountMinor <= AMOUNT_MINOR_MAX
    ? ok(amountMinor)
    : refuse('amount-out-of-range')
}

export const amount = amountFrom(AMOUNT_MINOR_MIN)
export const amountOrZero = amountFrom(0n)

export const currency: Codec<Currency> = codecOf('tstr, ISO 4217 code', (item) => {
  if (typeof item !== 'string') return refuse('wrong-type')
  return isCurrency(item) ? ok(item) : refuse('unknown-currency')
})

/** Text of at most `maxBytes` in UTF-8; `text-too-long`, `wrong-type` (also for half a surrogate pair), `out-of-range`. */
export function text(maxBytes: number, minBytes = 0): Codec<string> {
  return codecOf(`tstr ${String(minBytes)}..${String(maxBytes)} bytes`, (item) => {
    if (typeof item !== 'string' || !item.isWellFormed()) return refuse('wrong-type')
    const lengthBytes = utf8Length(item)
    if (lengthBytes > maxBytes) return refuse('text-too-long')
    return lengthBytes < minBytes ? refuse('out-of-range') : ok(item)
  })
}

/** A byte string of at most `maxBytes`; `wrong-type`, `out-of-range`. */
export function bytes(maxBytes: number): Codec<Uint8Array> {
  return codecOf(`bstr 0..${String(maxBytes)} bytes`, (item) => {
    if (!(item instanceof Uint8Array)) return refuse('wrong-type')
    return item.length <= maxBytes ? ok(new Uint8Array(item)) : refuse('out-of-range')
  })
}

/** An id: a byte string of one length; `wrong-type`, `out-of-range`. */
export function id<Name extends string>(kind: IdentifierKind<Name>): Codec<Identifier<Name>> {
  return {
    describe: `bstr ${String(kind.lengthBytes)} bytes`,
    toItem: (value) => (kind.is(value) ? ok(kind.toBytes(value)) : refuse('wrong-type')),
    fromItem: (item) => {
      if (!(item instanceof Uint8Array)) return refuse('wrong-type')
      return item.length === kind.lengthBytes ? ok(kind.fromBytes(item)) : refuse('out-of-range')
    },
  }
}

/** A name that travels as a number; `wrong-type`, `out-of-range` for a number without a name. */
export function choice<Name extends string>(codes: Readonly<Record<Name, number>>): Codec<Name> {
  const nameByCode = new Map<Item, Name>()
  const codeByName = new Map<Name, number>()
  for (const name in codes) {
    nameByCode.set(codes[name], name)
    codeByName.set(name, codes[name])
  }
  return {
    describe: `uint: ${[...codeByName].map(([name, code]) => `${String(code)} ${name}`).join(', ')}`,
    toItem: (value) => {
      const code = codeByName.get(value)
      return code === undefined ? refuse('out-of-range') : ok(code)
    },
    fromItem: (item) => {
      if (typeof item !== 'number' && typeof item !== 'bigint') return refuse('wrong-type')
      const name = nameByCode.get(item)
      return name === undefined ? refuse('out-of-range') : ok(name)
    },
  }
}

/** A number or a text. */
export function either(number: Codec<number>, words: Codec<string>): Codec<number | string> {
  return codecOf<number | string>(`${number.describe}; or ${words.describe}`, (item) =>
    typeof item === 'string' ? words.fromItem(item) : number.fromItem(item),
  )
}

/** An array of maps; `wrong-type`, `out-of-range` for its length, and what its fields refuse. */
export function list<F extends Fields>(
  fields: F,
  limits: { readonly minItems: number; readonly maxItems: number },
): Codec<readonly RecordOf<F>[]> {
  const { minItems, maxItems } = limits
  function each<From, To>(
    from: readonly From[],
    convert: (one: From) => Result<To, ProtocolError>,
  ): Result<readonly To[], ProtocolError> {
    if (from.length < minItems || from.length > maxItems) return refuse('out-of-range')
    const to: To[] = []
    for (const [index, one] of from.entries()) {
      const converted = convert(one)
      if (!converted.ok) return within(`[${String(index)}]`, converted.error)
      to.push(converted.value)
    }
    return ok(to)
  }
  return {
    describe: `array of ${String(minItems)}..${String(maxItems)} maps`,
    fields,
    toItem: (value) =>
      Array.isArray(value)
        ? each<RecordOf<F>, Item>(value, (one) => toMap(fields, one))
        : refuse('wrong-type'),
    fromItem: (item) =>
      Array.isArray(item)
        ? each<Item, RecordOf<F>>(item, (one) => fromMap(fields, one))
        : refuse('wrong-type'),
  }
}

function within(place: string, error: ProtocolError): ReturnType<typeof refuse> {
  if (error.field === undefined) return refuse(error.code, place)
  return refuse(error.code, error.field.startsWith('[') ? place + error.field : `${place}.${error.field}`)
}

/** A map with exactly these fields, from a value that has them. */
export function toMap<F extends Fields>(
  fields: F,
  value: RecordOf<F>,
): Result<ReadonlyMap<Item, Item>, ProtocolError> {
  const map = new Map<Item, Item>()
  const values: Readonly<Record<string, unknown>> = value
  for (const [name, { key, codec }] of Object.entries(fields)) {
    if (values[name] === undefined) return refuse('missing-field', name)
    const item = codec.toItem(values[name])
    if (!item.ok) return within(name, item.error)
    map.set(key, item.value)
  }
  return ok(map)
}

/** A value from a map that has these fields and no others, but for `ownKeys`, which the caller reads. */
export function fromMap<F extends Fields>(
  fields: F,
  map: Item,
  ownKeys = 0,
): Result<RecordOf<F>, ProtocolError> {
  if (!(map instanceof Map)) return refuse('wrong-type')
  const items: ReadonlyMap<Item, Item> = map
  const value: Record<string, unknown> = {}
  let read = ownKeys
  for (const [name, { key, codec }] of Object.entries(fields)) {
    const item = items.get(key)
    if (item === undefined) return refuse('missing-field', name)
    const decoded = codec.fromItem(item)
    if (!decoded.ok) return within(name, decoded.error)
    value[name] = decoded.value
    read += 1
  }
  if (items.size !== read) return refuse('unknown-field')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the loop has set every field by its own codec
  return ok(value as RecordOf<F>)
}
