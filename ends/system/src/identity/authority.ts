import 'reflect-metadata'
import { X509Certificate as NodeCertificate, createPrivateKey } from 'node:crypto'
import { X509Certificate } from '@peculiar/x509'
import { type IdentitySettings, SettingsError, readSecret } from '../settings.ts'
import { isInTime, isIssuedBy, readCertificates, serialOf } from './certificate-file.ts'

/** How keys of CAs sign. */
export const ISSUER_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A CA under the root that issues, or once issued, what chips are known by. */
export interface Issuer {
  /** Of its own certificate. */
  readonly serial: string
  readonly certificate: X509Certificate
  readonly known: NodeCertificate
  readonly validFromMs: number
  readonly validToMs: number
  /** Missing where it no longer issues, and only verifies. */
  readonly signingKey?: CryptoKey
}

/** Whom the system trusts about chips, and what it signs their certificates with. */
export interface Authority {
  readonly root: NodeCertificate
  /** The newest first. */
  readonly issuers: readonly Issuer[]
  /** The newest one whose key is at hand. */
  readonly issuing: Issuer
  /** CAs of manufacturers, for enrolment alone. */
  readonly factories: readonly NodeCertificate[]
  readonly certificateDays: number
  readonly renewalGraceDays: number
}

/** Reads what the settings name, and holds it to the root. Throws a SettingsError. */
export async function openAuthority(
  settings: IdentitySettings,
  from: { readonly rootFile: string; readonly nowMs: number },
): Promise<Authority> {
  const [root] = readCertificates('broker.caFile', from.rootFile)
  const named: Issuer[] = []
  for (const [index, files] of settings.issuers.entries()) {
    named.push(await openIssuer(files, { root, setting: `identity.issuers.${String(index)}` }))
  }
  // Of two made in the same second, the one named last is the newer.
  const issuers = named.toReversed().sort((left, right) => right.validFromMs - left.validFromMs)
  const issuing = issuers.find(({ signingKey, known }) => signingKey && isInTime(known, from.nowMs))
  if (!issuing) throw new SettingsError('identity.issuers has none that is in its time and has a keyFile.')
  const factories = settings.factoryCaFiles.flatMap((file, index) =>
    readCertificates(`identity.factoryCaFiles.${String(index)}`, file),
  )
  const { certificateDays, renewalGraceDays } = settings
  return { root, issuers, issuing, factories, certificateDays, renewalGraceDays }
}

async function openIssuer(
  files: IdentitySettings['issuers'][number],
  { root, setting }: { readonly root: NodeCertificate; readonly setting: string },
): Promise<Issuer> {
  const [known] = readCertificates(`${setting}.certificateFile`, files.certificateFile)
  if (!isIssuedBy(known, root))
    throw new SettingsError(
      `${setting}.certificateFile names ${files.certificateFile}, which is no CA that the root in broker.caFile signed.`,
    )
  return {
    serial: serialOf(known),
    certificate: new X509Certificate(known.raw),
    known,
    validFromMs: known.validFromDate.getTime(),
    validToMs: known.validToDate.getTime(),
    ...(files.keyFile === undefined
      ? {}
      : { signingKey: await readSigningKey(`${setting}.keyFile`, files.keyFile, known) }),
  }
}

async function readSigningKey(
  setting: string,
  file: string,
  certificate: NodeCertificate,
): Promise<CryptoKey> {
  const pem = readSecret(setting, file)
  try {
    const key = createPrivateKey(pem)
    if (certificate.checkPrivateKey(key)) {
      const pkcs8 = key.export({ type: 'pkcs8', format: 'der' })
      return await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), ISSUER_ALGORITHM, false, ['sign'])
    }
  } catch {
    // Said below, in the same words as for a key of another certificate.
  }
  throw new SettingsError(`${setting} names ${file}, which is not the certificate's P-256 key in PEM.`)
}
