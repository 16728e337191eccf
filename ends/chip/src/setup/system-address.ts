import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { fail, ok, type Result } from '#protocol/result.ts'
import type { SystemAddress } from './joining.ts'

const HTTPS_PORT = 443
const MAX_PORT = 65_535
const MAX_NAME_CHARACTERS = 253
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
/** A last label of digits alone would be half an address in numbers. */
const DIGITS = /^\d+$/
const WITH_PORT = /^(?<host>\[[^\]]+\]|[^:[\]]+)(?::(?<port>\d{1,5}))?$/

/** `HOST` or `HOST:PORT`, IPv6 in brackets; the port is 443 unless given. Nothing else: no scheme, path or user. */
export function parseSystemAddress(given: string): Result<SystemAddress, 'malformed'> {
  const { host = '', port: portGiven } = WITH_PORT.exec(given.trim())?.groups ?? {}
  const port = portGiven === undefined ? HTTPS_PORT : Number(portGiven)
  if (port < 1 || port > MAX_PORT) return fail('malformed')
  if (host.startsWith('[')) {
    const address = host.slice(1, -1)
    return isIPv6(address) && !address.includes('%') ? ok({ host: address, port }) : fail('malformed')
  }
  if (isIPv4(host)) return ok({ host, port })
  return isName(host) ? ok({ host: domainToASCII(host), port }) : fail('malformed')
}

/** As it is written for people, and read again. */
export function formatSystemAddress({ host, port }: SystemAddress): string {
  const written = isIPv6(host) ? `[${host}]` : host
  return port === HTTPS_PORT ? written : `${written}:${String(port)}`
}

function isName(given: string): boolean {
  // What is not a letter or digit in any writing would be taken for something else by a parser of URLs.
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(given)) return false
  const name = domainToASCII(given)
  if (name === '' || name.length > MAX_NAME_CHARACTERS || isIPv4(name)) return false
  const labels = name.split('.')
  return labels.every((label) => LABEL.test(label)) && !DIGITS.test(labels.at(-1) ?? '')
}
