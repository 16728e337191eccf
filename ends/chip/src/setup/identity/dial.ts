import { isIP } from 'node:net'
import { checkServerIdentity, connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { fail, ok, type Result } from '#protocol/result.ts'
import { openThrough, type Place, type Via } from '../radio/via.ts'
import type { WallClock } from './wall-clock.ts'

const MAX_CERTIFICATES = 4
const PEM_LINE_CHARACTERS = 64

/** Who the chip shows itself as; the key is PKCS #8. */
export interface TlsIdentity {
  readonly certificatePem: string
  readonly privateKeyPem: string
}

export interface Dialling {
  readonly place: Place
  readonly via: Via | undefined
  /** The one certificate that the chip trusts. */
  readonly rootPem: string
  readonly clock: WallClock
  readonly identity?: TlsIdentity
  readonly timeoutMs: number
  /** `nobody`: whoever answers is asked for nothing but the time, and nothing else of it is believed. */
  readonly trust?: 'root' | 'nobody'
}

export type DialFailure = 'unreachable' | 'untrusted'

/**
 * A TLS 1.3 connection to a place of the system (broker or enrolment service), once it has proven by the root alone that
 * it is that place. On a host whose clock is wrong the certificates' dates are judged by the chip's own clock, since
 * TLS knows only the host's.
 */
export async function dial(dialling: Dialling): Promise<Result<TLSSocket, DialFailure>> {
  const { place, via, timeoutMs } = dialling
  const opened = await openThrough(via, place, timeoutMs)
  if (!opened.ok) return fail('unreachable')
  const judgesItself = dialling.trust === 'nobody' || dialling.clock.isMended()
  const socket = connect({
    socket: opened.value,
    ca: dialling.rootPem,
    minVersion: 'TLSv1.3',
    rejectUnauthorized: !judgesItself,
    ...(isIP(place.host) === 0 ? { servername: place.host } : {}),
    host: place.host,
    ...(dialling.identity === undefined
      ? {}
      : { cert: dialling.identity.certificatePem, key: dialling.identity.privateKeyPem }),
  })
  const shaken = await handshake(socket, timeoutMs)
  if (!shaken.ok) {
    socket.destroy()
    opened.value.destroy()
    return shaken
  }
  if (dialling.trust !== 'nobody' && judgesItself && !(await isTrusted(socket, dialling))) {
    socket.destroy()
    return fail('untrusted')
  }
  return ok(socket)
}

function handshake(socket: TLSSocket, timeoutMs: number): Promise<Result<void, DialFailure>> {
  return new Promise((resolve) => {
    const give = (result: Result<void, DialFailure>): void => {
      clearTimeout(limit)
      socket.removeListener('close', onClose)
      resolve(result)
    }
    const onClose = (): void => give(fail('unreachable'))
    const limit = setTimeout(() => give(fail('unreachable')), timeoutMs)
    socket.once('close', onClose)
    socket.once('secureConnect', () => give(ok(undefined)))
    // Stays: a socket without a listener would turn a broken connection into a crash.
    socket.on('error', (error) => give(fail(isAboutTrust(error) ? 'untrusted' : 'unreachable')))
  })
}

/** Whoever answers in another language than TLS is not the system either. */
function isAboutTrust(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : ''
  return !/^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/.test(code)
}

async function isTrusted(socket: TLSSocket, { place, rootPem, clock }: Dialling): Promise<boolean> {
  // Reading certificates takes a large library, which a chip whose clock is right can do without.
  const { SERVER_USAGE, verifyChain } = await import('./chain.ts')
  const peer = socket.getPeerCertificate(true)
  const atS = clock.nowS()
  if (atS === undefined) return false
  const verified = verifyChain(pemsOf(peer), { rootPem, atS, usage: SERVER_USAGE })
  return verified.ok && checkServerIdentity(place.host, peer) === undefined
}

function pemsOf(peer: DetailedPeerCertificate): string {
  const pems: string[] = []
  let certificate = peer
  for (let count = 0; count < MAX_CERTIFICATES && certificate?.raw !== undefined; count += 1) {
    pems.push(toPem(certificate.raw))
    // The root is its own issuer.
    if (certificate.issuerCertificate === certificate) break
    certificate = certificate.issuerCertificate
  }
  return pems.join('')
}

/** A certificate's bytes as text (RFC 7468). */
export function toPem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(new RegExp(`.{1,${String(PEM_LINE_CHARACTERS)}}`, 'g'))
  return `-----BEGIN CERTIFICATE-----\n${(lines ?? []).join('\n')}\n-----END CERTIFICATE-----\n`
}
