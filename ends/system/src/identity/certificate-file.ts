import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SettingsError } from '../settings.ts'

const CERTIFICATES_MAX = 8

/** The certificates that a PEM text holds, in its order. Throws where one is broken. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.slice(0, CERTIFICATES_MAX).map((block) => new X509Certificate(block))
}

/** The file that a setting names: one certificate at least. Throws a SettingsError. */
export function readCertificates(
  setting: string,
  file: string,
): readonly [X509Certificate, ...X509Certificate[]] {
  let found: readonly X509Certificate[] = []
  try {
    found = certificatesIn(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new SettingsError(`${setting} names ${file}, which cannot be read as certificates in PEM.`, {
      cause: error,
    })
  }
  const [first, ...rest] = found
  if (first === undefined)
    throw new SettingsError(`${setting} names ${file}, which holds no certificate in PEM.`)
  return [first, ...rest]
}

/** As rows and addresses have it: lowercase hex, without leading zero bytes (RFC 5280 section 4.1.2.2). */
export function serialOf(certificate: X509Certificate): string {
  return certificate.serialNumber.toLowerCase().replace(/^(00)+(?=..)/, '')
}

/** By name and by signature; its dates are for whoever asks. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

export function isInTime(certificate: X509Certificate, nowMs: number): boolean {
  return nowMs >= certificate.validFromDate.getTime() && nowMs <= certificate.validToDate.getTime()
}
