import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import type { SetUpListen } from './set-up-parts.ts'
import type { SetupErrorCode } from './setup-view.ts'

/** Who may speak to the set-up server, and for what they were led here. */
export interface Guard {
  /** It came in over the hotspot, or from this very host; the chip's other networks see no page. */
  mayConnect(localAddress: string | undefined): boolean
  /** The origin that the request was sent to; undefined where its Host is not the set-up address (DNS rebinding). */
  origin(request: IncomingMessage): string | undefined
  /** Why a request that changes something is refused: it comes from another site's page, or is not JSON. */
  objection(
    request: IncomingMessage,
    origin: string,
  ): Extract<SetupErrorCode, 'cross-site' | 'content-type'> | undefined
}

const JSON_TYPE = /^application\/json(\s*;\s*charset=utf-8)?$/i
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

export function guardOf(listen: SetUpListen): Guard {
  const publicUrl = new URL(listen.publicUrl)
  return {
    mayConnect: (localAddress) => {
      const address = plain(localAddress)
      return isLoopback(address) || address === publicUrl.hostname || address === listen.host
    },
    origin: (request) => {
      const asked = URL.parse(`http://${request.headers.host ?? ''}`)
      if (asked === null || asked.host !== request.headers.host?.toLowerCase()) return undefined
      if (asked.host === publicUrl.host) return publicUrl.origin
      // `farthing chip setup` on this host. A name like this leads a browser elsewhere to itself, never here.
      const isLocal = isLoopback(plain(request.socket.localAddress)) && LOOPBACK_NAMES.has(asked.hostname)
      return isLocal ? asked.origin : undefined
    },
    objection: (request, origin) => {
      const { 'sec-fetch-site': site, origin: from, 'content-type': type } = request.headers
      if (from !== origin || (site !== undefined && site !== 'same-origin')) return 'cross-site'
      return JSON_TYPE.test(type ?? '') ? undefined : 'content-type'
    },
  }
}

function plain(address: string | undefined): string {
  const mapped = address?.replace(/^::ffff:/, '') ?? ''
  return isIPv4(mapped) ? mapped : (address ?? '')
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
