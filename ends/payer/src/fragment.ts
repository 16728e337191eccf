const PRINTED = /^m\.([0-9a-f]{16})$/
const CODE = /^[A-Za-z0-9_-]{60,400}$/

export type Fragment =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'printed'; readonly chipId: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'other' }

/** What the part of the address after `#` is; a GET never carries it to anyone. */
export function readFragment(hash: string): Fragment {
  const text = hash.replace(/^#/, '')
  if (text === '') return { kind: 'none' }
  const chipId = PRINTED.exec(text)?.[1]
  if (chipId !== undefined) return { kind: 'printed', chipId }
  return CODE.test(text) ? { kind: 'code', code: text } : { kind: 'other' }
}
