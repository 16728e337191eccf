import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { KeyUsageFlags, KeyUsagesExtension, X509Certificate as ReadCertificate } from '@peculiar/x509'
import { type Result, fail, ok } from '#protocol/result.ts'

/** An issuing authority that a root signed. */
export interface Issuer {
  readonly certificate: X509Certificate
  /** For what node:crypto does not read: names as a revocation list has them. */
  readonly read: ReadCertificate
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Reads the issuing authorities, and holds them against the roots. The error says what is wrong with which. */
export function readIssuers(rootsPem: string, issuersPem: readonly string[]): Result<Issuer[], string> {
  const roots = certificatesIn(rootsPem)
  if (roots.length === 0) return fail('caFile holds no certificate')
  const issuers: Issuer[] = []
  for (const certificate of issuersPem.flatMap(certificatesIn)) {
    const name = certificate.subject
    const signed = roots.some((root) => certificate.checkIssued(root) && certificate.verify(root.publicKey))
    if (!signed) return fail(`issuerFiles names ${name}, which no root in caFile signed`)
    const read = new ReadCertificate(new Uint8Array(certificate.raw))
    const usages = read.getExtension(KeyUsagesExtension)?.usages ?? 0
    if (!certificate.ca || (usages & KeyUsageFlags.cRLSign) === 0)
      return fail(`issuerFiles names ${name}, which may not sign revocation lists`)
    issuers.push({ certificate, read })
  }
  return issuers.length > 0 ? ok(issuers) : fail('issuerFiles hold no certificate')
}

function certificatesIn(pem: string): X509Certificate[] {
  return (pem.match(PEM) ?? []).map((one) => new X509Certificate(one))
}

/** Which of them signed this certificate. */
export function issuerOf(leaf: X509Certificate, issuers: readonly Issuer[]): Issuer | undefined {
  return issuers.find(
    ({ certificate }) => leaf.checkIssued(certificate) && leaf.verify(certificate.publicKey),
  )
}
