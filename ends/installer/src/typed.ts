/**
 * What people type, as they meant it. Forgiving where there is one meaning only; whatever is left that cannot be
 * right is told by `set-up-request.ts`, never guessed at.
 */
const CLAIM_GROUP = 5
const CLAIM_LENGTH = 10
const WRONG_CLAIM_SIGN = /[^0-9A-HJKMNP-TV-Z]/

/** Crockford base32: case, spaces and hyphens mean nothing, O is 0, I and L are 1. Grouped as it is printed. */
export function tidyClaimCode(text: string): string {
  const plain = plainClaimCode(text)
  if (plain.length <= CLAIM_GROUP) return plain
  return `${plain.slice(0, CLAIM_GROUP)}-${plain.slice(CLAIM_GROUP)}`
}

export function plainClaimCode(text: string): string {
  // Phones like to put long dashes where a hyphen was typed, and full-width letters in Chinese.
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
}

export type ClaimFault =
  | { readonly kind: 'empty' }
  | { readonly kind: 'sign'; readonly sign: string }
  | { readonly kind: 'length'; readonly count: number }

/** What is wrong with a claim code, or null. */
export function claimFault(text: string): ClaimFault | null {
  const plain = plainClaimCode(text)
  if (plain === '') return { kind: 'empty' }
  const sign = firstSign(plain, WRONG_CLAIM_SIGN)
  if (sign !== null) return { kind: 'sign', sign }
  return plain.length === CLAIM_LENGTH ? null : { kind: 'length', count: plain.length }
}

/** Without what a browser's address bar adds: scheme, path, spaces. */
export function tidyAddress(text: string): string {
  return (
    text
      .normalize('NFKC')
      .trim()
      .toLowerCase()
      .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
      .replace(/[/?#].*$/, '')
      // Keyboards of phones put a space after a full stop.
      .replaceAll(/\s*([.:])\s*/g, '$1')
  )
}

const NAME =
  /^(?=.{1,253}$)[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?(\.[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u
const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/
const PORT_MAX = 65_535

/** Whether it can be a host with or without a port. */
export function isAddress(text: string): boolean {
  const [, host = '', port] = /^(\[.*\]|[^:]*)(?::(\d{1,5}))?$/.exec(tidyAddress(text)) ?? []
  if (port !== undefined && (Number(port) < 1 || Number(port) > PORT_MAX)) return false
  return NAME.test(host) || IPV6.test(host)
}

const PASSPHRASE_MIN = 8
const PASSPHRASE_MAX = 63

export type PassphraseFault =
  | { readonly kind: 'short' | 'long'; readonly count: number }
  | { readonly kind: 'sign'; readonly sign: string }

/** What WPA2 does not take (IEEE 802.11, annex J.4): 8 to 63 printable ASCII characters, or a key of 64 hex. */
export function passphraseFault(text: string): PassphraseFault | null {
  if (/^[0-9A-Fa-f]{64}$/.test(text)) return null
  const sign = firstSign(text, /[^ -~]/)
  if (sign !== null) return { kind: 'sign', sign }
  if (text.length < PASSPHRASE_MIN) return { kind: 'short', count: text.length }
  return text.length > PASSPHRASE_MAX ? { kind: 'long', count: text.length } : null
}

const SSID_BYTES_MAX = 32

/** The bytes of a network's name where they are too many, or none; null where it is a name. */
export function ssidFault(text: string): number | null {
  const bytes = new TextEncoder().encode(text).length
  return bytes === 0 || bytes > SSID_BYTES_MAX ? bytes : null
}

/** By whole characters: half an emoji tells nobody anything. */
function firstSign(text: string, wrong: RegExp): string | null {
  return Array.from(text).find((sign) => wrong.test(sign)) ?? null
}
