import { randomInt } from 'node:crypto'
import net from 'node:net'

/**
 * Below the ports that systems give to outgoing connections (32768 to 60999 on Linux, RFC 6335 names 49152 and up):
 * one of those could take a port between its finding and its use.
 */
const LOWEST_PORT = 12_000
const HIGHEST_PORT = 32_000
const TRIES_MAX = 100

/** A TCP port on the loopback address that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT)
    if (!(await portIsTaken(port))) return port
  }
  throw new Error('no port is free')
}

/** Whether somebody already listens on this port of the loopback address. */
export function portIsTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => {
      resolve(true)
    })
    server.listen({ host: '127.0.0.1', port }, () => {
      server.close(() => {
        resolve(false)
      })
    })
  })
}
