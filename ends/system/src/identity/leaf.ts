import 'reflect-metadata'
import { X509Certificate as NodeCertificate, randomBytes } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type PublicKey,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509Certificates,
} from '@peculiar/x509'
import type { ChipId } from '#protocol/identifier.ts'
import { type Authority, ISSUER_ALGORITHM } from './authority.ts'
import { serialOf } from './certificate-file.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** A chip's clock may be a little behind. */
const BACKDATED_MS = 60 * 60 * 1000
const SERIAL_BYTES = 16

export interface Leaf {
  readonly issuer: string
  readonly serial: string
  readonly der: Uint8Array
  readonly notAfterMs: number
}

/** A chip's local identity (IEEE 802.1AR LDevID): a client certificate for this key, by the newest issuer. */
export async function issueLeaf(
  { issuing, certificateDays }: Pick<Authority, 'issuing' | 'certificateDays'>,
  chip: { readonly chipId: ChipId; readonly publicKey: PublicKey },
  nowMs: number,
): Promise<Leaf> {
  if (!issuing.signingKey) throw new TypeError('an issuer without its key issues nothing')
  // Never longer than its issuer: a chain is as good as its shortest link (RFC 5280 section 6.1).
  const notAfterMs = Math.min(nowMs + certificateDays * DAY_MS, issuing.validToMs)
  const certificate = await X509CertificateGenerator.create(
    {
      subject: `CN=${chip.chipId}`,
      issuer: issuing.certificate.subject,
      publicKey: chip.publicKey,
      signingKey: issuing.signingKey,
      signingAlgorithm: ISSUER_ALGORITHM,
      serialNumber: serialNumber(),
      notBefore: new Date(nowMs - BACKDATED_MS),
      notAfter: new Date(notAfterMs),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
        await AuthorityKeyIdentifierExtension.create(issuing.certificate, false, crypto),
        await SubjectKeyIdentifierExtension.create(chip.publicKey, false, crypto),
      ],
    },
    crypto,
  )
  const der = new Uint8Array(certificate.rawData)
  return { issuer: issuing.serial, serial: serialOf(new NodeCertificate(der)), der, notAfterMs }
}

/** A positive number of 16 bytes (RFC 5280 section 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(SERIAL_BYTES)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

/** Certificates alone, as EST answers them: PKCS #7 without a signature (RFC 7030 section 4.1.3), base64 in lines. */
export function certsOnly(certificates: readonly Uint8Array[]): string {
  const all = new X509Certificates(certificates.map((der) => new X509Certificate(new Uint8Array(der))))
  const base64 = Buffer.from(all.export('raw')).toString('base64')
  return `${base64.match(/.{1,76}/g)?.join('\n') ?? ''}\n`
}
