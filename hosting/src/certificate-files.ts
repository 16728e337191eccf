import 'reflect-metadata'
import { createPublicKey, randomBytes } from 'node:crypto'
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  type JsonNameParams,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const ED25519 = { name: 'Ed25519' }
/** A chip's clock may be a little behind. */
const BACKDATED_MS = 60 * 60 * 1000
const DAY_MS = 24 * 60 * 60 * 1000

/** A certificate and its key, in PEM, in two files; the key's file is readable by its owner alone. */
export interface CertificateFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

/** Whoever signs certificates: in memory only while it signs. */
export interface Issuer {
  readonly certificate: X509Certificate
  readonly privateKey: CryptoKey
}

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

export type KeyKind = 'ES256' | 'EdDSA'

/** What is to stand in a certificate. */
export interface CertificatePlan {
  readonly subject: JsonNameParams
  readonly validity: Validity
  readonly extensions: readonly Extension[]
}

/** An authority's own: no more than `pathLength` authorities below it. */
export function authorityExtensions(pathLength: number): Extension[] {
  return [
    new BasicConstraintsExtension(true, pathLength, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ]
}

/** Of an end that proves who it is and signs, and issues nothing. */
export function endExtensions(): Extension[] {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  ]
}

export function filesOf(folder: string, name: string): CertificateFiles {
  return {
    certificateFile: path.join(folder, `${name}.certificate.pem`),
    keyFile: path.join(folder, `${name}.key.pem`),
  }
}

export function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

/** From now on for this many days. */
export function validFor(days: number): Validity {
  const now = Date.now()
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + days * DAY_MS) }
}

export async function makeKeys(kind: KeyKind): Promise<CryptoKeyPair> {
  const keys = await crypto.subtle.generateKey(kind === 'ES256' ? P256 : ED25519, true, ['sign', 'verify'])
  return keys as CryptoKeyPair
}

/** The certificate of a root: signed by its own key. */
export async function selfSigned(plan: CertificatePlan, keys: CryptoKeyPair): Promise<X509Certificate> {
  return X509CertificateGenerator.createSelfSigned(
    {
      name: new Name([...plan.subject]),
      keys,
      serialNumber: serialNumber(),
      ...plan.validity,
      signingAlgorithm: P256,
      extensions: [
        ...plan.extensions,
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  )
}

/** A certificate for this public key. */
export async function certify(
  issuer: Issuer,
  plan: CertificatePlan,
  publicKey: CryptoKey,
): Promise<X509Certificate> {
  return X509CertificateGenerator.create(
    {
      subject: new Name([...plan.subject]),
      issuer: issuer.certificate.subjectName,
      publicKey,
      signingKey: issuer.privateKey,
      serialNumber: serialNumber(),
      ...plan.validity,
      signingAlgorithm: P256,
      extensions: [
        ...plan.extensions,
        await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
        await AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey, false, crypto),
      ],
    },
    crypto,
  )
}

/** A positive number of 16 bytes (RFC 5280 section 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

export async function readIssuer(files: CertificateFiles): Promise<Issuer> {
  const der = PemConverter.decodeFirst(await readFile(files.keyFile, 'utf8'))
  return {
    certificate: new X509Certificate(PemConverter.decodeFirst(await readFile(files.certificateFile, 'utf8'))),
    privateKey: await crypto.subtle.importKey('pkcs8', der, P256, false, ['sign']),
  }
}

/** The public half of a private key in PEM. */
export async function readPublicKey(keyFile: string): Promise<CryptoKey> {
  const key = createPublicKey(await readFile(keyFile, 'utf8'))
  const spki = key.export({ type: 'spki', format: 'der' })
  const algorithm = key.asymmetricKeyType === 'ed25519' ? ED25519 : P256
  return crypto.subtle.importKey('spki', spki, algorithm, true, ['verify'])
}

/** The key first, and both by renaming: a certificate that is there has its whole key beside it. */
export async function saveKey(files: CertificateFiles, key: CryptoKey): Promise<void> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', key)
  await writeWhole(files.keyFile, PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag), 0o600)
}

/** The certificate, and after it those that signed it, up to the root and without it: as TLS sends them. */
export async function saveChain(file: string, chain: readonly X509Certificate[]): Promise<void> {
  await writeWhole(file, chain.map((certificate) => certificate.toString('pem')).join('\n'), 0o644)
}

async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, `${text}\n`, { mode })
  await rename(`${file}.new`, file)
}
