export const DEVICE_COOKIE = 'farthing_device'
/** Browsers keep cookies 400 days at most (RFC 6265bis section 5.5). */
const MAX_AGE_S = 400 * 86_400
const HEADER_LENGTH_MAX = 8192

/** The value of the device's cookie; empty when there is none. */
export function readDeviceCookie(header: string | undefined): string {
  return readCookie(header, DEVICE_COOKIE)
}

/** The value of a cookie; empty when there is none. The first of several of one name wins (RFC 6265). */
export function readCookie(header: string | undefined, name: string): string {
  if (header === undefined || header.length > HEADER_LENGTH_MAX) return ''
  for (const pair of header.split(';')) {
    const separator = pair.indexOf('=')
    if (separator > 0 && pair.slice(0, separator).trim() === name) return pair.slice(separator + 1).trim()
  }
  return ''
}

/** Strict: no other site's page can make a browser send it along. */
export function deviceCookie(secretText: string, secure: boolean): string {
  const attributes = ['Path=/', `Max-Age=${String(MAX_AGE_S)}`, 'HttpOnly', 'SameSite=Strict']
  if (secure) attributes.push('Secure')
  return `${DEVICE_COOKIE}=${secretText}; ${attributes.join('; ')}`
}
