/*
 * Bytes as text and back, without Buffer, TextEncoder or any other global that a small JavaScript engine lacks.
 */

const HEX = '0123456789abcdef'
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15)
  return text
}

/** Lowercase hex only, so that an id has one spelling. Null when the text is anything else. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0) return null
  const bytes = new Uint8Array(text.length / 2)
  for (let index = 0; index < bytes.length; index += 1) {
    const high = HEX.indexOf(text.charAt(index * 2))
    const low = HEX.indexOf(text.charAt(index * 2 + 1))
    if (high < 0 || low < 0) return null
    bytes[index] = high * 16 + low
  }
  return bytes
}

/** RFC 4648 section 5, without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index
    const group = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0)
    for (let place = 0; place < Math.min(left, 3) + 1; place += 1) {
      text += BASE64URL.charAt((group >> (18 - 6 * place)) & 63)
    }
  }
  return text
}

/** Null for any character outside the alphabet, an impossible length, or bits left over that are not zero. */
export function fromBase64url(text: string): Uint8Array | null {
  if (text.length % 4 === 1) return null
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let held = 0
  let heldBits = 0
  let length = 0
  for (const character of text) {
    const value = BASE64URL.indexOf(character)
    if (value < 0) return null
    held = (held << 6) | value
    heldBits += 6
    if (heldBits < 8) continue
    heldBits -= 8
    bytes[length] = held >> heldBits
    length += 1
    held &= (1 << heldBits) - 1
  }
  return held === 0 ? bytes : null
}

export function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/**
 * As much of a text as fits into `maxBytes` of UTF-8, whole characters only; half surrogate pairs become U+FFFD. For
 * words of others, such as a machine's fault, before they go into a field with a limit.
 */
export function clipText(text: string, maxBytes: number): string {
  let clipped = ''
  let lengthBytes = 0
  for (const character of text.toWellFormed()) {
    lengthBytes += utf8Length(character)
    if (lengthBytes > maxBytes) break
    clipped += character
  }
  return clipped
}

/** Bytes that a well-formed string takes in UTF-8 (RFC 3629). */
export function utf8Length(text: string): number {
  let length = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return length
}
