import 'reflect-metadata'
import { randomBytes } from 'node:crypto'
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const AUTHORITY_VALIDITY_DAYS = 3650
const CERTIFICATE_VALIDITY_DAYS = 825
/** A chip's clock may be a little behind. */
const BACKDATED_MS = 60 * 60 * 1000
const DAY_MS = 24 * 60 * 60 * 1000
const AUTHORITY_NAME = 'CN=Farthing Authority'

/** A certificate and its key, in PEM, in two files; the key's file is readable by its owner alone. */
export interface CertificateFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

/** The authority that signs the certificates of broker, system and chips. */
export interface Authority {
  readonly caFile: string
  /** A server certificate for localhost and 127.0.0.1. Reuses the files when they are there. */
  server(name: string): Promise<CertificateFiles>
  /** A client certificate with this common name. Reuses the files when they are there. */
  client(commonName: string): Promise<CertificateFiles>
}

interface Issuer {
  readonly certificate: X509Certificate
  readonly privateKey: CryptoKey
}

/** Opens the authority kept in a folder, or makes one there. */
export async function openAuthority(folder: string): Promise<Authority> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const own = filesOf(folder, 'authority')
  if (!(await exists(own.certificateFile))) await makeAuthority(own)
  const issuer: Issuer = {
    certificate: new X509Certificate(await readFile(own.certificateFile, 'utf8')),
    privateKey: await readKey(own.keyFile),
  }
  const issueOnce = async (name: string, server: boolean) => {
    const files = filesOf(folder, name)
    if (!(await exists(files.certificateFile))) await issue(issuer, files, { name, server })
    return files
  }
  return {
    caFile: own.certificateFile,
    server: (name) => issueOnce(name, true),
    client: (commonName) => issueOnce(commonName, false),
  }
}

function filesOf(folder: string, name: string): CertificateFiles {
  return {
    certificateFile: path.join(folder, `${name}.certificate.pem`),
    keyFile: path.join(folder, `${name}.key.pem`),
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

async function makeAuthority(files: CertificateFiles): Promise<void> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: AUTHORITY_NAME,
      keys,
      serialNumber: serialNumber(),
      ...validity(AUTHORITY_VALIDITY_DAYS),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    },
    crypto,
  )
  await save(files, certificate, keys.privateKey)
}

interface Subject {
  readonly name: string
  readonly server: boolean
}

async function issue(issuer: Issuer, files: CertificateFiles, subject: Subject): Promise<void> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create(
    {
      subject: `CN=${subject.name}`,
      issuer: issuer.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: issuer.privateKey,
      serialNumber: serialNumber(),
      ...validity(CERTIFICATE_VALIDITY_DAYS),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([
          subject.server ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
        ]),
        ...(subject.server
          ? [
              new SubjectAlternativeNameExtension([
                { type: 'dns', value: 'localhost' },
                { type: 'ip', value: '127.0.0.1' },
              ]),
            ]
          : []),
      ],
    },
    crypto,
  )
  await save(files, certificate, keys.privateKey)
}

/** A positive number of 16 bytes (RFC 5280 section 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

function validity(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now()
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + days * DAY_MS) }
}

async function readKey(file: string): Promise<CryptoKey> {
  const der = PemConverter.decodeFirst(await readFile(file, 'utf8'))
  return crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign'])
}

/** The key first, and both by renaming: a certificate that is there has its whole key beside it. */
async function save(files: CertificateFiles, certificate: X509Certificate, key: CryptoKey): Promise<void> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', key)
  await writeWhole(files.keyFile, PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag), 0o600)
  await writeWhole(files.certificateFile, certificate.toString('pem'), 0o644)
}

async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  await writeFile(`${file}.new`, `${text}\n`, { mode })
  await rename(`${file}.new`, file)
}
