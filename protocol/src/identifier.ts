import { fromHex, toHex } from './bytes.ts'

declare const brand: unique symbol

/** Bytes that name something, written as lowercase hex. On the device link they are a byte string. */
export type Identifier<Name extends string> = string & { readonly [brand]: Name }

export interface IdentifierKind<Name extends string> {
  readonly name: Name
  readonly lengthBytes: number
  is(text: unknown): text is Identifier<Name>
  /** Null when the text is not exactly `lengthBytes` of lowercase hex. */
  parse(text: unknown): Identifier<Name> | null
  /** For text that is already known to be good; throws a TypeError otherwise. */
  of(text: string): Identifier<Name>
  /** Throws a TypeError when the length is wrong. */
  fromBytes(bytes: Uint8Array): Identifier<Name>
  toBytes(id: Identifier<Name>): Uint8Array
}

function identifier<const Name extends string>(name: Name, lengthBytes: number): IdentifierKind<Name> {
  const pattern = new RegExp(`^[0-9a-f]{${String(lengthBytes * 2)}}$`)
  const is = (text: unknown): text is Identifier<Name> => typeof text === 'string' && pattern.test(text)
  const of = (text: string): Identifier<Name> => {
    if (!is(text)) throw new TypeError(`${name} is ${String(lengthBytes)} bytes of lowercase hex`)
    return text
  }
  return {
    name,
    lengthBytes,
    is,
    of,
    parse: (text) => (is(text) ? text : null),
    fromBytes: (bytes) => of(toHex(bytes)),
    toBytes: (id) => fromHex(of(id)) ?? new Uint8Array(0),
  }
}

/** The chip, and the machine slot that it controls. Also the common name of the chip's certificate. */
export const ChipId = identifier('ChipId', 8)
export type ChipId = Identifier<'ChipId'>

/** One power-up of a chip; made at random when the chip starts. */
export const BootId = identifier('BootId', 8)
export type BootId = Identifier<'BootId'>

/** One payment, or one free start. Made at random by the system. */
export const PaymentId = identifier('PaymentId', 16)
export type PaymentId = Identifier<'PaymentId'>

export const CommandId = identifier('CommandId', 16)
export type CommandId = Identifier<'CommandId'>

export const RequestId = identifier('RequestId', 16)
export type RequestId = Identifier<'RequestId'>

export const Nonce = identifier('Nonce', 16)
export type Nonce = Identifier<'Nonce'>

/** One release of a chip from its owner. Made at random by the system. */
export const RetirementId = identifier('RetirementId', 16)
export type RetirementId = Identifier<'RetirementId'>

/** SHA-256 of a whole signed payment code. */
export const CodeHash = identifier('CodeHash', 32)
export type CodeHash = Identifier<'CodeHash'>

/** The first 8 bytes of SHA-256 of a public key's SubjectPublicKeyInfo in DER. */
export const KeyId = identifier('KeyId', 8)
export type KeyId = Identifier<'KeyId'>
