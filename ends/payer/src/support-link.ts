/** A link for a support contact that is a telephone number, a mail address or a secure page; null for other text. */
export function supportLink(support: string): string | null {
  if (/^https:\/\/\S+$/.test(support)) return support
  if (/^[^\s@:]+@[^\s@:]+$/.test(support)) return `mailto:${support}`
  if (/^\+?[\d\s()/.-]{5,24}$/.test(support)) return `tel:${support.replaceAll(/[^\d+]/g, '')}`
  return null
}
