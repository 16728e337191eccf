import { isIPv6 } from 'node:net'

/** Who shares a limit: one IPv4 address, or one IPv6 network of 64 bits, which is what a household gets. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [left = '', right = ''] = address.split('%')[0]?.split('::') ?? []
  const head = left === '' ? [] : left.split(':')
  const tail = right === '' ? [] : right.split(':')
  const whole = address.includes('::')
    ? [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail]
    : head
  return `${whole
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
