import type { X509Certificate } from 'node:crypto'
import { ChipId } from '#protocol/identifier.ts'
import { type Result, fail, ok } from '#protocol/result.ts'
import type { Authority } from './authority.ts'
import { isInTime, isIssuedBy, serialOf } from './certificate-file.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Extended key usage (RFC 5280 section 4.2.1.12). */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

/** Who a client certificate says stands at the other end; that it holds the key, TLS has shown. */
export type Peer =
  /** By the manufacturer: good for enrolment. */
  | { readonly kind: 'initial'; readonly chipId: ChipId }
  /** By us. What became of the chip since is in the database. */
  | { readonly kind: 'local'; readonly chipId: ChipId; readonly issuer: string; readonly serial: string }

export type PeerFault = 'certificate-missing' | 'certificate-unknown' | 'certificate-expired'

/** A chip as it comes from the factory (IEEE 802.1AR IDevID). */
export function initialPeer(
  { factories }: Authority,
  certificate: X509Certificate | undefined,
  nowMs: number,
): Result<Extract<Peer, { kind: 'initial' }>, PeerFault> {
  if (!certificate) return fail('certificate-missing')
  const chipId = chipIdOf(certificate)
  const factory = factories.find((ca) => isIssuedBy(certificate, ca))
  if (!factory || chipId === null) return fail('certificate-unknown')
  if (!isInTime(factory, nowMs) || !isInTime(certificate, nowMs)) return fail('certificate-expired')
  return ok({ kind: 'initial', chipId })
}

/** A chip with a certificate of ours. With `grace` it may have expired, for as long as it can still be renewed. */
export function localPeer(
  { issuers, renewalGraceDays }: Authority,
  certificate: X509Certificate | undefined,
  { nowMs, grace }: { readonly nowMs: number; readonly grace: boolean },
): Result<Extract<Peer, { kind: 'local' }>, PeerFault> {
  if (!certificate) return fail('certificate-missing')
  const chipId = chipIdOf(certificate)
  const issuer = issuers.find(({ known }) => isIssuedBy(certificate, known))
  if (!issuer || chipId === null || certificate.ca || !certificate.keyUsage?.includes(CLIENT_AUTH))
    return fail('certificate-unknown')
  const lateMs = grace ? renewalGraceDays * DAY_MS : 0
  const begun = nowMs >= certificate.validFromDate.getTime()
  if (!begun || nowMs > certificate.validToDate.getTime() + lateMs) return fail('certificate-expired')
  return ok({ kind: 'local', chipId, issuer: issuer.serial, serial: serialOf(certificate) })
}

/** The one common name, if it is a chip's id. Node gives one attribute a line. */
function chipIdOf(certificate: X509Certificate): ChipId | null {
  const names = certificate.subject.split('\n').filter((line) => line.startsWith('CN='))
  return names.length === 1 ? ChipId.parse(names[0]?.slice('CN='.length)) : null
}
