import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { AuthorityKeyIdentifierExtension, Extension, X509CrlGenerator } from '@peculiar/x509'
import { readIssuer, type CertificateFiles } from './certificate-files.ts'

const CRL_NUMBER = '2.5.29.20'
const LIFE_MS = 24 * 60 * 60 * 1000
/** A number of one byte, so that its DER needs no thought. */
const NUMBER_MAX = 127

interface ListPlan {
  /** 0 to 127. */
  readonly number: number
  /** Files of certificates that are revoked. */
  readonly certificateFiles?: readonly string[]
  /** Serial numbers in hexadecimal, besides. */
  readonly serials?: readonly string[]
}

/** A revocation list (RFC 5280 section 5) in DER, for brokers that have no system beside them. */
export async function revocationList(issuing: CertificateFiles, plan: ListPlan): Promise<Buffer> {
  if (plan.number > NUMBER_MAX)
    throw new RangeError(`number ${String(plan.number)}: at most ${String(NUMBER_MAX)}`)
  const issuer = await readIssuer(issuing)
  const serials = await Promise.all(
    (plan.certificateFiles ?? []).map(async (file) => new X509Certificate(await readFile(file)).serialNumber),
  )
  const now = Date.now()
  const list = await X509CrlGenerator.create(
    {
      issuer: issuer.certificate.subjectName,
      thisUpdate: new Date(now),
      nextUpdate: new Date(now + LIFE_MS),
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      signingKey: issuer.privateKey,
      extensions: [
        await AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey, false, crypto),
        new Extension(CRL_NUMBER, false, Uint8Array.of(2, 1, plan.number)),
      ],
      entries: [...serials, ...(plan.serials ?? [])].map((serialNumber) => ({
        serialNumber,
        revocationDate: new Date(now),
      })),
    },
    crypto,
  )
  return Buffer.from(list.rawData)
}
