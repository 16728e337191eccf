import type { TLSSocket } from 'node:tls'
import { type Result, fail, ok } from '#protocol/result.ts'
import { partyOf, type Party } from './access.ts'
import { issuerOf, type Issuer } from './issuer.ts'

/** Who stands at the other end of a connection, as a certificate says and the root behind it. */
export interface Peer {
  readonly party: Party
  /** For the log. */
  readonly name: string
  readonly address: string
  readonly issuer: Issuer
  /** As a revocation list is searched for it. */
  readonly serial: string
  readonly notAfterMs: number
}

/** Why not, and for the log who it says it is, be that true or not. */
export interface Stranger {
  readonly name: string
  readonly address: string
  readonly what: string
}

/** Reads who it is once the handshake is over. */
export function peerOf(socket: TLSSocket, issuers: readonly Issuer[]): Result<Peer, Stranger> {
  const address = socket.remoteAddress ?? ''
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return fail({ name: '', address, what: 'no certificate' })
  const name = commonNameOf(certificate.subject)
  const refuse = (what: string) => fail({ name, address, what })
  // Whether its chain leads to a root of ours, is in its time, and is for clients.
  if (!socket.authorized)
    return refuse(`a certificate that is not accepted: ${String(socket.authorizationError)}`)
  const issuer = issuerOf(certificate, issuers)
  if (!issuer) return refuse(`a certificate of an issuer that issuerFiles do not name: ${certificate.issuer}`)
  const party = partyOf(name)
  if (!party) return refuse('a certificate whose name is nobody here')
  const serial = serialKey(certificate.serialNumber)
  return ok({ party, name, address, issuer, serial, notAfterMs: Date.parse(certificate.validTo) })
}

/** Serial numbers are numbers; the ways to write them differ in case and in zeros before. */
export function serialKey(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/, '')
}

/** Of a subject as node:crypto writes it: one attribute a line. Empty unless there is exactly one common name. */
function commonNameOf(subject: string): string {
  const names = subject.split('\n').filter((line) => line.startsWith('CN='))
  return names.length === 1 ? (names[0]?.slice('CN='.length) ?? '') : ''
}
