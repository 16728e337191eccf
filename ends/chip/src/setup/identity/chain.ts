import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as ParsedCertificate,
} from '@peculiar/x509'
import { fail, ok, type Result } from '#protocol/result.ts'

/** A certificate, its intermediates, the root: more stand in no chain of ours. */
const MAX_CERTIFICATES = 4
const MS_PER_S = 1000
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g
/** What a critical extension may be (RFC 5280 section 4.2): one that is not known here refuses the certificate. */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  '2.5.29.15', // keyUsage
  '2.5.29.17', // subjectAltName
  '2.5.29.19', // basicConstraints
  '2.5.29.37', // extKeyUsage
])

export const SERVER_USAGE = '1.3.6.1.5.5.7.3.1'
export const CLIENT_USAGE = '1.3.6.1.5.5.7.3.2'
/** Of the key with which a system commands chips. */
export const COMMAND_USAGE = '1.3.6.1.4.1.58270.1.1'

export interface ChainRule {
  /** In PEM; the only anchor. */
  readonly rootPem: string
  readonly atS: number
  /** The extended key usage that the first certificate must name. */
  readonly usage: string
}

export type ChainProblem = 'malformed' | 'not-from-root' | 'not-in-time' | 'wrong-use'

/**
 * The first of these certificates, if it leads to the root (RFC 5280 section 6.1): every signature, every date, every
 * authority is one and may have so many under it, and the first is for the use that is asked. Revocation is the
 * broker's and the system's.
 */
export function verifyChain(pems: string, rule: ChainRule): Result<X509Certificate, ChainProblem> {
  const certificates = readCertificates(pems)
  const root = readCertificates(rule.rootPem).at(0)
  const leaf = certificates.at(0)
  if (leaf === undefined || root === undefined) return fail('malformed')
  if (certificates.length > MAX_CERTIFICATES) return fail('malformed')
  const path = pathToRoot(leaf, certificates.slice(1), root)
  if (path === undefined) return fail('not-from-root')
  if (![...path, root].every((certificate) => isInTime(certificate, rule.atS))) return fail('not-in-time')
  return isFor(leaf, rule.usage) ? ok(leaf) : fail('wrong-use')
}

/** All certificates of a text in PEM, in their order; none where one of them cannot be read. */
export function readCertificates(pems: string): readonly X509Certificate[] {
  try {
    return (pems.match(PEM) ?? []).map((pem) => new X509Certificate(pem))
  } catch {
    return []
  }
}

/** From the leaf up, without the root. */
function pathToRoot(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  root: X509Certificate,
): readonly X509Certificate[] | undefined {
  const path = [leaf]
  for (let below = leaf; path.length <= MAX_CERTIFICATES; ) {
    if (!isUnderstood(below)) return undefined
    if (isIssuedBy(below, root, path.length - 1)) return path
    const above = others.find((other) => !path.includes(other) && isIssuedBy(below, other, path.length - 1))
    if (above === undefined) return undefined
    path.push(above)
    below = above
  }
  return undefined
}

/** `authoritiesBelow` counts those between the issuer and the leaf, for the issuer's path length. */
function isIssuedBy(below: X509Certificate, issuer: X509Certificate, authoritiesBelow: number): boolean {
  if (!below.checkIssued(issuer) || !below.verify(issuer.publicKey)) return false
  const parsed = new ParsedCertificate(new Uint8Array(issuer.raw))
  const constraints = parsed.getExtension(BasicConstraintsExtension)
  const usages = parsed.getExtension(KeyUsagesExtension)
  if (constraints?.ca !== true) return false
  if (constraints.pathLength !== undefined && constraints.pathLength < authoritiesBelow) return false
  return usages !== null && (usages.usages & KeyUsageFlags.keyCertSign) !== 0
}

function isUnderstood(certificate: X509Certificate): boolean {
  const { extensions } = new ParsedCertificate(new Uint8Array(certificate.raw))
  return extensions.every(({ critical, type }) => !critical || KNOWN_EXTENSIONS.has(type))
}

function isInTime({ validFromDate, validToDate }: X509Certificate, atS: number): boolean {
  return validFromDate.getTime() <= atS * MS_PER_S && atS * MS_PER_S <= validToDate.getTime()
}

function isFor(leaf: X509Certificate, usage: string): boolean {
  const parsed = new ParsedCertificate(new Uint8Array(leaf.raw))
  if (parsed.getExtension(BasicConstraintsExtension)?.ca === true) return false
  const keyUsages = parsed.getExtension(KeyUsagesExtension)
  if (keyUsages === null || (keyUsages.usages & KeyUsageFlags.digitalSignature) === 0) return false
  return parsed.getExtension(ExtendedKeyUsageExtension)?.usages.includes(usage) === true
}
