import { createHash, randomBytes } from 'node:crypto'

/** Crockford's base32: no letter that is taken for another. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CHARACTERS = 10
const GROUP = 5
const GOOD = new RegExp(`^[${ALPHABET}]{${String(CHARACTERS)}}$`)
/** Crockford's decoding: what is easily misread. */
const MISREAD: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' }

/** 50 random bits, as `XXXXX-XXXXX`. */
export function makeClaimCode(): string {
  const letters = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET[byte % ALPHABET.length])
  return `${letters.slice(0, GROUP).join('')}-${letters.slice(GROUP).join('')}`
}

/** SHA-256 of the code as it was meant: case, hyphens, spaces and misread letters forgiven. Null for what is no code. */
export function hashClaimCode(typed: string): Uint8Array | null {
  const meant = typed
    .toUpperCase()
    .replaceAll(/[-\s]/g, '')
    .replaceAll(/[OIL]/g, (letter) => MISREAD[letter] ?? letter)
  if (!GOOD.test(meant)) return null
  return new Uint8Array(createHash('sha256').update(meant).digest())
}
