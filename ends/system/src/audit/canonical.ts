import { createHash } from 'node:crypto'

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain }

/** JSON with sorted names, so that what the database gives back hashes as what was written (after RFC 8785). */
export function canonicalJson(value: Plain): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value)
}

/** SHA-256, lowercase hex. */
export function sha256Hex(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What the first entry of a chain names as the one before. */
export const CHAIN_START = '0'.repeat(64)
